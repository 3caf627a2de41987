"""kill -9 in the middle of a run: each act is there with all that follows from it, or not at all, and is done once."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from incident import journal, lifecycle
from incident.now import system_clock
from incident.run import acts
from incident.run import store as runs
from incident.wiring import Console
from tests.crash import program
from tests.run import house
from tests.run.playbooks import book
from tests.servers import sink as sinks
from tests.tally import Tally

STEPS = """\
  - {id: worse, type: set, severity: sev1}
  - {id: first-notice, type: announce, template: first-notice, audience: everyone}
  - {id: moment, type: wait, for: 1s}
  - {id: told, type: check, that: incident.severity == 'sev1'}
  - {id: second-notice, type: announce, template: holding-statement, audience: everyone}
  - {id: books, type: task, title: Compare the books, assignee: commander}
"""
PEOPLE = 60
KILLS = 15


def test_a_run_that_is_killed_goes_on(tmp_path: Path, tally: Tally) -> None:
    """Fifteen random moments, in `declare` and in `work`."""
    killed_and_resumed(tmp_path, tally, 1, KILLS)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_a_run_that_is_killed_often_goes_on(tmp_path: Path, tally: Tally, seed: int) -> None:
    """A thousand more."""
    killed_and_resumed(tmp_path, tally, seed, 50)


def killed_and_resumed(folder: Path, tally: Tally, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    with sinks.running(folder / "mails") as sink:
        channels = {"email": {"kind": "mail", "url": sink.url}}
        workspace = house.write(folder / "w", playbooks={"small": book("small", STEPS)}, channels=channels)
        console = house.opened(workspace, system_clock)
        house.import_people(console, PEOPLE)
        declare = ("declare", "small", "--yes", str(PEOPLE))
        began = time.monotonic()
        program.finish(program.start(workspace, *declare))
        whole = time.monotonic() - began
        for number in range(kills):
            command = declare if number % 3 == 0 else ("work", "--until-idle", "--wait", "2s")
            process = program.start(workspace, *command)
            time.sleep(chance.uniform(whole * 0.5, whole * 1.1))
            program.kill(process)
            for incident in lifecycle.listed(console.store, everything=True):
                check(console, incident.id)
        program.finish(program.start(workspace, "work", "--until-idle", "--wait", "3s"))
        incidents = [incident.id for incident in lifecycle.listed(console.store, everything=True)]
        for incident in incidents:
            check(console, incident)
            assert [wait.step for wait in acts.look(console.office, incident).waiting] == ["books"]
            assert program.adds_up(console.store, 2 * PEOPLE, incident)["accepted"] == 2 * PEOPLE
        unknown = set().union(*(program.unknown_ids(console.store, incident) for incident in incidents))
        ids = Counter(message_id for _, message_id in sink.mails())
        assert len(ids) == 2 * PEOPLE * len(incidents)
        assert {one for one, count in ids.items() if count > 1} <= unknown
        assert journal.verify(console.store)
        console.close()
    tally.count("kills of runs", kills)


def check(console: Console, incident: str) -> None:
    """Whole, numbered, each step begun and closed once at most; the ledger adds up."""
    run = runs.of_incident(console.store, incident)
    events = runs.events(console.store, run.id)
    assert [event.no for event in events] == list(range(1, len(events) + 1))
    assert events[0].kind == "started"
    assert any(event.step == "first-notice" and event.kind == "closed" for event in events), "declared by halves"
    done = Counter((event.kind, event.step, event.data.get("verb")) for event in events)
    assert max(done.values()) == 1
    notices = sum(event.data.get("verb") == "release" for event in events)
    program.adds_up(console.store, PEOPLE * notices, incident)
