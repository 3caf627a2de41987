"""The promise of the next word in a night: made, counted down, reminded of, kept or broken, on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from incident import journal, lifecycle, paging
from incident.duty import keeping, promises
from incident.run import acts, duties
from incident.run.live import worker
from tests.clock import MovableClock
from tests.flow.night import Night

_BOOK = """
schema: incident.playbook/v1
id: promising
title: Speaks at once
roles: {commander: {}, comms: {}}
severity: {default: sev2}
cadence:
  sev2:
    first: 10m
    every: 20m
    long_after: 2h
    long_every: 60m
    overdue: {nudge: [-5m, 0m], escalate_to: commander, escalate_at: 5m, holding: holding-statement, holding_at: 10m}
  sev1: {first: 5m, every: 10m}
steps:
  - id: first-notice
    type: announce
    needs: []
    template: first-notice
    audience: everyone
    approval: {by: [commander, comms]}
"""


@pytest.fixture
def night(tmp_path: Path, clock: MovableClock) -> Iterator[Night]:
    """li declares what speaks once it is approved; wang owns the words, chen leads."""
    night = Night(tmp_path, clock, {"promising": _BOOK})
    night.declare("promising")
    lifecycle.claim_role(night.console.store, night.actor("wang"), clock(), night.incident, "comms")
    lifecycle.claim_role(night.console.store, night.actor("chen"), clock(), night.incident, "commander")
    yield night
    night.console.close()


def found(night: Night) -> list[promises.Promise]:
    return promises.listed(night.console.store, night.incident)


def reminded(night: Night) -> list[str]:
    return [mail["recipient"] for mail in night.mails("reminder")]


def kinds(night: Night, beginning: str = "promise.") -> list[str]:
    return [kind for kind in night.timeline() if kind.startswith(beginning)]


def test_a_notice_makes_a_promise_and_keeps_the_one_before(night: Night) -> None:
    """Who, in which notice, for when; kept by which notice, by whom, when."""
    night.approve("first-notice", by="chen")
    night.pass_time("12m")
    night.request("update", by="wang")
    target, first, second = found(night)
    assert (target.kind, target.state) == ("first", "kept")
    assert (first.made_in, first.state, first.ended_in, first.ended_by) == ("first-notice", "kept", "update-1", "wang")
    assert (second.made_in, second.state, second.ended_at) == ("update-1", "open", None)
    assert second.due - night.clock() >= timedelta(minutes=20)
    incident = lifecycle.get(night.console.store, night.incident, 0)
    assert incident.promised_at == second.due


def test_who_owns_the_words_is_reminded_before_and_at_the_time(night: Night) -> None:
    """Once each, and nobody else."""
    night.approve("first-notice", by="chen")
    night.pass_time("14m")
    assert reminded(night) == []
    night.pass_time("2m")
    assert reminded(night) == ["person:wang"]
    night.pass_time("4m")
    assert reminded(night) == ["person:wang"] * 2


def test_without_comms_the_commander_is_reminded(night: Night) -> None:
    """The words are the commander's then."""
    night.console.store.execute("DELETE FROM role_holder WHERE role = 'comms'")
    night.approve("first-notice", by="chen")
    night.pass_time("16m")
    assert reminded(night) == ["person:chen"]


def test_an_update_sets_the_reminder_anew(night: Night) -> None:
    """One reminder is scheduled: the newest promise's."""
    night.approve("first-notice", by="chen")
    night.pass_time("12m")
    night.request("update")
    night.pass_time("15m")
    assert reminded(night) == []


def test_silence_breaks_a_promise_calls_and_sends_the_approved_words(night: Night) -> None:
    """Broken after its minute, the commander called five minutes later, the holding statement after ten."""
    night.approve("first-notice", by="chen")
    night.pass_time("21m")
    assert found(night)[1].state == "broken"
    assert "promise.escalated" not in night.timeline()
    night.pass_time("4m")
    assert [page["target"] for page in paging.listed(night.console.store, night.incident)] == ["commander"]
    assert night.notices() == ["first-notice"]
    night.pass_time("5m")
    assert night.notices() == ["first-notice", "promise-2.holding"]
    _, broken, fresh = found(night)
    assert (broken.state, broken.ended_in, broken.ended_by) == ("broken", "promise-2.holding", "worker")
    assert (fresh.made_in, fresh.state) == ("promise-2.holding", "open")
    assert [page["state"] for page in paging.listed(night.console.store, night.incident)] == ["closed"]
    assert kinds(night)[-3:] == ["promise.caught_up", "promise.made", "promise.holding"]


def test_the_same_words_are_not_said_for_ever(night: Night) -> None:
    """Three times in a row, then a person must speak; the calls go on."""
    night.approve("first-notice", by="chen")
    night.pass_time("4h")
    assert night.notices() == ["first-notice", "promise-2.holding", "promise-3.holding", "promise-4.holding"]
    assert kinds(night).count("promise.holding_spent") == 1
    assert [page["state"] for page in paging.listed(night.console.store, night.incident)][-1] == "open"


def test_a_holding_statement_that_cannot_be_sent_is_on_record(night: Night) -> None:
    """Its template is broken: nothing is lost but the statement, and the commander was called already."""
    night.approve("first-notice", by="chen")
    file = night.folder / "templates" / "holding-statement" / "message.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("schema: [broken\n", encoding="utf-8")
    night.again().pass_time("40m")
    assert night.notices() == ["first-notice"]
    assert kinds(night).count("promise.holding_held") == 1


@pytest.mark.parametrize("broken", [True, False])
def test_when_policy_cannot_speak_a_person_is_called(tmp_path: Path, clock: MovableClock, broken: bool) -> None:
    """The statement is broken, or was said often enough: the commander is called, though nobody is named for it."""
    text = _BOOK.replace("escalate_to: commander, escalate_at: 5m, ", "").replace("holding_at: 10m", "holding_most: 1")
    night = Night(tmp_path / "w", clock, {"promising": text})
    night.declare("promising")
    night.approve("first-notice", by="chen")
    if broken:
        file = night.folder / "templates" / "holding-statement" / "message.yaml"
        file.parent.mkdir(parents=True)
        file.write_text("schema: [broken\n", encoding="utf-8")
    night.again().pass_time("2h")
    assert kinds(night)[-1] == ("promise.holding_held" if broken else "promise.holding_spent")
    (page,) = paging.listed(night.console.store, night.incident)
    assert (page["target"], page["state"]) == ("commander", "open")
    assert page["text"].startswith("LATE: ")
    night.console.close()


def test_the_last_word_keeps_the_promise_and_makes_none(night: Night) -> None:
    """Nobody is reminded after the end."""
    night.approve("first-notice", by="chen")
    night.pass_time("5m")
    night.request("resolved", texts={})
    assert [one.state for one in found(night)] == ["kept", "kept"]
    night.pass_time("2h")
    assert reminded(night) == []


def test_a_false_alarm_withdraws_what_was_promised(night: Night) -> None:
    """With who and why."""
    night.approve("first-notice", by="chen")
    night.cancel("a sensor")
    last = found(night)[-1]
    assert (last.state, last.ended_by, last.reason) == ("withdrawn", "li", "a sensor")


def test_a_first_notice_that_is_late_is_told_to_staff(night: Night) -> None:
    """Nobody approves: the target is missed on record, the commander called; customers get nothing by this."""
    night.pass_time("16m")
    (target,) = found(night)
    assert (target.kind, target.state) == ("first", "broken")
    assert reminded(night) == ["person:wang"]
    assert kinds(night) == ["promise.nudged", "promise.broken", "promise.escalated"]
    assert night.notices() == []


def _worsen(night: Night) -> None:
    incident = lifecycle.get(night.console.store, night.incident, 0)
    lifecycle.set_severity(night.console.store, night.actor("chen"), night.clock(), incident, "sev1")


def test_a_worse_severity_aims_earlier(night: Night) -> None:
    """The target of the first notice is ours: it moves with the cadence, as soon as the run is looked at."""
    before = found(night)[0].due
    _worsen(night)
    night.act(acts.pause, None)
    assert found(night)[0].due == before - timedelta(minutes=5)


def test_a_worse_severity_promises_sooner(night: Night) -> None:
    """What was said in public stands; the next promise follows the new cadence."""
    night.approve("first-notice", by="chen")
    said = found(night)[-1].due
    _worsen(night)
    night.work()
    assert found(night)[-1].due == said
    night.request("update")
    assert found(night)[-1].due - night.clock() <= timedelta(minutes=15)


def test_a_long_incident_promises_longer(night: Night) -> None:
    """After two hours an update promises the next one within the hour, not in twenty minutes."""
    night.approve("first-notice", by="chen")
    night.pass_time("2h")
    night.request("update")
    assert found(night)[-1].due - night.clock() >= timedelta(minutes=60)


def test_two_workers_remind_once(night: Night) -> None:
    """Both saw that it was due; the row moves for one of them only."""
    night.approve("first-notice", by="chen")
    night.clock.advance("16m")
    stale = found(night)[-1]
    duties.look_after(night.office)
    with acts.held(night.office, night.incident, worker("root")) as performance:
        desk = performance.desk
        assert keeping.ring(night.office.station, desk.actor, desk.now, desk.incident, stale, "r") == []
    night.work()
    assert reminded(night) == ["person:wang"]


def test_a_sleeping_machine_reminds_once(night: Night) -> None:
    """Who wakes hours late hears it once, the promise is broken, and the approved words go out."""
    night.approve("first-notice", by="chen")
    night.work()
    night.clock.advance("5h")
    night.work()
    night.work()
    assert kinds(night).count("promise.broken") == 1
    assert kinds(night).count("promise.escalated") == 1
    assert night.notices()[-1] == "promise-2.holding"


def test_a_clock_that_goes_back_reminds_nobody_again(night: Night) -> None:
    """What was rung is over."""
    night.approve("first-notice", by="chen")
    night.pass_time("16m")
    night.clock.advance(timedelta(minutes=-10))
    night.pass_time("9m")
    assert reminded(night) == ["person:wang"]


def test_the_record_of_promises_is_part_of_the_chain(night: Night) -> None:
    """Each stands in the journal, whole."""
    night.approve("first-notice", by="chen")
    night.pass_time("1h")
    assert journal.verify(night.console.store)
