"""What the incident into which a duplicate was merged takes over: its people, and the word that they were promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident import journal, lifecycle, respond
from incident.duty import promises
from incident.duty.promises import Promise
from tests.cli.program import run
from tests.clock import MovableClock
from tests.flow.night import Night

_BOOK = """
schema: incident.playbook/v1
id: promising
title: Speaks at once
roles: {commander: {}, comms: {}, legal: {}}
severity: {default: sev2}
cadence: {sev2: {first: 10m, every: 20m, overdue: {escalate_to: commander, escalate_at: 5m}}}
clocks:
  - {use: cn-pboc-class1, applies_when: incident.severity == 'sev2'}
steps:
  - {id: notice, type: announce, needs: [], template: first-notice, audience: everyone, approval: {by: [commander]}}
"""


@pytest.fixture
def night(tmp_path: Path, clock: MovableClock) -> Night:
    """Three customers; a playbook that promises the next word in twenty minutes."""
    return Night(tmp_path, clock, {"promising": _BOOK})


def spoken(night: Night) -> str:
    """An incident whose customers were told, and promised a word."""
    name = night.declare("promising").incident
    night.approve("notice")
    night.work()
    return name


def merge(night: Night, one: str, into: str) -> None:
    respond.merge(night.office, night.actor("li"), one, into, "the same outage")


def last(night: Night, incident: str) -> Promise:
    found = promises.last(night.console.store, incident)
    assert found is not None
    return found


def test_what_was_promised_in_public_is_owed_by_the_other_one(night: Night) -> None:
    """It comes before a target of our own; on record in both; when it is late, whoever leads there is called."""
    into = night.declare("promising").incident
    duplicate = spoken(night)
    due = last(night, duplicate).due
    merge(night, duplicate, into)
    owed = last(night, into)
    assert (owed.kind, owed.state, owed.due, owed.made_in) == ("next", "open", due, f"{duplicate} notice")
    assert lifecycle.get(night.console.store, into, 0).promised_at == due
    states = [(one.kind, one.state) for one in promises.listed(night.console.store, into)]
    assert states == [("first", "withdrawn"), ("next", "open")]
    ended = last(night, duplicate)
    assert (ended.state, ended.reason) == ("withdrawn", f"it lives on in {into}")
    night.pass_time("30m")
    assert "promise.escalated" in [entry.kind for entry in journal.read(night.console.store, into)]


def test_a_word_that_is_owed_as_soon_is_enough(night: Night) -> None:
    """The other one's own promise stays; everybody hears it."""
    into = spoken(night)
    night.clock.advance("1m")
    duplicate = spoken(night)
    before = last(night, into)
    merge(night, duplicate, into)
    assert last(night, into) == before
    night.incident = into
    night.request("update")
    assert last(night, duplicate).state == "withdrawn"
    assert promises.get(night.console.store, into, before.no).state == "kept"


def test_a_word_that_was_owed_later_comes_sooner(night: Night) -> None:
    """Whoever was promised the sooner one is not let down; the later one is withdrawn, with the reason."""
    duplicate = spoken(night)
    night.clock.advance("6m")
    into = spoken(night)
    later, sooner = last(night, into), last(night, duplicate)
    assert later.due > sooner.due
    merge(night, duplicate, into)
    assert last(night, into).due == sooner.due
    withdrawn = promises.get(night.console.store, into, later.no)
    assert withdrawn.state == "withdrawn"
    assert str(withdrawn.reason).startswith(f"{duplicate} has promised one")


def test_a_word_that_is_late_already_calls_at_once(night: Night) -> None:
    """It was broken there and stays so on record; whoever leads the other incident hears of it now."""
    duplicate = spoken(night)
    night.pass_time("30m")
    into = night.declare("promising").incident
    merge(night, duplicate, into)
    night.work()
    assert last(night, duplicate).state == "broken"
    kinds = [entry.kind for entry in journal.read(night.console.store, into)]
    assert ("promise.broken" in kinds, "promise.escalated" in kinds) == (True, True)


def test_where_nobody_was_told_nothing_is_owed(night: Night) -> None:
    """Our own target for a first notice ends with the duplicate."""
    into, duplicate = night.declare("promising").incident, night.declare("promising").incident
    merge(night, duplicate, into)
    assert [(one.kind, one.state) for one in promises.listed(night.console.store, into)] == [("first", "open")]
    assert last(night, duplicate).state == "withdrawn"


def test_the_other_timeline_tells_who_joins_and_which_deadline_stays(night: Night) -> None:
    """How many people wait for its word now, and that the authority still waits for a report from there."""
    into, duplicate = night.declare("promising").incident, spoken(night)
    merge(night, duplicate, into)
    (entry,) = [one for one in journal.read(night.console.store, into) if one.kind == "incident.inherited"]
    assert entry.detail == {"merged": duplicate, "people": 3, "clocks_left_there": ["cn-pboc-class1"]}


def test_who_merges_is_told_where_people_hear_on(tmp_path: Path) -> None:
    """How many wait, for which word, and what to type; scripts get the same."""
    folder = tmp_path / "oncall"
    run("init", folder)
    run("audience", "import", folder / "audience" / "sample.csv", "--workspace", folder)
    for _ in range(2):
        run("declare", "datacenter-loss", "--param", "dc=sh1", "--workspace", folder)
    run("approve", "2", "first-notice", "--as", "second", "--yes", "8", "--workspace", folder)
    done = run("merge", "2", "--into", "1", "--output", "json", "--workspace", folder)
    assert "7 people were told in it. They hear the next word, promised for " in done.err
    assert "incident update INC-" in done.err
    assert (done.json["people"], done.json["next_update"] is not None) == (7, True)
    shown = run("show", "1", "--output", "json", "--workspace", folder).json
    assert shown["next_update"] == done.json["next_update"]
