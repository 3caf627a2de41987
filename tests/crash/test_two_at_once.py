"""Two processes at once, on one SQLite file and on one PostgreSQL: nothing twice, nothing lost, one winner."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from incident import journal
from incident.now import system_clock
from incident.run import acts
from incident.run import store as runs
from incident.store import Store
from incident.wiring import Console
from tests.crash import program
from tests.run import house
from tests.run.playbooks import GATED, PLAIN, book
from tests.servers import sink as sinks

PEOPLE = 1_000
STEPS = (
    PLAIN
    + """\
  - {id: moment, type: wait, for: 1s}
  - {id: worse, type: set, severity: sev1}
  - {id: second-notice, type: announce, template: holding-statement, audience: everyone}
  - {id: wake, type: page, to: chen, text: Wake up, repeat: 1s}
"""
)


def opened(folder: Path, store: Store, url: str, steps: str) -> Console:
    workspace = house.write(
        folder / "w",
        playbooks={"small": book("small", steps)},
        channels={"email": {"kind": "mail", "url": url}},
        store=store.url,
    )
    return house.opened(workspace, system_clock)


def test_two_workers_send_nothing_twice(tmp_path: Path, store: Store) -> None:
    """Both send, both look after the run: each person has one mail of each notice, each step was done once."""
    with sinks.running(tmp_path / "mails", delay=0.001) as sink:
        console = opened(tmp_path, store, sink.url, STEPS)
        house.import_people(console, PEOPLE)
        incident = house.declared(console, "small").incident
        work = ("work", "--until-idle", "--wait", "1s")
        with program.both([program.start(console.workspace, *work) for _ in range(2)]) as processes:
            program.until(lambda: over(console, incident), processes[0])
            acts.acknowledge(console.office, incident, console.actor)
            for process in processes:
                program.finish(process)
        events = runs.events(console.store, f"{incident}.1")
        done = Counter((event.kind, event.step, event.data.get("verb")) for event in events)
        assert max(done.values()) == 1
        columns = program.adds_up(console.store, 2 * PEOPLE, incident)
        assert columns == Counter(accepted=2 * PEOPLE)
        customers = [one for one in sink.mails() if one[0].endswith("@example.net")]
        assert len(customers) == len(set(customers)) == 2 * PEOPLE
        pages = [one for one in sink.mails() if not one[0].endswith("@example.net")]
        assert len(pages) == len(set(pages)), "a round of a page went out twice"
        assert sink.senders >= 2, "only one of them worked: this shows nothing"
        assert journal.verify(console.store)
        assert console.store.execute("SELECT * FROM chunk").fetchall() == []
        console.close()


def over(console: Console, incident: str) -> bool:
    """Whether everything was sent and only the page is open."""
    if [wait.step for wait in acts.look(console.office, incident).waiting] != ["wake"]:
        return False
    return program.adds_up(console.store, 2 * PEOPLE, incident)["accepted"] == 2 * PEOPLE


def test_two_people_answer_one_gate(tmp_path: Path, store: Store) -> None:
    """At the same moment, in two processes: one releases the notice, the other is told with exit code 13."""
    with sinks.running(tmp_path / "mails") as sink:
        console = opened(tmp_path, store, sink.url, GATED)
        house.import_people(console, 20)
        for _ in range(3):
            incident = house.declared(console, "small").incident
            approve = ("approve", incident, "first-notice", "--yes", "20", "--no-work")
            pair = [program.start(console.workspace, *approve, "--as", who) for who in ("wang", "chen")]
            with program.both(pair):
                codes = sorted(program.finish(process, 13) for process in pair)
            assert codes == [0, 13]
            assert program.adds_up(console.store, 20, incident) == Counter(pending=20)
            gates = list(console.store.queries("incident.run").gates_of(incident=incident))
            assert [gate["state"] for gate in gates] == ["approved"]
            told = [entry for entry in journal.read(console.store, incident) if entry.kind == "gate.approved"]
            assert [entry.actor for entry in told] == [gates[0]["answered_by"]]
        console.close()


@pytest.mark.parametrize(("who", "code"), [("li", 12), ("nobody", 12)])
def test_who_may_not_approve_is_told_so(tmp_path: Path, sqlite_store: Store, who: str, code: int) -> None:
    """The author, and a name that is nobody's: exit code 12, and nothing was sent."""
    console = opened(tmp_path, sqlite_store, "mailto://127.0.0.1:1/?from=a@wallet.example", GATED)
    house.import_people(console, 2)
    incident = house.declared(console, "small").incident
    approve = ("approve", incident, "first-notice", "--yes", "2", "--no-work", "--as", who)
    assert program.finish(program.start(console.workspace, *approve), code) == code
    program.adds_up(console.store, 0, incident)
    console.close()
