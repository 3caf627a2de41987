"""A run keeps its playbook, and those that it calls, as they were; a correction keeps to whom the notice went."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from incident.run import acts
from incident.store import Store
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house
from tests.run.conftest import Open
from tests.run.playbooks import book

NAME = "INC-2026-001"
CALLING = """\
  - {id: first, type: ask, choices: [go]}
  - {id: other, type: call, playbook: inner, with: {place: sh1}}
  - {id: after, type: task, title: After}
"""
INNER = """\
schema: incident.playbook/v1
id: inner
title: Inner
params: [{name: place, type: string, required: true}]
steps:
  - {id: drain, type: task, title: Drain}
"""
CHANGED = INNER.replace("id: drain", "id: blow-up").replace("Drain", "Blow up")


@pytest.fixture
def console(tmp_path: Path, store: Store, clock: MovableClock) -> Console:
    """A run that waits before it calls another playbook."""
    playbooks = {"small": book("small", CALLING), "inner": INNER}
    opened = house.opened(house.write(tmp_path / "w", playbooks=playbooks, store=store.url), clock)
    house.declared(opened, "small")
    return opened


@pytest.mark.parametrize("text", [CHANGED, "no playbook at all", None])
def test_a_called_playbook_that_changes_in_the_middle_changes_nothing(
    console: Console, text: str | None, clock: MovableClock
) -> None:
    """Changed, broken or gone before the call began: its steps are those of the hour of declaration."""
    file = console.workspace / "playbooks" / "inner.yaml"
    if text is None:
        file.unlink()
    else:
        file.write_text(text, encoding="utf-8")
    again = house.opened(console.workspace, clock)
    acts.answer(again.office, NAME, again.actor, "first", {"choice": "go"})
    (wait,) = acts.look(again.office, NAME).waiting
    assert (wait.step, wait.why) == ("other.drain", "Drain")
    acts.finish_task(again.office, NAME, again.actor, "drain")
    assert [wait.step for wait in acts.look(again.office, NAME).waiting] == ["after"]


def test_the_next_incident_plays_the_new_text(console: Console, clock: MovableClock) -> None:
    """What was pinned is the run's, not the house's."""
    (console.workspace / "playbooks" / "inner.yaml").write_text(CHANGED, encoding="utf-8")
    again = house.opened(console.workspace, clock)
    second = house.declared(again, "small").incident
    acts.answer(again.office, second, again.actor, "first", {"choice": "go"})
    assert [wait.step for wait in acts.look(again.office, second).waiting] == ["other.blow-up"]


CORRECTING = """\
  - {id: to-north, type: announce, template: first-notice, audience: region == 'north'}
  - {id: to-south, type: announce, template: holding-statement, audience: region == 'south'}
  - {id: found, type: ask, choices: [wrong], needs: [to-south]}
  - {id: sorry, type: correct, corrects: to-north, text: {en: It was the other line.}}
"""


def test_a_step_corrects_to_exactly_those_who_got_the_notice(workspace: Open) -> None:
    """Not to those of another notice, nor to whoever moved into its audience since."""
    console = workspace(CORRECTING)
    house.import_rows(console, ["id,locale,email,region", "n1,en,n1@x.example,north", "s1,en,s1@x.example,south"])
    house.declared(console, "small")
    house.send(console)
    house.import_rows(console, ["id,locale,email,region", "n2,en,n2@x.example,north"])
    acts.answer(console.office, NAME, console.actor, "found", {"choice": "wrong"})
    house.send(console)
    files = (console.workspace / "out" / "email").glob("*.json")
    mails = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    assert [mail["recipient"] for mail in mails if "other line" in json.dumps(mail)] == ["n1"]
