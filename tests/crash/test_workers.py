"""Several worker processes on one ledger, SQLite and PostgreSQL: nothing twice, the sums add up, a limit holds for all
of them together, measured where the mails arrive."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from incident.now import system_clock
from incident.store import Store
from tests.crash import program
from tests.run import house
from tests.run.playbooks import PLAIN, book
from tests.servers.fastsink import Inbox, Stage, running
from tests.tally import Tally

RATE = 200
"""Mails a second, for all together."""

WITHIN = 0.1
"""By how much it may be missed, either way."""

STRETCH = 2.0
"""Seconds that are counted: a process that a busy machine does not let run for a moment is late with what is due."""


def test_two_workers_share_one_limit(tmp_path: Path, store: Store, tally: Tally) -> None:
    """200 a second for two processes: both at work, nothing twice, no more than they may, and hardly any less."""
    share(tmp_path, store, tally, workers=2, people=600)


@pytest.mark.soak
@pytest.mark.parametrize("round_", range(3))
def test_four_workers_share_one_limit(tmp_path: Path, store: Store, tally: Tally, round_: int) -> None:
    """The same for four processes, for half a minute."""
    share(tmp_path, store, tally, workers=4, people=6_000)


@pytest.mark.soak
@pytest.mark.parametrize("round_", range(3))
def test_four_workers_as_fast_as_they_can(tmp_path: Path, store: Store, tally: Tally, round_: int) -> None:
    """Without a limit they meet at every claim."""
    share(tmp_path, store, tally, workers=4, people=20_000, limited=False)


def share(folder: Path, store: Store, tally: Tally, *, workers: int, people: int, limited: bool = True) -> None:
    arrived: list[float] = []

    def script(stage: Stage, address: str) -> str:
        if stage == "text":
            arrived.append(time.monotonic())
        return ""

    inbox = Inbox(script=script)
    with running(inbox) as port:
        email = {"kind": "mail", "url": f"mailto://127.0.0.1:{port}/?from=notice@wallet.example", "connections": 2}
        rate = {"rate": {"per": "1s", "most": RATE}} if limited else {}
        workspace = house.write(
            folder / "w",
            playbooks={"small": book("small", PLAIN)},
            channels={"email": {**email, **rate}},
            store=store.url,
        )
        console = house.opened(workspace, system_clock)
        house.import_people(console, people)
        incident = house.declared(console, "small").incident
        processes = [program.start(workspace, "work", "--until-idle", "--wait", "2s") for _ in range(workers)]
        with program.both(processes):
            for process in processes:
                program.finish(process)
    assert program.adds_up(console.store, people, incident) == Counter(accepted=people)
    assert len(inbox.mails) == len(set(inbox.recipients())) == people
    owners = console.store.execute("SELECT owner, sum(accepted) AS accepted FROM pulse GROUP BY owner").fetchall()
    console.close()
    assert sum(int(one["accepted"]) for one in owners) == people
    assert len(owners) == workers, "not all of them worked: this shows nothing"
    tally.count(f"mails by {workers} processes at once, none twice", people)
    if limited:
        most, mean = fullest(arrived, STRETCH) / STRETCH, (people - 1) / (arrived[-1] - arrived[0])
        tally.measure(f"mails a second, {RATE} allowed to {workers} processes", round(mean, 1))
        tally.measure("the same in the fullest two seconds", most)
        tally.measure("the same in the fullest second", fullest(arrived, 1.0))
        assert most <= RATE * (1 + WITHIN)
        assert mean >= RATE * (1 - WITHIN)


def fullest(arrived: Sequence[float], seconds: float) -> int:
    """How many arrived in the fullest stretch of so many seconds."""
    most = first = 0
    for last, at in enumerate(arrived):
        while arrived[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
