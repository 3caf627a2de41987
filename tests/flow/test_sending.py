"""How carefully a notice leaves: the same stories as a person on call lives them, from the playbook to the ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from incident.delivery import care, outbox
from incident.run import acts
from tests.clock import MovableClock
from tests.flow.night import Night

BOOK = """\
schema: incident.playbook/v1
id: slow-cards
title: Cards are slow
kind: outage
case: payment-failure
severity: {default: %s}
roles: {commander: {}, comms: {}}
guard:
  %s
steps:
  - {id: first-notice, type: announce, needs: [], template: first-notice, audience: everyone%s}
"""


def night_of(folder: Path, clock: MovableClock, guard: str, *, step: str = "", severity: str = "sev2") -> Night:
    """A night whose playbook has this under `guard`, and more in its step."""
    return Night(folder, clock, playbooks={"slow-cards": BOOK % (severity, guard, step)})


def sent(night: Night, message: str) -> int:
    return len(night.mails(message))


def test_a_canary_asks_and_comms_see_what_to_type(tmp_path: Path, clock: MovableClock) -> None:
    """One of three first; after the wait it is held, `show` has the figures and the command; the word lets all go."""
    night = night_of(tmp_path, clock, "canary: {first: 1%, hold: 5m, then: ask}")
    night.declare("slow-cards")
    night.work()
    assert sent(night, "first-notice") == 1
    night.pass_time("6m")
    assert sent(night, "first-notice") == 1
    (wait,) = [one for one in acts.look(night.office, night.incident).waiting if one.type == "broadcast"]
    assert wait.command == f"incident outbox release {night.incident} first-notice"
    assert "1 accepted, 0 failed" in wait.why
    assert wait.role == "comms"
    (row,) = outbox.find(night.console.store, night.incident)
    outbox.release(night.console.store, row, lambda people, preview: None, clock())
    night.work()
    assert sent(night, "first-notice") == 3


def test_a_canary_goes_on_by_itself(tmp_path: Path, clock: MovableClock) -> None:
    """Nobody has to be awake for it."""
    night = night_of(tmp_path, clock, "canary: {first: 1, hold: 5m}")
    night.declare("slow-cards")
    night.work()
    night.pass_time("4m")
    assert sent(night, "first-notice") == 1
    night.pass_time("2m")
    assert sent(night, "first-notice") == 3
    assert [kind for kind in night.timeline() if kind.startswith("broadcast.")] == [
        "broadcast.released",
        "broadcast.canary",
        "broadcast.went_on",
    ]


@pytest.mark.parametrize(
    ("step", "severity", "at_once"),
    [
        ("", "sev2", 0),
        (", quiet_hours: false", "sev2", 3),
        (", legal_basis: PIPL Art. 57", "sev2", 3),
    ],
    ids=["waits for noon", "the step says no", "the law says now"],
)
def test_quiet_hours(tmp_path: Path, clock: MovableClock, step: str, severity: str, at_once: int) -> None:
    """It is 11:00 in Shanghai; customers are left alone until noon, but for what cannot wait."""
    night = night_of(tmp_path, clock, 'quiet_hours: {from: "22:00", to: "12:00"}', step=step, severity=severity)
    night.declare("slow-cards")
    night.work()
    assert sent(night, "first-notice") == at_once
    night.pass_time("61m")
    assert sent(night, "first-notice") == 3


def test_an_update_takes_the_place_of_what_is_unsent(tmp_path: Path, clock: MovableClock) -> None:
    """Nobody reads at noon what the update has overtaken; the ledger and the timeline say so."""
    night = night_of(tmp_path, clock, 'quiet_hours: {from: "22:00", to: "12:00"}')
    night.declare("slow-cards")
    night.request("update", promise=None)
    night.pass_time("61m")
    assert (sent(night, "first-notice"), sent(night, "update")) == (0, 3)
    sums = night.sums()
    assert sums["first-notice"].total.reasons == {"superseded": 3}
    assert "broadcast.superseded" in night.timeline()


def test_the_rules_are_part_of_what_is_shown(tmp_path: Path, clock: MovableClock) -> None:
    """Whoever confirms or approves sees that a few people get it first."""
    night = night_of(tmp_path, clock, "canary: {first: 2, hold: 5m}", step=", approval: {by: [commander]}")
    night.declare("slow-cards")
    (gate,) = night.console.store.queries("incident.run").gates_of(incident=night.incident)
    assert json.loads(gate["subject"])["rules"] == {"canary": {"first": 2, "hold": 300.0, "then": "continue"}}


def test_nothing_is_left_waiting_at_the_end(tmp_path: Path, clock: MovableClock) -> None:
    """After the last word no rule wakes anybody."""
    night = night_of(tmp_path, clock, "canary: {first: 1, hold: 5m}")
    night.declare("slow-cards")
    night.work()
    night.pass_time("10m")
    night.request("resolved")
    night.work()
    night.pass_time("10m")
    assert night.state() == "resolved"
    assert care.next_due(night.console.store, clock()) is None
