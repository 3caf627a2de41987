"""kill -9 in runs that hold every step type, while people answer: nothing is lost, stuck or done twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen
from threading import Thread

import pytest

from incident import journal, registry
from incident.delivery.reconcile import reconcile
from incident.errors import IncidentError
from incident.journal import Actor
from incident.now import system_clock
from incident.run import acts, approving, steering
from incident.run.live import no_confirmation
from incident.run.steering import can_be_tried
from incident.run.validity import wrongs
from incident.wiring import Console
from tests.crash import program
from tests.run import house
from tests.run.playbooks import book
from tests.servers import sink as sinks
from tests.tally import Tally

STEPS = """\
  - {{id: worse, type: set, severity: sev1}}
  - {{id: report, type: clock, start: authority}}
  - id: first-notice
    type: announce
    template: first-notice
    audience: everyone
    approval: {{by: [comms, commander]}}
  - {{id: wake, type: page, to: li, text: Wake up, repeat: 1s, needs: []}}
  - id: outside
    type: parallel
    needs: [worse]
    steps:
      - {{id: once, type: run, argv: {shell}}}
      - {{id: again, type: run, argv: {shell}, repeatable: true}}
      - {{id: post, type: http, method: POST, url: "{url}/post"}}
      - {{id: put, type: http, method: PUT, url: "{url}/put", repeatable: true}}
      - {{id: up, type: check, argv: ['true']}}
  - id: rounds
    type: repeat
    every: 1s
    max: 2
    needs: [worse]
    steps:
      - {{id: drain, type: run, argv: {shell}}}
      - {{id: look, type: ask, choices: [calm, busy]}}
  - id: hands
    type: group
    needs: [outside]
    steps:
      - {{id: other, type: call, playbook: inner}}
      - {{id: books, type: task, title: Compare the books, assignee: commander}}
  - {{id: moment, type: wait, for: 1s, needs: [worse]}}
  - {{id: told, type: check, that: incident.severity == 'sev1', needs: [moment]}}
  - {{id: sorry, type: correct, corrects: first-notice, text: {{en: It was the other one.}}, needs: [first-notice]}}
  - {{id: agreed, type: approve, by: [commander], prompt: Shall we?, needs: [sorry]}}
  - {{id: submitted, type: clock, submit: authority, needs: [agreed]}}
clocks:
  - {{id: authority, title: The report, authority: The bank, anchor: awareness, within: 4h, escalate_to: [commander]}}
"""
INNER = """\
schema: incident.playbook/v1
id: inner
title: Inner
kind: outage
steps:
  - {{id: notify, type: http, method: POST, url: "{url}/inner"}}
"""
SHELL = """[/bin/sh, -c, 'echo "$INCIDENT_KEY" >> {file}; sleep 0.1']"""
OUTSIDE = ("run", "http")
PEOPLE = 10
WANG = Actor(person="wang", os_user="root")


def test_runs_of_every_step_type_survive_kills(tmp_path: Path, tally: Tally) -> None:
    """Twenty kills of two workers at random moments."""
    Night(tmp_path, seed=1).plays(kills=20, tally=tally)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 105))
def test_runs_of_every_step_type_survive_many_kills(tmp_path: Path, tally: Tally, seed: int) -> None:
    """Three hundred more."""
    Night(tmp_path, seed=seed).plays(kills=60, tally=tally)


def test_every_step_type_is_among_them() -> None:
    """A new type finds its place here."""
    whole = STEPS + INNER
    assert all(f"type: {name}," in whole or f"type: {name}\n" in whole for name in registry.names("incident.run.steps"))


@dataclass
class World:
    """What was done outside: each effect by the name under which it is known."""

    file: Path
    url: str = ""
    posts: list[str] = field(default_factory=list)

    def effects(self) -> Counter[str]:
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return Counter([*lines, *self.posts])


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """A server that takes requests, and the file to which commands write."""
    made = World(file=folder / "effects.txt")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.posts.append(self.headers["Idempotency-Key"])
            self.send_response(204)
            self.end_headers()

        do_PUT = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


class Night:
    """Runs one after the other, whose workers die, and the person who answers."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)

    def plays(self, *, kills: int, tally: Tally) -> None:
        with world(self.folder) as self.world, sinks.running(self.folder / "mails") as sink:
            self.console = self.opened(sink.url)
            self.done: list[str] = []
            workers: list[Popen[bytes]] = []
            dead = 0
            with program.both(workers):
                while dead < kills:
                    incident = self.going()
                    while len(workers) < 2:
                        workers.append(program.start(self.console.workspace, "work"))
                    self.people(incident, seconds=self.chance.uniform(0.2, 0.9))
                    for _ in range(self.chance.randint(1, 2)):
                        doomed = workers.pop(self.chance.randrange(len(workers)))
                        assert program.kill(doomed), f"ended by itself, with exit code {doomed.returncode}"
                        dead += 1
                    self.check(incident)
            self.ends()
            ids = Counter(message_id for _, message_id in sink.mails())
            unknown = set().union(*(program.unknown_ids(self.console.store, one) for one in self.done))
            assert {one for one, count in ids.items() if count > 1} <= unknown
            assert journal.verify(self.console.store)
            self.console.close()
        tally.count("kills of runs with every step type", dead)
        tally.count("runs with every step type", len(self.done))

    def opened(self, mail: str) -> Console:
        known = {"shell": SHELL.format(file=self.world.file), "url": self.world.url}
        workspace = house.write(
            self.folder / "w",
            playbooks={"small": book("small", STEPS.format(**known)), "inner": INNER.format(**known)},
            channels={"email": {"kind": "mail", "url": mail}},
        )
        console = house.opened(workspace, system_clock)
        house.import_people(console, PEOPLE)
        return console

    def going(self) -> str:
        """The incident whose run is under way; a new one when the last is over."""
        if not self.done or acts.look(self.console.office, self.done[-1]).state == "finished":
            self.done.append(house.declared(self.console, "small").incident)
        return self.done[-1]

    def ends(self) -> None:
        """Nobody dies any more: the last run comes to its end, and each is whole."""
        incident = self.done[-1]
        with program.both([program.start(self.console.workspace, "work")]) as (worker,):
            give_up = time.monotonic() + program.PATIENCE
            while acts.look(self.console.office, incident).state != "finished":
                assert time.monotonic() < give_up, f"stuck: {acts.look(self.console.office, incident)}"
                assert worker.poll() is None, f"ended by itself, with exit code {worker.returncode}"
                self.people(incident, seconds=0.2)
            worker.terminate()
            program.finish(worker)
        for one in self.done:
            self.check(one)
            assert sum(sums.total.audience for sums in reconcile(self.console.store, one) if sums.is_notice) == 20

    # --- people

    def people(self, incident: str, *, seconds: float) -> None:
        """For so long somebody answers whatever waits for a person."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for wait in acts.look(self.console.office, incident).waiting:
                try:
                    self.answers(incident, wait.step, wait.type)
                except IncidentError:  # it was over, or in somebody's hands, when the answer came
                    continue
            time.sleep(0.05)

    def answers(self, incident: str, step: str, kind: str) -> None:
        office = self.console.office
        if kind == "page":
            acts.acknowledge(office, incident, WANG)
        elif kind in ("announce", "approve"):
            answer = approving.Answer(approved=True)
            approving.decide_gate(office, incident, WANG, no_confirmation, step, answer, lambda role: True)
        elif kind == "ask":
            acts.answer(office, incident, WANG, step, {"choice": "calm"})
        elif kind == "task":
            acts.finish_task(office, incident, WANG, step)
        elif kind in OUTSIDE and can_be_tried(step, acts.seen(office, incident).view()):
            if self.chance.randrange(2):
                steering.retry(office, incident, WANG, step, no_confirmation)
            else:
                steering.skip(office, incident, WANG, step, "looked: it was done")

    # --- what must be true

    def check(self, incident: str) -> None:
        """The history is a valid one, the ledger adds up, each effect is explained; the run waits for something."""
        performance = acts.seen(self.console.office, incident)
        assert wrongs(performance.playbook, performance.history) == []
        assert all(one.total.adds_up for one in reconcile(self.console.store, incident))
        standing = acts.look(self.console.office, incident)
        assert standing.state == "finished" or standing.waiting, standing
        assert all(wait.due is not None or wait.command for wait in standing.waiting), standing
        self.explained(incident)

    def explained(self, incident: str) -> None:
        """Every effect that is known was done once for each outcome that is known, and once more at most for each that
        is not. (What was intended just now may have been done already.)"""
        meant: dict[str, Counter[str]] = {}
        keys: dict[str, str] = {}
        events = acts.seen(self.console.office, incident).history
        steps = {
            event.no: event.step for event in events if event.kind == "intended" and event.data["effect"] != "none"
        }
        done = self.world.effects()
        for event in events:
            if event.kind == "intended" and event.no in steps:
                key = keys.setdefault(event.step, f"{incident}.1.{event.no}")
                meant.setdefault(key, Counter())["intended"] += 1
            elif event.kind == "outcome" and event.data["intent"] in steps:
                meant[keys[event.step]][event.data["state"]] += 1
        for key, counts in meant.items():
            assert counts["failed"] == 0, counts
            assert counts["ok"] <= done[key] <= counts["intended"], (key, counts, done[key])
