"""kill -9 while people are called out: each round goes out once, none is skipped, and the policy comes to its end."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from pathlib import Path

import pytest

from incident import journal
from incident.now import system_clock
from incident.people import os_user
from incident.run import acts
from incident.store import Store
from incident.wiring import Console
from tests.crash import program
from tests.run import house
from tests.run.playbooks import book

TASK = "  - {id: work, type: task, title: Work}\n"
PEOPLE = {
    "li": {"os_users": [os_user()], "email": "li@x.example"},
    "wang": {"email": "wang@x.example"},
}
LADDER = {"night": {"steps": [{"to": "li", "wait": "1s", "repeat": 1}, {"to": "wang", "wait": "1s"}], "repeat": 0}}
ROUNDS = [f".{number}" for number in range(3)]


def test_a_policy_whose_workers_are_killed_goes_on(tmp_path: Path, store: Store) -> None:
    """Two at once, killed at random moments."""
    killed_and_resumed(tmp_path, store, seed=1, kills=6)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 130))
def test_a_policy_whose_workers_are_killed_often_goes_on(tmp_path: Path, sqlite_store: Store, seed: int) -> None:
    """Some hundred times more."""
    killed_and_resumed(tmp_path, sqlite_store, seed=seed, kills=8)


def killed_and_resumed(folder: Path, store: Store, *, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    workspace = house.write(
        folder / "w", playbooks={"small": book("small", TASK)}, people=PEOPLE, policies=LADDER, store=store.url
    )
    console = house.opened(workspace, system_clock)
    incident = house.declared(console, "small").incident
    acts.page(console.office, incident, console.actor, ("policy/night",), "Wake up", timedelta(minutes=5))
    work = ("work", "--until-idle", "--wait", "4s")
    for _ in range(kills // 2):
        both = [program.start(workspace, *work) for _ in range(2)]
        time.sleep(chance.uniform(0.3, 0.9))
        for process in both:
            program.kill(process)
    program.finish(program.start(workspace, *work))
    assert rounds(console, incident) == ROUNDS
    told = [entry for entry in journal.read(console.store, incident) if entry.kind == "page.owner_told"]
    assert [entry.reason for entry in told] == ["Nobody has acknowledged; all were called."]
    console.close()


def rounds(console: Console, incident: str) -> list[str]:
    """The end of each round's name in the ledger, in order; the ledger adds up."""
    rows = list(console.store.queries("incident.delivery").broadcasts_of(incident=incident))
    return [row["step"][-2:] for row in rows if row["step"].startswith("page.")]
