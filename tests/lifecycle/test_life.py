"""An incident's whole life: merged, opened again, more severe, restricted, handed over, retracted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from incident import journal, lifecycle, respond
from incident.delivery.source import Received
from incident.duty import promises
from incident.errors import NotFound, WrongState
from incident.lifecycle import handovers
from incident.lifecycle.visibility import may_see, unseen_roles
from incident.review import handover
from incident.run import acts, life
from tests.cli.program import run
from tests.flow.conftest import night
from tests.flow.night import Night

__all__ = ["night"]


def found(night: Night, name: str = "") -> lifecycle.Incident:
    return lifecycle.get(night.console.store, name or night.incident, 2026)


def told(night: Night) -> str:
    """A second incident, of which everybody was told."""
    night.declare("datacenter-loss")
    night.approve("first-notice")
    night.work()
    return night.incident


# --- merging


def test_a_merged_incident_ends_without_a_word(night: Night) -> None:
    """Its run is over, no word is owed, and customers hear nothing; deadlines of authorities run on."""
    into = told(night)
    duplicate = told(night)
    respond.merge(night.office, night.actor("li"), duplicate, into, "the same outage")
    before = night.notices()
    night.pass_time("3h")
    one = found(night, duplicate)
    assert (one.state, one.merged_into, one.promised_at) == ("merged", into, None)
    waits = acts.look(night.office, duplicate).waiting
    assert [wait for wait in waits if not wait.step.startswith("clock-")] == []
    assert night.notices() == before
    assert "incident.absorbed" in [entry.kind for entry in journal.read(night.console.store, into)]


def test_whoever_was_told_in_it_hears_the_other_one(night: Night) -> None:
    """Updates and corrections of the incident in which it lives on go to its people, too."""
    store = night.console.store
    night.declare("datacenter-loss")
    into = night.incident
    duplicate = told(night)
    received = Received(store, into)
    assert not received.matches((), "c1")
    respond.merge(night.office, night.actor("li"), duplicate, into, None)
    assert received.matches((), "c1")
    assert received.matches(("first-notice",), "c1")
    assert not received.matches(("update-1",), "c1")
    night.incident = into
    night.request("update")
    night.work()
    assert night.sums()["update-1"].total.counts["accepted"] == 3


def test_what_was_still_to_leave_is_stopped(night: Night) -> None:
    """Rows that were unsent say why."""
    night.declare("datacenter-loss")
    into = night.incident
    night.declare("datacenter-loss")
    night.approve("first-notice")
    _, stopped = respond.merge(night.office, night.actor("li"), night.incident, into, None)
    assert stopped >= 3
    assert night.sums()["first-notice"].total.reasons == {"incident_merged": 3}


def test_no_circle_and_no_end_is_merged(night: Night) -> None:
    """Neither into itself, nor into one that lives on in it, nor what is over."""
    one, two = told(night), told(night)
    with pytest.raises(WrongState, match="Turn them round"):
        respond.merge(night.office, night.actor("li"), one, one, None)
    respond.merge(night.office, night.actor("li"), one, two, None)
    with pytest.raises(WrongState, match="lives on in it"):
        respond.merge(night.office, night.actor("li"), two, one, None)
    with pytest.raises(WrongState, match="only an open incident"):
        respond.merge(night.office, night.actor("li"), one, two, None)
    assert lifecycle.merged_into(night.console.store, two) == [one]


# --- opening again


def test_a_resolved_incident_opens_again_and_can_speak(night: Night) -> None:
    """Nothing is posted by it; what is over stays over; an update reaches those who were told."""
    told(night)
    night.request("resolved")
    night.work()
    sent = len(night.mails())
    life.reopen(night.office, night.incident, night.actor("li"), "it came back")
    night.work()
    assert (night.state(), found(night).phase, len(night.mails())) == ("open", "resolved", sent)
    night.request("update")
    night.work()
    assert (found(night).phase, len(night.mails())) == ("investigating", sent + 3)
    night.request("resolved")
    night.work()
    assert night.state() == "resolved"


def test_opening_again_owes_a_word_to_those_who_were_told(night: Night) -> None:
    """By the cadence, on the timeline; an update keeps it, silence is nudged in words that claim no promise."""
    told(night)
    night.request("resolved")
    night.work()
    life.reopen(night.office, night.incident, night.actor("li"), "it came back")
    owed = promises.listed(night.console.store, night.incident)[-1]
    assert (owed.kind, owed.state, owed.made_in) == ("next", "open", promises.REOPENED)
    assert (found(night).promised_at, night.timeline()[-2:]) == (owed.due, ["incident.reopened", "promise.made"])
    night.pass_time(f"{int((owed.due - night.clock()).total_seconds())}s")
    assert "which customers do not know" in str(night.mails("reminder")[-1])
    night.request("update")
    assert promises.listed(night.console.store, night.incident)[-2].state == "kept"


def test_a_false_alarm_that_was_none_opens_again(night: Night) -> None:
    """A cancelled incident, too; its timeline says why."""
    night.declare("datacenter-loss")
    night.cancel("a sensor")
    life.reopen(night.office, night.incident, night.actor("wang"), "it was no sensor")
    assert night.state() == "open"
    (entry,) = [one for one in journal.read(night.console.store, night.incident) if one.kind == "incident.reopened"]
    assert (entry.reason, entry.detail["before"], entry.actor) == ("it was no sensor", "cancelled", "wang")


def test_neither_an_open_one_nor_a_merged_one_opens(night: Night) -> None:
    """The merged one is told where to go on."""
    one, two = told(night), told(night)
    with pytest.raises(WrongState, match="open already"):
        life.reopen(night.office, one, night.actor("li"), "x")
    respond.merge(night.office, night.actor("li"), one, two, None)
    with pytest.raises(WrongState, match=f"lives on in {two}"):
        life.reopen(night.office, one, night.actor("li"), "x")


# --- how severe


def test_severity_changes_with_its_reason(night: Night) -> None:
    """Before, after and why stand on the timeline; the same again is refused."""
    night.declare("datacenter-loss")
    before = found(night).severity
    other = "sev4" if before != "sev4" else "sev3"
    life.set_severity(night.office, night.incident, night.actor("li"), other, "only one rack")
    entry = [one for one in journal.read(night.console.store, night.incident) if one.kind == "incident.severity"][-1]
    assert (entry.detail["before"], entry.detail["after"], entry.reason) == (before, other, "only one rack")
    with pytest.raises(WrongState, match=f"is {other} already"):
        life.set_severity(night.office, night.incident, night.actor("li"), other, "again")


# --- three axes


def test_acknowledging_posts_nothing_to_customers(night: Night) -> None:
    """Taking the call, a role or another severity changes what we do, never what the public is told."""
    night.declare("datacenter-loss")
    before = (found(night).phase, night.notices())
    night.act(acts.acknowledge)
    lifecycle.claim_role(night.console.store, night.actor("wang"), night.clock(), night.incident, "commander")
    life.set_severity(night.office, night.incident, night.actor("wang"), "sev4", "small")
    night.work()
    assert (found(night).phase, night.notices()) == before


@pytest.mark.parametrize(
    ("person", "roles", "sees"),
    [
        ("li", (), True),
        ("wang", (), True),
        ("chen", (), False),
        ("chen", ("comms",), False),
        ("chen", ("security",), True),
    ],
)
def test_a_restricted_incident_is_seen_by_who_is_named(
    night: Night, person: str, roles: tuple[str, ...], sees: bool
) -> None:
    """Whoever declared it, people and roles that are named, and nobody else; its phase stays as it was."""
    night.declare("datacenter-loss")
    phase = found(night).phase
    store, li = night.console.store, night.actor("li")
    lifecycle.restrict(store, li, night.clock(), found(night), ["wang", "security"], "a hole")
    assert (may_see(found(night), person, roles), found(night).phase) == (sees, phase)
    lifecycle.restrict(store, li, night.clock(), found(night), [], "closed")
    assert may_see(found(night), "chen", ())


# --- tasks


def test_tasks_have_an_owner_and_a_due_time(night: Night) -> None:
    """Those of the playbook until nobody waits for them any more; those of this night as somebody says."""
    night.declare("datacenter-loss")
    store, now = night.console.store, night.clock()
    assert [one.due is not None for one in lifecycle.tasks(store, night.incident) if one.role == "legal"] == [True]
    for number in ("+1", "+2"):
        made = lifecycle.add_task(store, night.actor("li"), now, found(night), "ask the bank", "wang", now)
        assert (made.id, made.role, made.state, made.due) == (number, "wang", "open", now)
    acts.finish_task(night.office, night.incident, night.actor("wang"), "+1")
    states = {one.id: (one.state, one.done_by) for one in lifecycle.tasks(store, night.incident)}
    assert (states["+1"], states["+2"]) == (("done", "wang"), ("open", None))


def test_what_is_over_has_no_new_task(night: Night) -> None:
    """What is left is an action, which outlives the incident."""
    night.declare("datacenter-loss")
    night.cancel("a sensor")
    with pytest.raises(WrongState, match="incident action add"):
        lifecycle.add_task(night.console.store, night.actor("li"), night.clock(), found(night), "x", "wang", None)


# --- hand-over


def test_the_brief_tells_what_the_next_person_must_know(night: Night) -> None:
    """What waits, the last public words and their time, the next promise, who holds what, who did not answer."""
    told(night)
    at = night.clock()
    night.clock.advance("5m")
    lifecycle.note(night.console.store, night.actor("li"), night.clock(), night.incident, "water in row 4")
    brief = handover.brief(night.office, found(night), "The data centre")
    assert brief.last_public is not None
    assert (brief.last_public["step"], brief.last_public["at"], brief.last_public["people"]) == ("first-notice", at, 3)
    assert len(brief.last_public["text"]) > 20
    assert brief.next_promise == found(night).promised_at
    assert brief.notes[-1]["text"] == "water in row 4"
    assert [page["to"] for page in brief.pages]
    assert {question["command"] for question in brief.open_questions} >= {f"incident ack {night.incident}"}


def test_before_the_first_notice_the_public_has_heard_nothing(night: Night) -> None:
    """And the status says so."""
    night.declare("datacenter-loss")
    brief = handover.brief(night.office, found(night), "The data centre")
    assert (brief.last_public, "nothing yet" in brief.status) == (None, True)


def test_an_older_offer_is_replaced(night: Night) -> None:
    """One offer of a role stands; who was offered it before has nothing to accept any more."""
    night.declare("datacenter-loss")
    store, li, name = night.console.store, night.actor("li"), night.incident
    first = handovers.offer(store, li, night.clock(), name, "commander", "wang", "{}")
    handovers.offer(store, li, night.clock(), name, "commander", "chen", "{}")
    with pytest.raises(NotFound, match="Nothing of"):
        handovers.offered(store, name, "wang")
    with pytest.raises(NotFound, match="replaced by a newer one"), store.transaction():
        handovers.accept(store, night.actor("wang"), night.clock(), first)


# --- typed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with two people of one login, and an incident."""
    folder = tmp_path / "oncall"
    run("init", folder)
    run("audience", "import", folder / "audience" / "sample.csv", "--workspace", folder)
    assert run("declare", "datacenter-loss", "--param", "dc=sh1", "--workspace", folder).exit == 0
    return folder


def test_others_learn_nothing_of_a_restricted_incident(folder: Path) -> None:
    """Every command that names it refuses with one sentence; the list leaves it out; who may look is on record."""
    titles = run("show", "1", "--output", "json", "--workspace", folder).json["title"].values()
    me = run("show", "1", "--output", "json", "--workspace", folder).json["declared_by"]
    assert run("restrict", "1", "--to", me, "--reason", "a hole", "--workspace", folder).exit == 0
    for line in (
        *("show 1", "timeline 1", "explain 1", "review 1", "reconcile 1", "handover 1", "verify 1", "note 1 x"),
        *("evidence 1 --to x.zip", "task list 1", "outbox list 1", "action list 1", "show latest"),
    ):
        refused = run(*line.split(), "--as", "second", "--workspace", folder, cwd=folder)
        assert (refused.exit, refused.out) == (12, ""), line
        assert "restricted" in refused.err
        assert not [title for title in titles if title in refused.err]
        assert len(refused.err.strip().splitlines()) == 1
    listed = run("list", "--as", "second", "--workspace", folder)
    assert not [title for title in titles if title in listed.out + listed.err]
    assert "1 restricted" in listed.err
    assert [title for title in titles if title in run("list", "--workspace", folder).out]
    entries = run("timeline", "1", "--output", "json", "--workspace", folder).json["entries"]
    assert [entry["detail"]["command"] for entry in entries if entry["kind"] == "incident.viewed"] == ["timeline"]


def test_a_hand_over_is_read_offered_and_accepted(folder: Path) -> None:
    """The next person has the role only once they accept; what they read is on record by its hash."""
    read = run("handover", "1", "--workspace", folder)
    assert read.out.startswith("# Hand-over of INC-")
    offered = run("handover", "1", "--to", "second", "--output", "json", "--workspace", folder).json
    assert (offered["state"], offered["to"]) == ("offered", "second")
    shown = run("show", "1", "--output", "json", "--workspace", folder).json
    assert "commander" not in shown["roles"]
    assert [(one["role"], one["taker"]) for one in shown["offered"]] == [("commander", "second")]
    assert "incident handover" in run("show", "1", "--workspace", folder).out
    done = run("handover", "1", "--accept", "--as", "second", "--output", "json", "--workspace", folder).json
    assert (done["state"], done["sha256"]) == ("accepted", offered["sha256"])
    assert run("show", "1", "--output", "json", "--workspace", folder).json["roles"]["commander"] == "second"
    assert run("handover", "1", "--accept", "--as", "second", "--workspace", folder).exit == 9


def test_a_retraction_stops_the_rest_first(folder: Path) -> None:
    """What had not left is stopped before anything is asked; who has it hears the correction."""
    run("approve", "1", "first-notice", "--as", "second", "--yes", "8", "--no-work", "--workspace", folder)
    refused = run("correct", "1", "first-notice", "--retract", "the wrong one", "--workspace", folder)
    assert "deliveries of 'first-notice' were stopped" in refused.err
    shown = run("reconcile", "1", "--output", "json", "--workspace", folder).json
    assert (shown["pending"], shown["reasons"]["stopped"] > 0) == (0, True)
    kinds = [e["kind"] for e in run("timeline", "1", "--output", "json", "--workspace", folder).json["entries"]]
    assert "broadcast.retracted" in kinds


def test_merge_reopen_and_severity_by_hand(folder: Path) -> None:
    """Typed, with their documents."""
    run("declare", "datacenter-loss", "--param", "dc=hz2", "--workspace", folder)
    merged = run("merge", "2", "--into", "1", "--reason", "same", "--output", "json", "--workspace", folder)
    assert (merged.exit, merged.json["state"]) == (0, "merged"), merged.err
    severe = run("severity", "1", "sev4", "--reason", "small", "--output", "json", "--workspace", folder)
    assert (severe.exit, severe.json["severity"]) == (0, "sev4")
    run("cancel", "1", "--reason", "a sensor", "--workspace", folder)
    opened = run("reopen", "1", "--reason", "no sensor", "--output", "json", "--workspace", folder)
    assert (opened.exit, opened.json["state"]) == (0, "open")


def test_where_anybody_may_see_it_no_role_is_out_of_sight(night: Night) -> None:
    """Nobody may be engineer, for another reason; once it is restricted to one, whoever may be it cannot see it."""
    night.declare("datacenter-loss")
    found = lifecycle.get(night.console.store, night.incident, 0)
    staff = {"li": ("commander",), "wang": ("comms",)}
    assert unseen_roles(found, ("engineer", "comms"), staff) == []
    restricted = replace(found, visibility="restricted", viewers=("li",))
    assert unseen_roles(restricted, ("commander", "comms"), staff) == ["comms"]
