"""Parents and children: a large incident and its parts, each with an end of its own."""

from __future__ import annotations

import json
import threading
import zipfile
from pathlib import Path

import pytest

from incident import journal, lifecycle, respond
from incident.errors import BadValue, WrongState
from incident.ident import Series
from incident.journal import Actor
from incident.lifecycle import Incident
from incident.review import handover, report
from incident.run import life
from incident.run.live import no_confirmation
from incident.store import Store
from tests.cli.program import Ran, run
from tests.clock import START
from tests.flow.conftest import night
from tests.flow.night import Night

__all__ = ["night"]

LI = Actor(person="li", os_user="root")


def declared(store: Store, *, drill: bool = False) -> Incident:
    return lifecycle.declare(
        store,
        LI,
        START,
        series=Series(2026, drill),
        title={"en": "Fire"},
        playbook="datacenter-loss",
        kind="force_majeure",
        severity="sev1",
        params={},
        contact={},
    )


def again(store: Store, incident: Incident) -> Incident:
    return lifecycle.get(store, incident.id, 0)


def adopted(store: Store) -> tuple[Incident, Incident]:
    """(parent, child)."""
    parent, child = declared(store), declared(store)
    lifecycle.adopt(store, LI, START, child, parent, "one cable")
    return parent, again(store, child)


def last(store: Store, incident: str) -> journal.Entry:
    return list(journal.read(store, incident))[-1]


def restricted(store: Store, incident: Incident) -> Incident:
    lifecycle.restrict(store, LI, START, incident, ["wang"], None)
    return again(store, incident)


def why(store: Store, *incidents: Incident) -> list[tuple[str, str | None]]:
    """The last line of each timeline, and its reason."""
    return [(entry.kind, entry.reason) for entry in (last(store, one.id) for one in incidents)]


@pytest.mark.parametrize("hidden", ["the moved one", "the other one", "both"])
def test_a_reason_stays_where_who_reads_it_may(store: Store, hidden: str) -> None:
    """Merged, adopted, released: the timeline of an incident that all may see says nothing of a restricted one but its
    id; where both are restricted, the reason stands on that of the one that was moved."""
    moved, other = declared(store), declared(store)
    if hidden != "the other one":
        moved = restricted(store, moved)
    if hidden != "the moved one":
        other = restricted(store, other)
    own, beside = {"the moved one": ("why", None), "the other one": (None, "why"), "both": ("why", None)}[hidden]
    lifecycle.adopt(store, LI, START, moved, other, "why")
    assert why(store, moved, other) == [("incident.adopted", own), ("child.adopted", beside)]
    lifecycle.release(store, LI, START, again(store, moved), "why")
    assert why(store, moved, other) == [("incident.released", own), ("child.released", beside)]
    lifecycle.merge(store, LI, START, again(store, moved), other, "why")
    assert why(store, moved, other) == [("incident.merged", own), ("incident.absorbed", beside)]


# --- who can be whose child: on both databases


def test_a_child_knows_its_parent_and_the_parent_its_children(store: Store) -> None:
    """Open ones and those that are over, the oldest first; both timelines tell by whom and why."""
    parent, child = adopted(store)
    other = declared(store)
    lifecycle.adopt(store, LI, START, other, parent, None)
    lifecycle.end(store, LI, START, child, "resolved")
    assert child.parent == parent.id
    assert [one.id for one in lifecycle.children(store, parent.id)] == [child.id, other.id]
    assert lifecycle.open_children(store, parent.id) == [other.id]
    lines = [(e.kind, e.actor, e.reason, e.detail) for e in journal.read(store, parent.id)]
    assert lines[1] == ("child.adopted", "li", "one cable", {"child": child.id})
    told = [(e.kind, e.reason, e.detail) for e in journal.read(store, child.id)]
    assert told[1] == ("incident.adopted", "one cable", {"parent": parent.id})


def test_it_can_be_released(store: Store) -> None:
    """Both timelines tell it; a second time there is nothing to release."""
    parent, child = adopted(store)
    lifecycle.release(store, LI, START, child, "another cable")
    assert again(store, child).parent is None
    assert [last(store, one.id).kind for one in (parent, child)] == ["child.released", "incident.released"]
    with pytest.raises(WrongState, match="nobody's child"):
        lifecycle.release(store, LI, START, again(store, child), None)


def test_another_parent_takes_it_over(store: Store) -> None:
    """One command moves it; the parent that it had is told."""
    parent, child = adopted(store)
    other = declared(store)
    lifecycle.adopt(store, LI, START, child, other, None)
    assert again(store, child).parent == other.id
    assert last(store, parent.id).kind == "child.released"
    assert last(store, child.id).detail == {"parent": other.id, "before": parent.id}


def test_one_level_deep_and_no_circle(store: Store) -> None:
    """Neither itself, nor a child's child, nor its own parent's parent; each refusal says what to type."""
    parent, child = adopted(store)
    other = declared(store)
    refused = [
        (parent, parent, "its own parent"),
        (child, parent, "already"),
        (other, child, f"incident adopt {other.id} --parent {parent.id}"),
        (parent, other, f"incident adopt {child.id} --parent {other.id}"),
        (parent, child, "is a child itself"),
    ]
    for one, larger, words in refused:
        with pytest.raises(WrongState, match=words):
            lifecycle.adopt(store, LI, START, again(store, one), again(store, larger), None)


def test_a_drill_is_no_child_of_an_incident(store: Store) -> None:
    """Nor the other way round; a drill has its own."""
    incident, drill, other = declared(store), declared(store, drill=True), declared(store, drill=True)
    for child, parent in ((incident, drill), (drill, incident)):
        with pytest.raises(WrongState, match="one is a drill"):
            lifecycle.adopt(store, LI, START, child, parent, None)
    lifecycle.adopt(store, LI, START, other, drill, None)


def test_what_is_over_is_neither_parent_nor_child(store: Store) -> None:
    """The sentence names the one that is over."""
    over, incident = declared(store), declared(store)
    lifecycle.end(store, LI, START, over, "cancelled")
    for child, parent in ((over, incident), (incident, over)):
        with pytest.raises(WrongState, match=f"{over.id} is cancelled"):
            lifecycle.adopt(store, LI, START, again(store, child), again(store, parent), None)


def test_what_becomes_of_a_child_stands_with_its_parent(store: Store) -> None:
    """Its end, that it opened again, where it lives on; why is told in its own timeline alone."""
    parent, child = adopted(store)
    other = declared(store)
    lifecycle.end(store, LI, START, child, "resolved", "a secret")
    lifecycle.reopen(store, LI, START, again(store, child), "another secret")
    lifecycle.merge(store, LI, START, again(store, child), other, None)
    told = list(journal.read(store, parent.id))[2:]
    assert [(e.kind, e.detail) for e in told] == [
        ("child.resolved", {"child": child.id}),
        ("child.reopened", {"child": child.id}),
        ("child.merged", {"child": child.id, "into": other.id}),
    ]
    assert [e.reason for e in told] == [None, None, None]


def test_a_parent_is_not_merged_away_from_its_children(store: Store) -> None:
    """The sentence says how they come along; a child is merged into its parent, which is told once."""
    parent, child = adopted(store)
    other = declared(store)
    with pytest.raises(WrongState, match=f"incident adopt {child.id} --parent {other.id}"):
        lifecycle.merge(store, LI, START, parent, other, None)
    lifecycle.merge(store, LI, START, child, parent, None)
    assert [e.kind for e in journal.read(store, parent.id)][2:] == ["incident.absorbed"]


def test_two_that_adopt_each_other_make_no_circle(store: Store) -> None:
    """At the same moment, from two machines: whoever comes second finds how it stands by then, and is refused."""
    ids = [declared(store).id for _ in range(2)]
    for incident in ids:
        store.queries("incident.run").insert_run(
            id=f"{incident}.1", incident=incident, playbook="x", revision=1, hash="", snapshot="", called="{}",
            params="{}", started_by="li", started_at=0, next_due=None,
        )  # fmt: skip
    ended: list[str] = []
    both = threading.Barrier(2)

    def adopt(child: str, parent: str) -> None:
        mine = store.another()
        try:
            both.wait(5)
            with mine.transaction():
                life.stay(mine, child, parent)
                found = [lifecycle.get(mine, name, 0) for name in (child, parent)]
                lifecycle.adopt(mine, LI, START, *found, None)
            ended.append("adopted")
        except WrongState:
            ended.append("refused")
        finally:
            mine.close()

    threads = [threading.Thread(target=adopt, args=names) for names in (ids, reversed(ids))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["adopted", "refused"]


# --- the parent's end


def pair(night: Night) -> tuple[str, str]:
    """(parent, child), declared as such; `night` is at the parent."""
    night.declare("datacenter-loss")
    parent = night.incident
    book = night.console.playbook("datacenter-loss")
    place = respond.Place(parent=parent)
    standing = respond.declare(night.office, night.actor("li"), book, {"dc": "sh1"}, no_confirmation, place=place)
    return parent, standing.incident


def test_a_parent_does_not_end_before_its_children(night: Night) -> None:
    """Neither resolved nor cancelled; the sentence names each open one and what to type."""
    parent, child = pair(night)
    for deed in (lambda: night.request("resolved"), lambda: night.cancel("a sensor")):
        with pytest.raises(WrongState) as refused:
            deed()
        assert f"{child} is an open child of it: incident resolve {child}" in refused.value.message
        assert f"incident adopt {child} --release" in refused.value.message
        assert "--force --reason" in refused.value.message
        assert refused.value.details["unmet"]
    assert night.state() == "open"
    life.release(night.office, child, night.actor("li"), None)
    night.cancel("a sensor")
    assert (night.state(), lifecycle.get(night.console.store, parent, 0).parent) == ("cancelled", None)


def test_going_past_an_open_child_stands_on_record(night: Night) -> None:
    """With what was left open, who went past it, and why; the child goes on."""
    parent, child = pair(night)
    with pytest.raises(BadValue, match="needs a reason"):
        respond.cancel(night.office, night.actor("li"), parent, "", force=True)
    respond.cancel(night.office, night.actor("li"), parent, "a sensor", force=True)
    (entry,) = [one for one in journal.read(night.console.store, parent) if one.kind == "incident.cancelled"]
    assert (entry.reason, child in entry.detail["forced_past"][0]) == ("a sensor", True)
    assert lifecycle.get(night.console.store, child, 0).state == "open"


def test_a_resolution_goes_past_an_open_child_on_record(night: Night) -> None:
    """As it goes past `exit_when`."""
    _, child = pair(night)
    night.request("resolved", force=True, reason="the rest is small")
    (entry,) = [one for one in journal.read(night.console.store, night.incident) if one.kind == "notice.requested"]
    assert any(child in words for words in entry.detail["forced_past"])


def test_no_play_waits_for_no_child(night: Night) -> None:
    """Something real has happened: the drill ends at once."""
    night.drill = True
    parent, child = night.declare().incident, night.declare().incident
    life.adopt(night.office, child, night.actor("li"), parent, None)
    respond.cancel(night.office, night.actor("li"), parent, "NO PLAY", abort=True)
    assert lifecycle.get(night.console.store, parent, 0).state == "cancelled"


def test_a_declaration_with_a_wrong_parent_leaves_nothing(night: Night) -> None:
    """Neither an incident nor a run."""
    parent, child = pair(night)
    book, place = night.console.playbook("datacenter-loss"), respond.Place(parent=child)
    before = len(lifecycle.listed(night.console.store, everything=True))
    with pytest.raises(WrongState, match=f"--parent {parent}"):
        respond.declare(night.office, night.actor("li"), book, {"dc": "sh1"}, no_confirmation, place=place)
    assert len(lifecycle.listed(night.console.store, everything=True)) == before


# --- who is told


def test_the_review_and_the_hand_over_name_them(night: Night) -> None:
    """The parent, and the children with how they stand; of a restricted one the name alone."""
    parent, child = pair(night)
    store, now = night.console.store, night.clock()

    def told() -> tuple[list[dict[str, object]], str]:
        found = lifecycle.get(store, parent, 0)
        review = report.gather(store, found, "x", now)
        brief = handover.brief(night.office, found, "x")
        assert review.to_json()["children"] == list(brief.children)
        return list(brief.children), " ".join(handover.document(brief, str).lead)

    stands = [{"incident": child, "state": "open", "phase": "investigating"}]
    assert told()[0] == stands
    lifecycle.restrict(store, night.actor("li"), now, lifecycle.get(store, child, 0), ["li"], "a hole")
    children, lead = told()
    assert children == [{"incident": child, "state": None, "phase": None}]
    assert f"{child} (restricted)" in lead
    assert report.gather(store, lifecycle.get(store, child, 0), "x", now).to_json()["parent"] == parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a parent, its child that only who declared it sees, and a duplicate that was merged."""
    folder = tmp_path_factory.mktemp("family") / "oncall"
    run("init", folder)
    typed(folder, "declare payment-failure")
    typed(folder, "declare payment-failure --parent 1 --restrict legal")
    typed(folder, "declare payment-failure")
    typed(folder, "merge 3 --into 1")
    return folder


def typed(folder: Path, line: str) -> Ran:
    done = run(*line.split(), "--workspace", folder)
    assert done.exit == 0, done.err
    return done


@pytest.fixture(scope="module")
def ids(folder: Path) -> list[str]:
    """Of the three, in their order: their year is this one."""
    return sorted(one["incident"] for one in typed(folder, "list --all --output json").json["incidents"])


def test_show_and_list_mark_them(folder: Path, ids: list[str]) -> None:
    """Child, parent and duplicate, for people and for scripts."""
    shown = typed(folder, "list --all").out
    assert f"open, child of {ids[0]}" in shown
    assert f"merged into {ids[0]}" in shown
    listed = {one["incident"]: one for one in typed(folder, "list --all --output json").json["incidents"]}
    assert [listed[name]["parent"] for name in ids] == [None, ids[0], None]
    assert listed[ids[2]]["merged_into"] == ids[0]
    assert f"Child of {ids[0]}" in typed(folder, "show 2").out
    parent = typed(folder, "show 1 --output json").json
    assert parent["children"] == [{"incident": ids[1], "state": "open", "phase": "investigating"}]
    assert parent["merged"] == [ids[2]]


def test_the_evidence_names_them(folder: Path, ids: list[str], tmp_path: Path) -> None:
    """Parent, children and duplicates by their ids: the archive of one tells no other's state."""
    for number, kin in ((1, (None, [ids[1]], [ids[2]])), (2, (ids[0], [], []))):
        file = tmp_path / f"{number}.zip"
        typed(folder, f"evidence {number} --to {file}")
        with zipfile.ZipFile(file) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith("/incident.json")]
            told = json.loads(archive.read(name))
        assert (told["parent"], told["children"], told["merged"]) == kin


def test_a_restricted_child_keeps_its_own_sight(folder: Path, ids: list[str]) -> None:
    """Who may see the parent alone learns the child's name, and no more; to adopt it one must see both."""
    document = typed(folder, "show 1 --as second --output json").json
    assert document["children"] == [{"incident": ids[1], "state": None, "phase": None}]
    assert f"{ids[1]} (restricted)" in typed(folder, "show 1 --as second").out
    refused = run("adopt", "2", "--release", "--as", "second", "--workspace", folder)
    assert refused.exit == 12
