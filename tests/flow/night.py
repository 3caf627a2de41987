"""A night in virtual time: real workspace, real database, real playbooks; the clock is moved by hand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from incident import journal, lifecycle, respond
from incident.delivery import reconcile
from incident.duty import clocks
from incident.journal import Actor
from incident.now import parse_duration
from incident.run import acts, approving, duties, notices, roles, worker
from incident.run.acts import Standing
from incident.run.approving import Answer
from incident.run.live import Confirm, no_confirmation
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house

LOCALES = ("zh-Hans", "zh-Hant", "en")
WORDS = {"zh-Hans": "正在恢复。", "zh-Hant": "正在恢復。", "en": "It is getting better."}
_PEOPLE = (
    "id,name,locale,email",
    "c1,王小明,zh-Hans,c1@people.example",
    "c2,陳美玲,zh-Hant,c2@people.example",
    "c3,Alex Martin,en,c3@people.example",
)


class Night:
    """One workspace, one incident, and the people who act on it: li declares, wang and chen answer. With `drill`, what
    is declared is an exercise."""

    drill = False

    def __init__(self, folder: Path, clock: MovableClock, playbooks: Mapping[str, str] | None = None) -> None:
        organisation = {**house.ORGANISATION, "locales": list(LOCALES)}
        self.folder = house.write(folder, playbooks=playbooks, organisation=organisation)
        self.clock = clock
        self.console: Console = house.opened(self.folder, clock, acting_as="li")
        self.incident = ""
        house.import_rows(self.console, _PEOPLE)

    def again(self) -> Night:
        """The same night seen by another process: everything opened anew."""
        self.console.close()
        self.console = house.opened(self.folder, self.clock, acting_as="li")
        return self

    @property
    def office(self) -> acts.Office:
        return self.console.office

    def actor(self, person: str) -> Actor:
        return Actor(person=person, os_user=self.console.actor.os_user)

    # --- what people do

    def declare(self, playbook: str = "datacenter-loss", **params: str) -> Standing:
        given = params or ({"dc": "sh1"} if playbook == "datacenter-loss" else {})
        book = self.console.playbook(playbook)
        standing = respond.declare(self.office, self.actor("li"), book, given, no_confirmation, drill=self.drill)
        self.incident = standing.incident
        return standing

    def approve(self, step: str, by: str = "wang", confirm: Confirm = no_confirmation) -> Standing:
        return self._answer_gate(step, by, confirm, approved=True)

    def claim(self, role: str, by: str = "wang") -> None:
        roles.claim(self.office, self.incident, self.actor(by), self.console.people[by], role)

    def break_glass(self, step: str, reason: str, by: str = "li") -> Standing:
        return self._answer_gate(step, by, no_confirmation, approved=True, reason=reason, break_glass=True)

    def reject(self, step: str, reason: str, by: str = "wang") -> Standing:
        return self._answer_gate(step, by, no_confirmation, approved=False, reason=reason)

    def request(self, notice: str, *, texts: Mapping[str, str] = WORDS, by: str = "li", **more: Any) -> Standing:
        standing, _ = notices.request(
            self.office, self.incident, self.actor(by), no_confirmation, notice, texts=texts, **more
        )
        return standing

    def act(self, deed: Callable[..., Standing], *more: Any, by: str = "wang") -> Standing:
        """One of `run.acts` that begins with (office, incident, actor)."""
        return deed(self.office, self.incident, self.actor(by), *more)

    def cancel(self, reason: str) -> int:
        return respond.cancel(self.office, self.actor("li"), self.incident, reason)[1]

    def dismiss_clocks(self, by: str = "wang") -> None:
        """Whatever had to be reported need not be."""
        for clock in clocks.of_incident(self.console.store, self.incident):
            duties.dismiss_clock(self.office, self.incident, self.actor(by), clock.id, "below the limits")

    # --- what happens by itself

    def work(self) -> None:
        """A worker does what is due now."""
        worker.tick(self.office, self.console.line, threading.Event(), lambda: None)

    def pass_time(self, duration: str) -> None:
        """Time passes, and a worker wakes at each moment that something is due."""
        end = self.clock() + parse_duration(duration)
        while (due := worker.next_due(self.office, self.console.line)) is not None and due <= end:
            self.clock.instant = max(due, self.clock() + timedelta(milliseconds=1))
            self.work()
        self.clock.instant = end
        self.work()

    # --- what can be seen

    def waits(self) -> dict[str, str]:
        """What the run waits for: step -> command."""
        return {wait.step: wait.command for wait in acts.look(self.office, self.incident).waiting}

    def state(self) -> str:
        """The incident's."""
        return lifecycle.get(self.console.store, self.incident, 0).state

    def mails(self, message: str | None = None) -> list[dict[str, Any]]:
        """What the file channel wrote, the oldest first."""
        files = sorted((self.folder / "out" / "email").glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        documents = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        return [one for one in documents if message is None or one["key"].split(".")[0] in self._broadcasts(message)]

    def timeline(self) -> list[str]:
        """The kinds of entries, oldest first."""
        return [entry.kind for entry in journal.read(self.console.store, self.incident)]

    def sums(self) -> dict[str, reconcile.BroadcastSum]:
        """The ledger's sums by step, staff messages too; each adds up, at any moment."""
        found = {one.broadcast["step"]: one for one in reconcile.reconcile(self.console.store, self.incident)}
        assert all(one.total.adds_up for one in found.values())
        return found

    def notices(self) -> list[str]:
        """The steps whose words went to customers, in order."""
        return [step for step, one in self.sums().items() if one.is_notice]

    def _broadcasts(self, message: str) -> set[str]:
        return {one.broadcast["id"] for one in self.sums().values() if one.broadcast["message"] == message}

    def _answer_gate(
        self,
        step: str,
        by: str,
        confirm: Confirm,
        *,
        approved: bool,
        reason: str | None = None,
        break_glass: bool = False,
    ) -> Standing:
        return approving.decide_gate(
            self.office,
            self.incident,
            self.actor(by),
            confirm,
            step,
            Answer(approved=approved, reason=reason, break_glass=break_glass),
            self.console.people[by].may_hold,
        )
