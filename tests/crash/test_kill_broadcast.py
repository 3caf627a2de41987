"""kill -9 in the middle of a broadcast, again and again: nobody is lost, every duplicate is one that was unknown."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from incident.delivery.claims import ROWS
from incident.delivery.stream import MOST_CHUNKS
from incident.now import system_clock
from tests.crash import program, receivers
from tests.run import house
from tests.run.playbooks import PLAIN, book
from tests.servers import rough
from tests.tally import Tally

ON_THE_WIRE = 8 * 16
"""Mails that may be without an answer when the next claim is made: connections times window."""

IN_HAND = ROWS * MOST_CHUNKS + ON_THE_WIRE
"""What one kill can make unknown at most, on the fastest channel."""


@pytest.mark.parametrize(("seed", "gait"), list(enumerate(receivers.GAITS)))
def test_a_broadcast_that_is_killed_reaches_everybody(tmp_path: Path, tally: Tally, seed: int, gait: str) -> None:
    """Seven random moments for each gait, 21 in all; after each the ledger adds up, at the end nobody is lost."""
    killed_and_resumed(tmp_path, tally, seed, gait, people=2_000, kills=7)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 112))
def test_a_broadcast_that_is_killed_often_reaches_everybody(tmp_path: Path, tally: Tally, seed: int) -> None:
    """240 more, in broadcasts to 20,000."""
    killed_and_resumed(tmp_path, tally, seed, receivers.GAITS[seed % 3], people=20_000, kills=20)


def killed_and_resumed(folder: Path, tally: Tally, seed: int, gait: str, people: int, kills: int) -> None:
    """Each kill falls somewhere in what is left; the next process goes on. What a kill leaves in hand, and nothing
    else, is on record as unknown."""
    chance = random.Random(seed)
    with receivers.receiving(gait, folder) as sink:
        channels = {"email": {"kind": "mail", "url": sink.url}}
        workspace = house.write(folder / "w", playbooks={"small": book("small", PLAIN)}, channels=channels)
        console = house.opened(workspace, system_clock)
        house.import_people(console, people)
        incident = house.declared(console, "small").incident
        in_flight, left_in_hand = 0, []
        for left in range(kills, 0, -1):
            process = program.start(workspace, "work", "--until-idle")
            goal = sink.count + chance.randint(0, max(0, (people - sink.count) // (left + 1)))
            program.until(lambda goal=goal: sink.count > goal, process)
            time.sleep(chance.uniform(0, 0.005))
            in_flight += program.kill(process)
            program.adds_up(console.store, people, incident)
            left_in_hand.append(program.in_hand(console.store))
        assert in_flight >= kills - 1, "the kills came too late to show anything"
        program.finish(program.start(workspace, "work", "--until-idle"))
        assert program.adds_up(console.store, people, incident)["accepted"] == people
        twice = program.nothing_lost_nothing_unexplained(console.store, sink, people, incident)
        assert max(left_in_hand) <= IN_HAND
        assert len(program.unknown_ids(console.store, incident)) <= sum(left_in_hand)
        console.close()
    tally.count(f"kills of broadcasts to {people:,}", in_flight)
    tally.count("people reached through them, nobody lost", people)
    tally.count("arrived twice, all of them unknown before", twice)
    for unknown in left_in_hand:
        tally.measure(f"unknown after a kill, {gait}", unknown)


def test_where_a_person_decides_little_is_unknown(tmp_path: Path, tally: Tally) -> None:
    """A gateway that would not recognise a repetition, four requests at a time: a kill makes at most four unknown, and
    none of them is sent again."""
    people, kills, workers = 300, 3, 4
    slow = rough.then(rough.pause, rough.answer(200, {}))
    with rough.running(lambda call: slow) as gateway:
        url = f"http://127.0.0.1:{gateway.port}/"
        push = {"kind": "webhook", "url": url, "medium": "push", "address": "push", "connections": workers}
        workspace = house.write(
            tmp_path / "w", playbooks={"small": book("small", PLAIN)}, channels={"push": {**push, "on_unknown": "hold"}}
        )
        console = house.opened(workspace, system_clock)
        house.import_rows(console, ["id,locale,push", *(f"u{no},en,token-{no}" for no in range(people))])
        incident = house.declared(console, "small").incident
        for left in range(kills, 0, -1):
            process = program.start(workspace, "work", "--until-idle")
            goal = len(gateway.calls) + (people - len(gateway.calls)) // (left + 1)
            program.until(lambda goal=goal: len(gateway.calls) > goal, process)
            assert program.kill(process)
            unknown = program.in_hand(console.store)
            assert unknown <= workers
            tally.measure("unknown after a kill, on hold", unknown)
        program.finish(program.start(workspace, "work", "--until-idle"))
        columns = program.adds_up(console.store, people, incident)
        keys = [call.key for call in gateway.calls]
        assert len(keys) == len(set(keys))
        assert columns["accepted"] <= len(keys) <= people == columns["accepted"] + columns["unknown"]
        assert columns["unknown"] <= kills * workers
        console.close()
