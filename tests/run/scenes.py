"""Small runs in virtual time: given steps, somebody answers, something ends, time passes; then how the steps stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from incident.now import parse_duration
from incident.outside.request import Outcome
from incident.playbook.loader import load
from incident.run.validity import wrongs
from tests.playbook.real import real_vocabulary
from tests.run.playbooks import book
from tests.run.rehearsal import Rehearsal

GOOD = Outcome(state="ok", outputs={"exit_code": 0, "output": "done"})
BAD = Outcome(state="failed", code="exit_code", words="ended with 1", outputs={"exit_code": 1})
LOST = Outcome(state="lost", words="the process that did it has died")


class Scene:
    """One run. `called` holds the texts of playbooks that its steps call."""

    def __init__(self, steps: str, *, called: Mapping[str, str] | None = None, drill: bool = False, **params: Any):
        words = replace(real_vocabulary(), playbooks=dict(called or {}))
        self.run = Rehearsal.of(load(book("small", steps), "small.yaml", words))
        given = {param.name: param.default for param in self.run.playbook.params}
        self.run.begin({**given, **params}, severity="sev3", drill=drill)

    def answer(self, step: str, **values: Any) -> None:
        """Somebody answers a question, ticks off a task, takes a call."""
        self.run.commit([("answered", step, {"values": values} if values else {})])

    def decide(self, step: str, word: str = "approved") -> None:
        self.run.commit([("answered", step, {"answer": word, "hash": step, "reason": None})])

    def lands(self, step: str, outcome: Outcome = GOOD) -> None:
        """What the step did outside has ended."""
        flights = dict(self.run.flights())
        self.run.land(step, flights[step], outcome)

    def passes(self, duration: str) -> None:
        self.run.now += parse_duration(duration)
        self.run.commit()

    def happens(self, kind: str, step: str = "", **data: Any) -> None:
        self.run.commit([(kind, step, data)])

    def state(self, step: str) -> str:
        return self.run.view.of(step).state

    def states(self, *steps: str) -> list[str]:
        assert wrongs(self.run.playbook, self.run.history) == []
        return [self.state(step) for step in steps]

    def brought(self, step: str) -> Mapping[str, Any]:
        return self.run.view.of(step).outputs

    def intents(self) -> list[str]:
        """The steps that meant to do something outside, in order."""
        return [event.step for event in self.run.history if event.kind == "intended"]

    def waits(self) -> list[str]:
        """The steps that a person or a time must move."""
        return [wait.step for wait in self.run.plan().waiting]
