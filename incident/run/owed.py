"""What a run owes while it goes on: the first notice in time, and the reports whose clocks its facts start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident import registry
from incident.delivery.station import Station
from incident.duty import clocks, clockwork, deadline, keeping, promise
from incident.duty.clockwork import Submission
from incident.errors import Held
from incident.journal import Actor
from incident.lifecycle import Incident
from incident.playbook.clock import ClockRule
from incident.playbook.model import Overdue
from incident.run.history import View
from incident.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One act's view of its duties; everything is written in the act's transaction."""

    station: Station
    actor: Actor
    now: datetime
    incident: Incident

    @property
    def store(self) -> Store:
        return self.station.store

    def see_to(self, view: View) -> bool:
        """Aims at the first notice, by the severity of now, and starts the clocks whose condition holds; whether one
        was started: what waits may have waited for it."""
        if self.incident.state == "cancelled":
            return False
        over = view.state in ("aborted", "ended", "finished")
        if over:
            keeping.give_up_aim(self.store, self.actor, self.now, self.incident.id)
        aim = promise.first_word(view.playbook.cadence, self.incident.severity, self.incident.declared_at)
        if aim is not None and self.incident.state == "open" and not over:
            keeping.aim(self.store, self.actor, self.now, self.incident, aim, self.overdue(view))
        if not view.playbook.clocks:
            return False
        started = {one.id for one in clocks.of_incident(self.store, self.incident.id)}
        found = deadline.starting(view.playbook.clocks, started, view.variables())
        for rule, because in found:
            self._start(rule, because)
        return bool(found)

    def owe_again(self, view: View) -> None:
        """The incident is open again, and people believe what they heard last: they are owed a word by the cadence."""
        cadence = view.playbook.cadence.get(self.incident.severity)
        due = promise.next_word(self.now, promise.interval(cadence, self.now - self.incident.declared_at))
        keeping.owe_again(self.store, self.actor, self.now, self.incident, due, self.overdue(view))

    def move_clock(
        self, step: str, view: View, verb: str, name: str, *, reason: str, reference: str
    ) -> Mapping[str, Any]:
        """Starts, submits or dismisses a clock. What is so already stays so: a step says how it should be."""
        before = self._state(name)
        if verb == "start" and before not in ("running", "submitted"):
            self._start(self.rule(view, name), reason or f"step {step}")
        elif verb == "submit" and before == "running":
            self.submit(view, name, Submission(at=self.now, reference=reference or None, note=reason or None))
        elif verb == "dismiss" and before == "running":
            clockwork.dismiss(self.store, self.actor, self.now, self.incident, name, reason)
        after = self._state(name)
        return {"clock": name, "state": after, "changed": after != before}

    def submit(self, view: View, name: str, report: Submission) -> None:
        """The report is with the authority; the clocks that count from it start."""
        own = {use.id: use.rule for use in view.playbook.clocks if use.rule is not None}
        following = [*own.values(), *(rule for key, rule in self.station.rules.items() if key not in own)]
        clockwork.submit(self.store, self.actor, self.now, self.incident, name, report, following)

    def dismiss_all(self, reason: str | None) -> None:
        """The incident was a false alarm; whoever said so has decided about its reports too."""
        why = f"false alarm: {reason}" if reason else "false alarm"
        clockwork.dismiss_all(self.store, self.actor, self.now, self.incident, why)

    def rule(self, view: View, name: str) -> ClockRule:
        """The rule of that id: the playbook's own words before the file. Raises Held when it has vanished."""
        own = next((use.rule for use in view.playbook.clocks if use.id == name and use.rule is not None), None)
        found = own or self.station.rules.get(name)
        if found is None:
            raise Held(f"There is no clock '{name}'. {registry.nearest(name, self.station.rules)}")
        return found

    def overdue(self, view: View) -> Overdue:
        """What the playbook says about late words, at the severity of now."""
        cadence = view.playbook.cadence.get(self.incident.severity)
        return cadence.overdue if cadence else Overdue()

    def _start(self, rule: ClockRule, because: str) -> None:
        clockwork.start(self.store, self.actor, self.now, self.incident, rule, because=because)

    def _state(self, name: str) -> str:
        found = clocks.find(self.store, self.incident.id, name)
        return found.state if found else ""
