"""What a run owes, on paper: words promised in public, deadlines of authorities, roles that nobody has taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incident.duty import alarm, deadline, promise
from incident.duty.alarm import Alarm
from incident.duty.deadline import FULL, Deadline
from incident.playbook.clock import ClockRule
from incident.playbook.model import Overdue, Playbook
from incident.run.claiming import nag


@dataclass(kw_only=True)
class PaperPromise:
    """A word that is owed by `due`; `made_in` is the notice that promised it, '' for our own target for the first."""

    made_in: str
    due: datetime
    overdue: Overdue
    alarms: tuple[Alarm, ...]
    rung: int = 0
    state: str = "open"
    by_policy: bool = False

    @property
    def public(self) -> bool:
        return bool(self.made_in)

    @property
    def awaited(self) -> bool:
        """Nobody has spoken yet, in time or late."""
        return self.state in ("open", "late")


@dataclass(kw_only=True)
class PaperClock:
    """A deadline that was started."""

    rule: ClockRule
    started_at: datetime
    found: Deadline
    alarms: tuple[Alarm, ...]
    state: str = "running"
    rung: int = 0
    submitted_at: datetime | None = None
    warned: list[int] = field(default_factory=list)


@dataclass(kw_only=True)
class Vacancy:
    """A role that waits to be taken: the next round of calling, and when it is."""

    page: tuple[str, ...]
    every: timedelta
    due: datetime
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody is called out, or only reminded."""

    what: str
    to: tuple[str, ...]
    because: str


@dataclass(kw_only=True)
class Duties:
    """All of a run's. The rules are those of `incident.duty` and `incident.run.claiming`; only the rows are missing."""

    declared_at: datetime
    rules: Mapping[str, ClockRule]
    promises: list[PaperPromise] = field(default_factory=list)
    clocks: dict[str, PaperClock] = field(default_factory=dict)
    vacancies: dict[str, Vacancy] = field(default_factory=dict)

    # --- words

    def aim(self, due: datetime, overdue: Overdue, now: datetime) -> None:
        """The first notice is to be out by then; a change of the severity moves it."""
        last = self.promises[-1] if self.promises else None
        alarms = promise.alarms(due, overdue, public=False)
        if last is None:
            self.promises.append(PaperPromise(made_in="", due=due, overdue=overdue, alarms=alarms))
        elif not last.public and last.state == "open" and last.due != due:
            last.due, last.overdue, last.alarms = due, overdue, alarms
            last.rung = sum(1 for one in alarms if one.at < now)

    def spoken(self, step: str, due: datetime | None, overdue: Overdue, now: datetime, *, by_policy: bool) -> str:
        """A notice has left; what became of the promise before it: kept, broken, caught up when that was known
        already; '' when there was none."""
        before = self._awaited()
        verdict = ""
        if before is not None:
            late = before.state == "late"
            before.state = "broken" if late else promise.verdict(before.due, now)
            verdict = "caught up" if late else before.state
        if due is not None:
            alarms = promise.alarms(due, overdue, public=True)
            made = PaperPromise(made_in=step, due=due, overdue=overdue, alarms=alarms, by_policy=by_policy)
            self.promises.append(made)
        return verdict

    def withdraw(self, *, only_aim: bool = False) -> None:
        """No further word is owed."""
        last = self._awaited()
        if last is not None and not (only_aim and last.public):
            last.state = "broken" if last.state == "late" else "withdrawn"

    def holdings_in_a_row(self) -> int:
        """How many of the latest promises were made by a holding statement that policy sent."""
        count = 0
        for one in reversed(self.promises):
            if not one.by_policy:
                break
            count += 1
        return count

    def next_word(self) -> datetime | None:
        """By when the next word was promised in public; None when none is, or its time is over."""
        last = self._awaited()
        return last.due if last is not None and last.public and last.state == "open" else None

    def _awaited(self) -> PaperPromise | None:
        return self.promises[-1] if self.promises and self.promises[-1].awaited else None

    # --- deadlines

    def start(self, rule: ClockRule, now: datetime) -> bool:
        """Whether it was started: it does not run, was not submitted, and what it counts from is known."""
        before = self.clocks.get(rule.id)
        if before is not None and before.state in ("running", "submitted"):
            return False
        found = deadline.deadline(rule, self._anchors(now))
        if found is not None:
            alarms = deadline.alarms(rule, found)
            self.clocks[rule.id] = PaperClock(rule=rule, started_at=now, found=found, alarms=alarms)
        return found is not None

    def submit(self, name: str, now: datetime) -> bool:
        """Whether its report went out now; those that count from it start."""
        clock = self.clocks.get(name)
        if clock is None or clock.state != "running":
            return False
        clock.state, clock.submitted_at = "submitted", now
        for rule in deadline.following(list(self.rules.values()), name):
            self.start(rule, now)
        return True

    def dismiss(self, name: str) -> bool:
        clock = self.clocks.get(name)
        if clock is None or clock.state != "running":
            return False
        clock.state = "dismissed"
        return True

    def dismiss_all(self) -> None:
        for name in self.clocks:
            self.dismiss(name)

    def first_warnings(self) -> list[tuple[datetime, str]]:
        """When people are first warned of each deadline that runs."""
        return [(one.alarms[0].at, name) for name, one in self.clocks.items() if one.state == "running" and one.alarms]

    def standing(self, now: datetime) -> dict[str, dict[str, Any]]:
        """How each deadline stands, as conditions ask."""
        return {
            name: {
                "state": one.state,
                "met": None if one.state == "dismissed" else deadline.met(one.found.due, one.submitted_at, now),
            }
            for name, one in self.clocks.items()
        }

    def _anchors(self, now: datetime) -> dict[str, datetime]:
        submitted = {f"submission:{name}": one.submitted_at for name, one in self.clocks.items() if one.submitted_at}
        known = {"occurrence": self.declared_at, "awareness": self.declared_at, "classification": now}
        return {**known, **submitted}

    # --- roles

    def watch(self, playbook: Playbook) -> None:
        """Begins to watch the roles that must be taken within a time."""
        for name, role in playbook.roles.items():
            if role.claim_within is not None:
                due = self.declared_at + role.claim_within
                self.vacancies[name] = Vacancy(page=role.page, every=role.claim_within, due=due)

    # --- time

    def next_due(self) -> datetime | None:
        """When the first of them wants to be looked at."""
        dues = [vacancy.due for vacancy in self.vacancies.values()]
        dues += [clock.alarms[clock.rung].at for clock in self.clocks.values() if _rings(clock)]
        last = self._awaited()
        if last is not None and last.rung < len(last.alarms):
            dues.append(last.alarms[last.rung].at)
        return min(dues, default=None)

    def ring(self, now: datetime) -> Iterator[Call]:
        """What is due now: who is called or reminded and why; `holding` when policy is to speak."""
        yield from self._ring_roles(now)
        yield from self._ring_clocks(now)
        yield from self._ring_promise(now)

    def _ring_roles(self, now: datetime) -> Iterator[Call]:
        for role, vacancy in self.vacancies.items():
            if vacancy.due <= now:
                due = nag(role, vacancy.page, vacancy.round, vacancy.every)
                vacancy.round, vacancy.due = vacancy.round + 1, now + due.wait
                yield Call(what="paged", to=due.targets, because=f"role/{role}")

    def _ring_clocks(self, now: datetime) -> Iterator[Call]:
        for name, clock in self.clocks.items():
            if not _rings(clock):
                continue
            rung = alarm.due(clock.alarms, clock.rung, now)
            clock.rung = rung.rung
            gone = [int(one.what) for one in rung.alarms]
            clock.warned += gone
            if gone:
                missed = ("commander",) if FULL in gone else ()
                targets = dict.fromkeys((*(clock.rule.escalate_to or ("commander",)), *missed))
                yield Call(
                    what=f"clock {'missed' if missed else 'warned'}", to=(f"{gone[-1]}",), because=f"clock/{name}"
                )
                yield Call(what="paged", to=tuple(targets), because=f"clock/{name}")

    def _ring_promise(self, now: datetime) -> Iterator[Call]:
        last = self._awaited()
        if last is None:
            return
        rung = alarm.due(last.alarms, last.rung, now)
        last.rung = rung.rung
        what = [one.what for one in rung.alarms]
        if "broken" in what:
            last.state = "late"
            yield Call(what="promise broken", to=(), because="promise")
        if "escalate" in what:
            yield Call(what="paged", to=last.overdue.escalate_to, because="promise")
        elif "nudge" in what and "holding" not in what:
            yield Call(what="reminded", to=("comms",), because="promise")
        if "holding" in what:
            yield Call(what="holding", to=(), because="promise")


def _rings(clock: PaperClock) -> bool:
    return clock.state == "running" and clock.rung < len(clock.alarms)
