"""A night in virtual time: the real run on paper, with people who answer when the test says so, an outside that ends as
it says, and the duties that come due meanwhile. Nothing is sent, nothing is written, nobody sleeps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incident.errors import BadValue
from incident.review.rehearsal import people
from incident.review.rehearsal.outside import landings
from incident.review.rehearsal.people import Due
from incident.review.rehearsal.stage import OVER, Stage
from incident.run.decision import Plan
from incident.run.history import View
from incident.run.virtual import EndlessRun

MOST_WAKES = 2_000
"""A night that wakes more often at one instant is going in circles."""

EARLY = timedelta(minutes=5)
"""So long before its time a promised word is sent, where it comes in time."""


@dataclass(kw_only=True)
class Night(Stage):
    """`plan_now` is what the run waits for now."""

    plan_now: Plan = field(init=False)
    _foreseen: Plan | None = None
    _next_deed: datetime | None = None

    # --- the story

    def declare(self, params: Mapping[str, Any]) -> None:
        """Begins it."""
        self.roles |= self.given.roles
        self.duties.watch(self.playbook)
        for role in self.roles:
            self.duties.vacancies.pop(role, None)
        severity = self.given.severity or None
        self.plan_now = self.begin(params, severity=severity, drill=self.given.drill)
        self._settle()

    def advance(self, span: timedelta, *, to_the_brink: bool = False) -> None:
        """Lets so much time pass: wakes whenever something is due, as a worker does. `to_the_brink`: what is due at its
        very end is left."""
        end = self.now + span
        while (due := self.next_due()) is not None and due <= end and not (to_the_brink and due == end):
            self.now = max(self.now, due)
            self._settle()
        self.now = end

    def give(self, kind: str, step: str, data: Mapping[str, Any], *, actor: str = "somebody") -> None:
        """What somebody does, and all that follows at once."""
        self.plan_now = self.commit([(kind, step, data)], actor=actor)
        self._settle()

    def take_role(self, role: str, by: str) -> None:
        """Somebody takes a role. Raises BadValue when another one may not be held beside it."""
        apart = {*self.playbook.roles[role].not_same_as}
        apart |= {name for name, other in self.playbook.roles.items() if role in other.not_same_as}
        taken = [name for name in apart if self.roles.get(name) == by]
        if taken:
            raise BadValue(f"{by} is {taken[0]} already; {role} must be another person.")
        self.roles[role] = by
        self.duties.vacancies.pop(role, None)
        self.note("claimed", role=role, by=by)
        self.plan_now = self.commit()

    def ask_for(self, notice: str, *, by: str = "", **more: Any) -> None:
        """A notice is sent by hand: `update`, `resolved`, `correction`."""
        number = 1 + sum(1 for _, data in self.view.requested if data["notice"] == notice)
        usual = {"texts": {"": "Words of the test."}, "phase": None, "promise": None, "corrects": None, "reason": None}
        author = by or people.somebody("comms" if "comms" in self.playbook.roles else "", self.roles)
        asked = {"notice": notice, **usual, **more, "author": author}
        self.plan_now = self.commit([("requested", f"{notice}-{number}", asked)], actor=author)

    def next_due(self) -> datetime | None:
        """When something happens by itself, or by somebody of whom the test tells."""
        view = self.view
        dues = [self.plan_now.next_due, self._next_duty(view), self._next_update(view)]
        if self._foreseen is not self.plan_now:  # what people and the outside will do changes with the plan only
            coming = [*(due.at for due in self._replies(view)), *(landing for landing, _, _ in landings(self))]
            self._foreseen, self._next_deed = self.plan_now, min(coming, default=None)
        dues += [self._next_deed, *(at for at, _ in self._reports())]
        return min((due for due in dues if due is not None), default=None)

    def _settle(self) -> None:
        """Does all that is due at this instant."""
        for _ in range(MOST_WAKES):
            due = self.next_due()
            if due is None or due > self.now:
                return
            self._wake()
        raise EndlessRun(f"goes in circles: {[(note.what, note.step) for note in self.notes[-6:]]}")

    def _wake(self) -> None:
        """What is due now, in the order in which a worker looks: outside, people, the run itself, its duties. The run
        is looked at where nobody has and it may matter: its own time has come, or a deadline stands otherwise."""
        before = len(self.history)
        deeds = self._next_deed is not None and self._next_deed <= self.now
        for landing, event, outcome in list(landings(self)) if deeds else ():
            if landing <= self.now:
                self.plan_now = self.land(event.step, event.no, outcome)
        moved = self._act(deeds)
        due = self.plan_now.next_due is not None and self.plan_now.next_due <= self.now
        if len(self.history) == before and (due or moved):
            self.plan_now = self.commit()
        if self._ring():
            self.plan_now = self.commit()

    def _ring(self) -> bool:
        """Rings what is due of the duties; whether a deadline stands otherwise now."""
        self._off_duty(self.view)
        calls = list(self.duties.ring(self.now))
        for call in calls:
            if call.what == "holding":
                self.desk(self.view).keep_promise(self.view)
            else:
                self.note(call.what, to=call.to, because=call.because)
        return any(call.because.startswith("clock/") for call in calls)

    def _act(self, deeds: bool) -> bool:
        """Lets people do what the test says (their answers only when one is due); whether a deadline stands otherwise
        now."""
        for reply in list(self._replies(self.view)) if deeds else ():
            if reply.at <= self.now:
                self._reply(reply)
        update = self._next_update(self.view)
        if update is not None and update <= self.now:
            self.ask_for("update")
        reports = [name for at, name in self._reports() if at <= self.now]
        for name in reports:
            self.desk(self.view).move_clock("submit", name)
        return bool(reports)

    def _reply(self, reply: Due) -> None:
        if reply.role:
            self.take_role(reply.role, reply.by)
            return
        problem = people.objection(self.view.of(reply.step), reply.by)
        if problem:
            raise BadValue(problem)
        self.plan_now = self.commit([("answered", reply.step, reply.data)], actor=reply.by)

    # --- what is due

    def _off_duty(self, view: View) -> None:
        """Nobody is called for a role any more when the run is over; deadlines of authorities run on."""
        if view.state in OVER or self.incident["state"] != "open":
            self.duties.vacancies.clear()

    def _next_duty(self, view: View) -> datetime | None:
        self._off_duty(view)
        return self.duties.next_due()

    def _replies(self, view: View) -> Iterator[Due]:
        if self.incident["state"] == "open" and view.state not in OVER:
            yield from people.claims(self.playbook, self.roles, self.given, self.declared_at)
        yield from people.replies(view, self.plan_now.waiting, self.given)

    def _reports(self) -> list[tuple[datetime, str]]:
        """When somebody submits the report of a deadline, where the test says that it is met."""
        wait = self.given.staff_after or timedelta(0)
        return [(at + wait, name) for at, name in self.duties.first_warnings()] if self.given.reports else []

    def _next_update(self, view: View) -> datetime | None:
        """When somebody sends the promised word, where the test says that it comes."""
        due = self.duties.next_word() if self.given.updates and self.incident["state"] == "open" else None
        if due is None:
            return None
        under_way = any(not view.of(step.id).closed_no for step, _ in view.requested[-1:])
        return None if under_way else due - EARLY
