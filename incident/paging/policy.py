"""Escalation, the deciding half: from a policy, what a page has done so far, who is there and the time to whom to call
now, by what, and when to look again. Pure.

A page that nobody has acknowledged always has a next time, or its owner was told: it never ends in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from incident.paging.resolve import Found, Gap, Roster, find
from incident.people import Person
from incident.people.policy import Policy, Rung

SHORTEST = timedelta(seconds=1)
AGAIN = timedelta(minutes=5)
"""How soon a policy that finds nobody is looked at again: a duty may begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One call of an earlier round. `reached` is False for what was refused, put off or never sent: no phone rang;
    `tried` is False while nobody knows yet."""

    round: int
    person: str
    channel: str
    reached: bool
    tried: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as its rows tell it. `round` is the last one that went out, -1 before the first; the policy began (again)
    with round `base`."""

    policy: Policy
    priority: str = "high"
    round: int = -1
    base: int = 0
    acked: frozenset[str] = frozenset()
    calls: tuple[Called, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in its policy a round stands. `times` is how often this rung has called before in this lap."""

    rung: int
    times: int
    lap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What happens now. `round` is the page's last round after it; no calls and no `done` means: look again at `due`.

    `due` is None when nothing more happens by itself: it is done, or the policy is at its end. `begins`: this is the
    first call of a rung. Of each gap the owner is told, once a page.
    """

    round: int
    calls: tuple[tuple[Person, str], ...] = ()
    due: datetime | None = None
    begins: bool = False
    gaps: tuple[Gap, ...] = ()
    done: bool = False


def place(policy: Policy, number: int) -> Place | None:
    """Where round `number` (from 0) stands; None when the policy is at its end by then."""
    lap, left = divmod(number, sum(rung.repeat + 1 for rung in policy.steps))
    if policy.repeat is not None and lap > policy.repeat:
        return None
    for index, rung in enumerate(policy.steps):
        if left <= rung.repeat:
            return Place(rung=index, times=left, lap=lap)
        left -= rung.repeat + 1
    raise AssertionError  # what is left is smaller than the lap


def decide(page: Page, roster: Roster, now: datetime) -> Turn:
    """The next turn of a page that is due.

    1. The next rung is called; one whose `when` does not hold, or that is nobody who can be reached (its `fallback`
       neither), is passed over at once, and what was missing is told.
    2. Whoever has acknowledged is not called again; when that is everybody of a rung, the page is done.
    3. Low priority keeps to quiet hours: when all who are left sleep, it waits for the first of them.
    4. Each is called by the next contact in turn; one that failed is left out while another was not tried.
    5. When a whole lap finds nobody, the owner is told, and it is looked at again soon.
    6. At the policy's end the owner is told.
    """
    gaps: list[Gap] = []
    for number, stands in _ahead(page):
        rung = page.policy.steps[stands.rung]
        if not _holds(rung, roster):
            continue
        priority = rung.priority or page.priority
        found = _reachable(roster, rung, priority)
        gaps.extend(found.gaps)
        left = [person for person in found.people if person.id not in page.acked]
        if not left and found.people:
            return Turn(round=page.round, done=True, gaps=_once(gaps))
        wake = [roster.quiet_until(person, now) if priority == "low" else None for person in left]
        calls = tuple(
            (p, _way(page, roster, p, priority)) for p, quiet in zip(left, wake, strict=True) if quiet is None
        )
        if calls:
            due = now + max(rung.wait, SHORTEST)
            return Turn(round=number, calls=calls, due=due, begins=stands.times == 0, gaps=_once(gaps))
        if left:
            return Turn(round=page.round, due=min(quiet for quiet in wake if quiet is not None), gaps=_once(gaps))
    if place(page.policy, page.round + 1 - page.base) is None:
        gaps.append(Gap(target=page.policy.name, code="exhausted", words="Nobody has acknowledged; all were called."))
        return Turn(round=page.round, gaps=_once(gaps))
    gaps.append(Gap(target=page.policy.name, code="nobody", words="There is nobody who could be called now."))
    return Turn(round=page.round, due=now + AGAIN, gaps=_once(gaps))


def is_answered(page: Page) -> bool:
    """Whether the acknowledgements that a page has are enough: one, or, where all must, each of those that its present
    rung has called."""
    stands = place(page.policy, page.round - page.base) if page.round >= page.base else None
    if stands is None or not page.policy.steps[stands.rung].all_must_ack:
        return bool(page.acked)
    return bool(page.acked) and not missing(page)


def missing(page: Page) -> list[str]:
    """Who must still acknowledge, of those whom the present rung has called."""
    stands = place(page.policy, page.round - page.base) if page.round >= page.base else None
    if stands is None or not page.policy.steps[stands.rung].all_must_ack:
        return []
    first = page.round - stands.times
    called = dict.fromkeys(call.person for call in page.calls if call.round >= first)
    return [person for person in called if person not in page.acked]


def untried(page: Page, roster: Roster) -> bool:
    """Whether somebody of the policy could be called by a way that has not failed yet."""
    failed = _failed(page)
    return any(
        (person.id, way) not in failed
        for rung in page.policy.steps
        for person in find(roster, (*rung.to, *rung.fallback)).people
        for way in roster.ways(person, rung.priority or page.priority)
    )


def _ahead(page: Page) -> Iterator[tuple[int, Place]]:
    """The rounds that could be next: the very next one, then the first of each following rung, for one lap."""
    number = page.round + 1
    for _ in range(len(page.policy.steps) + 1):
        stands = place(page.policy, number - page.base)
        if stands is None:
            return
        yield number, stands
        number += page.policy.steps[stands.rung].repeat + 1 - stands.times


def _holds(rung: Rung, roster: Roster) -> bool:
    return rung.when == "always" or (rung.when == "working_hours") == roster.working


def _reachable(roster: Roster, rung: Rung, priority: str) -> Found:
    """The rung's people whom a channel reaches, else its fallback's; with everything that was missing."""
    gaps: list[Gap] = []
    for targets in (rung.to, rung.fallback):
        found = find(roster, targets)
        gaps.extend(found.gaps)
        within = tuple(person for person in found.people if roster.ways(person, priority))
        gaps.extend(
            Gap(target=person.id, code="no_way", words=f"No channel reaches {person.id}: there is no address.")
            for person in found.people
            if person not in within
        )
        if within:
            return Found(people=within, gaps=tuple(gaps))
    return Found(people=(), gaps=tuple(gaps))


def _way(page: Page, roster: Roster, person: Person, priority: str) -> str:
    all_ways, failed = roster.ways(person, priority), _failed(page)
    left = [way for way in all_ways if (person.id, way) not in failed] or all_ways
    return left[sum(call.person == person.id and call.channel in left for call in page.calls) % len(left)]


def _failed(page: Page) -> set[tuple[str, str]]:
    """(person, channel) whose last call reached nobody."""
    last = {(call.person, call.channel): call.reached for call in sorted(page.calls, key=lambda call: call.round)}
    return {pair for pair, reached in last.items() if not reached}


def _once(gaps: list[Gap]) -> tuple[Gap, ...]:
    return tuple(dict.fromkeys(gaps))
