"""The desk of a rehearsed night: a desk of paper that keeps promises and deadlines, and may hold a notice back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incident.duty import promise
from incident.errors import Held
from incident.now import iso, parse_iso
from incident.playbook.model import Approval, Cadence, Overdue, Step
from incident.playbook.sending import flat
from incident.playbook.testing import Given
from incident.review.rehearsal.duties import Duties
from incident.review.rehearsal.house import House
from incident.review.rehearsal.meaning import meant
from incident.run.history import View
from incident.run.paper import Note, PaperDesk

HOLDING = "holding-statement"


@dataclass(kw_only=True)
class NightDesk(PaperDesk):
    """`last_words` are the messages that promise no further word."""

    given: Given
    duties: Duties
    house: House
    last_words: frozenset[str]

    # --- notices

    def prepare_notice(self, step: Step, view: View, approval: Approval | None) -> Mapping[str, Any]:
        until = next((span for name, span in self.given.held.items() if meant(name, step.id)), None)
        if until is not None and self.now < self.duties.declared_at + until:
            raise Held("the test holds it back")
        due = self._promised(step, view)
        author = view.request(step.id).get("author") or self.author
        self.count = lambda text: self.house.count(text, view)
        prepared = PaperDesk.prepare_notice(self, step, view, approval)
        return {**prepared, "author": author, "next_update": None if due is None else iso(due)}

    def release_notice(self, step: Step, view: View) -> Mapping[str, Any]:
        released = PaperDesk.release_notice(self, step, view)
        self.house.told(step.id, self.audience(step, view), view)
        self._spoken(step.id, self._kept(step, view), view)
        if released.get("ends"):
            self.duties.withdraw()
        return released

    def send_holding(self, step: Step, view: View) -> Mapping[str, Any]:
        sent = PaperDesk.send_holding(self, step, view)
        self.house.told(f"{step.id}.holding", self.audience(step, view), view)
        self._spoken(f"{step.id}.holding", self._promised(step, view), view)
        return sent

    def keep_promise(self, view: View) -> None:
        """Policy speaks because nobody did; a few times in a row at most."""
        last = self.duties.promises[-1]
        if self.duties.holdings_in_a_row() >= last.overdue.holding_most:
            self.say("holding spent", reason=f"sent {last.overdue.holding_most} times in a row; a person must speak")
            return
        step = view.playbook.notices["update"]
        audience = self.audience(step, view)
        channels = [name for name, _ in flat(step.fields.get("channels") or ())]
        people = self.house.count(audience, view)
        self.say("sent", "promise", template=last.overdue.holding, people=people, audience=audience, channels=channels)
        self._spoken("promise", self._promised(step, view), view, by_policy=True)

    def _spoken(self, step: str, due: datetime | None, view: View, *, by_policy: bool = False) -> None:
        verdict = self.duties.spoken(step, due, self.overdue(view), self.now, by_policy=by_policy)
        if verdict:
            self.say(f"promise {verdict}", step)

    def _promised(self, step: Step, view: View) -> datetime | None:
        """When the text says that the next word comes, as `incident.run.announcing` has it."""
        over = step.fields["template"] in self.last_words or view.request(step.id).get("notice") == "resolved"
        if over or self.incident["state"] != "open":
            return None
        asked = view.request(step.id).get("promise")
        own: timedelta | None = timedelta(seconds=asked) if asked else step.fields.get("promise_next")
        usual = promise.interval(self._cadence(view), self.now - self.duties.declared_at)
        return promise.next_word(self.now, own or usual)

    def _kept(self, step: Step, view: View) -> datetime | None:
        """The promise that was prepared, unless it has become nearly due while the gate was open."""
        told = view.of(step.id).did["prepare"].get("next_update")
        if not told or self.incident["state"] != "open":
            return None
        due, began = parse_iso(told), view.of(step.id).did_at["prepare"]
        return due if self.now < began + (due - began) / 2 else self._promised(step, view)

    def overdue(self, view: View) -> Overdue:
        """What the playbook says about late words, at the severity of now."""
        cadence = self._cadence(view)
        return cadence.overdue if cadence is not None else Overdue()

    def _cadence(self, view: View) -> Cadence | None:
        return view.playbook.cadence.get(self.incident["severity"])

    # --- staff and authorities

    def page(
        self, step: Step, targets: Sequence[str], text: str, repeat: timedelta, priority: str = "high"
    ) -> Mapping[str, Any]:
        self.say("paged", step.id, to=tuple(targets), because=step.id, text=text)
        return {"page": f"virtual.{step.id}"}

    def give_roles(self, view: View, roles: Mapping[str, str], reason: str | None) -> str:
        for role in roles:
            self.duties.vacancies.pop(role, None)
        return PaperDesk.give_roles(self, view, roles, reason)

    def clock(self, step: Step, view: View, verb: str, name: str, *, reason: str, reference: str) -> Mapping[str, Any]:
        """What is so already stays so, as for the real one."""
        changed = self.move_clock(verb, name, step.id)
        known = self.duties.clocks.get(name)
        return {"clock": name, "state": known.state if known else "", "changed": changed}

    def move_clock(self, verb: str, name: str, step: str = "") -> bool:
        """Whether something came of it."""
        if verb == "start":
            changed = self.duties.start(self.duties.rules[name], self.now)
        else:
            changed = self.duties.submit(name, self.now) if verb == "submit" else self.duties.dismiss(name)
        if changed:
            self.say(f"clock {verb}", step, clock=name)
        return changed

    def say(self, what: str, step: str = "", **detail: Any) -> None:
        """A line of the night."""
        self.notes.append(Note(at=self.now, what=what, step=step, detail=detail))
