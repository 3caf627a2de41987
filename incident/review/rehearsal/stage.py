"""A run on paper with what it owes: its promises, its deadlines, the roles that wait to be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incident.duty import deadline, promise
from incident.outside.request import Request
from incident.playbook.clock import ClockRule
from incident.playbook.testing import Given
from incident.review.rehearsal.desk import NightDesk
from incident.review.rehearsal.duties import Duties
from incident.review.rehearsal.house import House
from incident.run.decision import Act, Intend
from incident.run.history import Event, Facts, View
from incident.run.paper import Note
from incident.run.virtual import VirtualRun

OVER = ("aborted", "ended", "finished")
"""States of a run that calls nobody any more."""

_SILENT = frozenset({"started", "did", "reopened"})
"""Events that do not stand in the night's lines: their effects do."""


@dataclass(kw_only=True)
class Stage(VirtualRun):
    """`rules` are the deadlines that can be started, `house` knows who would be told, `last_words` are the messages
    that promise no further word. `requests` are what was intended outside, by the number of the intent; `intents`
    counts them by step."""

    given: Given
    rules: Mapping[str, ClockRule]
    house: House
    last_words: frozenset[str]
    duties: Duties = field(init=False)
    declared_at: datetime = field(init=False)
    requests: dict[int, Request] = field(default_factory=dict)
    intents: dict[str, int] = field(default_factory=dict)
    _facts: tuple[object, Facts] | None = None

    def __post_init__(self) -> None:
        own = {use.id: use.rule for use in self.playbook.clocks if use.rule is not None}
        self.duties = Duties(declared_at=self.now, rules={**self.rules, **own})
        self.declared_at = self.now
        self.author = self.given.declared_by

    def note(self, what: str, step: str = "", **detail: Any) -> None:
        """A line of the night."""
        self.notes.append(Note(at=self.now, what=what, step=step, detail=detail))

    @property
    def facts(self) -> Facts:
        """The same value as before while nothing has changed: it is asked for at every act."""
        states = [(name, one.state) for name, one in self.duties.clocks.items()]
        known = (self.now, *self.incident.values(), *self.roles.items(), *states)
        if self._facts is None or self._facts[0] != known:
            clocks = self.duties.standing(self.now)
            running = sum(1 for _, state in states if state == "running")
            told = {**self.incident, "clocks_running": running}
            self._facts = known, Facts(incident=told, roles=dict(self.roles), clocks=clocks)
        return self._facts[1]

    def desk(self, view: View) -> NightDesk:
        return NightDesk(
            now=self.now,
            incident=self.incident,
            roles=self.roles,
            notes=self.notes,
            count=self.count,
            author=view.started_by,
            given=self.given,
            duties=self.duties,
            house=self.house,
            last_words=self.last_words,
        )

    def see_to(self, view: View) -> bool:
        """Aims at the first notice and starts the deadlines whose condition holds, as `incident.run.owed` does."""
        state = self.incident["state"]
        if state == "cancelled":
            return False
        over = view.state in OVER
        if over:
            self.duties.withdraw(only_aim=True)
        aim = promise.first_word(self.playbook.cadence, self.incident["severity"], self.declared_at)
        if aim is not None and state == "open" and not over:
            self.duties.aim(aim, self.desk(view).overdue(view), self.now)
        started = False
        for rule, because in deadline.starting(self.playbook.clocks, self.duties.clocks, view.variables()):
            started |= self.duties.start(rule, self.now)
            self.note("clock start", clock=rule.id, because=because)
        return started

    def act(self, act: Act, view: View) -> None:
        before = len(self.history)
        super().act(act, view)
        if isinstance(act, Intend):
            no = next(event.no for event in self.history[before:] if event.kind == "intended")
            self.requests[no] = act.request
            self.intents[act.step] = self.intents.get(act.step, 0) + 1

    def _append(self, kind: str, step: str, data: Mapping[str, Any], actor: str) -> Event:
        event = super()._append(kind, step, data, actor)
        if kind not in _SILENT:
            self.note(kind, step, **{**event.data, "actor": actor})
        if kind == "ended" and event.data.get("state") == "cancelled":
            self.duties.withdraw()
            self.duties.dismiss_all()
        return event
