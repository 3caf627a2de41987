"""One of two workers is killed in the middle of its work: the other goes on within 30 s, and nobody starts anything."""

from __future__ import annotations

import time
from pathlib import Path

from incident.delivery.reconcile import reconcile
from incident.now import system_clock
from incident.store import Store
from tests.crash import program
from tests.run import house
from tests.run.playbooks import PLAIN, book
from tests.servers import sink as sinks

PEOPLE = 600
SECONDS = 30.0
STEPS = (
    PLAIN
    + """\
  - {id: moment, type: wait, for: 1s}
  - {id: last-notice, type: announce, template: holding-statement, audience: everyone}
"""
)


def accepted(store: Store, incident: str) -> int:
    return sum(one.total.counts["accepted"] for one in reconcile(store, incident) if one.is_notice)


def test_the_other_worker_goes_on(tmp_path: Path, store: Store) -> None:
    """Its half-sent mails and the run: all is done by the one that lives; what was in its hands was unknown once."""
    with sinks.running(tmp_path / "mails", delay=0.002) as sink:
        workspace = house.write(
            tmp_path / "w",
            playbooks={"small": book("small", STEPS)},
            channels={"email": {"kind": "mail", "url": sink.url}},
            store=store.url,
        )
        console = house.opened(workspace, system_clock)
        house.import_people(console, PEOPLE)
        incident = house.declared(console, "small").incident
        with program.both([program.start(workspace, "work") for _ in range(2)]) as (doomed, alive):
            program.until(lambda: accepted(console.store, incident) > PEOPLE // 4, doomed)
            assert program.kill(doomed)
            killed = time.monotonic()
            program.until(lambda: accepted(console.store, incident) == 2 * PEOPLE, alive)
            assert time.monotonic() - killed < SECONDS
            alive.terminate()
            program.finish(alive)
        assert program.adds_up(console.store, 2 * PEOPLE, incident)["accepted"] == 2 * PEOPLE
        console.close()
