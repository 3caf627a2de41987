"""kill -9 in the middle of a broadcast, again and again: nobody is lost, every duplicate is one that was unknown."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from incident.now import system_clock
from tests.crash import program
from tests.run import house
from tests.run.playbooks import PLAIN, book
from tests.servers import sink as sinks

PEOPLE = 2_000
KILLS = 5
SEEDS = range(6)
"""Six broadcasts, each killed five times: thirty moments."""


@pytest.mark.parametrize("seed", SEEDS)
def test_a_broadcast_that_is_killed_reaches_everybody(tmp_path: Path, seed: int) -> None:
    """Thirty random moments in all; after each the ledger adds up, at the end nobody is lost."""
    killed_and_resumed(tmp_path, seed, PEOPLE, KILLS)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 140))
def test_a_broadcast_that_is_killed_often_reaches_everybody(tmp_path: Path, seed: int) -> None:
    """Eight hundred more."""
    killed_and_resumed(tmp_path, seed, 5_000, 20)


def killed_and_resumed(folder: Path, seed: int, people: int, kills: int) -> None:
    chance = random.Random(seed)
    with sinks.running(folder / "mails") as sink:
        channels = {"email": {"kind": "mail", "url": sink.url}}
        workspace = house.write(folder / "w", playbooks={"small": book("small", PLAIN)}, channels=channels)
        console = house.opened(workspace, system_clock)
        house.import_people(console, people)
        house.declared(console, "small")
        year = console.station.year()
        incident = f"INC-{year}-001"
        in_flight = 0
        for left in range(kills, 0, -1):
            process = program.start(workspace, "work", "--until-idle")
            goal = sink.count + chance.randint(0, max(0, (people - sink.count) // left))
            program.until(lambda goal=goal: sink.count > goal, process)
            time.sleep(chance.uniform(0, 0.02))
            in_flight += program.kill(process)
            program.adds_up(console.store, people, incident)
        assert in_flight >= kills - 1, "the kills came too late to show anything"
        program.finish(program.start(workspace, "work", "--until-idle"))
        columns = program.adds_up(console.store, people, incident)
        assert columns["accepted"] == people
        program.nothing_lost_nothing_unexplained(console.store, sink, people, incident)
        console.close()
