"""Plays a playbook's tests, and tells of each what was not as expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from incident.errors import IncidentError
from incident.playbook.clock import ClockRule
from incident.playbook.model import Playbook
from incident.playbook.params import check_params
from incident.playbook.testing import Given, Moment, PlaybookTest
from incident.review.rehearsal import acting, expecting
from incident.review.rehearsal.house import Anybody, House
from incident.review.rehearsal.lines import Line, lines
from incident.review.rehearsal.night import Night
from incident.run.virtual import EndlessRun

BEGINS = datetime(2026, 1, 6, 19, 10, tzinfo=UTC)
"""Every test begins in the same night, a Wednesday at 03:10 in Shanghai: what is due in working days is always the
same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that was not as expected, `line` of the file, so long after the declaration. `found` is what was there
    instead."""

    line: int
    after: timedelta
    expected: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one test went; `timeline` is what happened in one that failed."""

    playbook: str
    file: str
    test: PlaybookTest
    failures: tuple[Failure, ...]
    timeline: tuple[Line, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Theatre:
    """What every test is played with: rules of deadlines, the messages that promise no further word, and who would
    be told (None: as many as the test says)."""

    rules: Mapping[str, ClockRule]
    last_words: frozenset[str] = frozenset({"resolved"})
    house: House | None = None

    def night(self, playbook: Playbook, given: Given) -> Night:
        """A night that has not begun."""
        return Night(
            playbook=playbook,
            now=BEGINS,
            given=given,
            rules=self.rules,
            last_words=self.last_words,
            house=self.house or Anybody(people=given.people),
        )


def play(playbook: Playbook, theatre: Theatre) -> Iterator[Result]:
    """Each test of a playbook."""
    for test in playbook.tests:
        night = theatre.night(playbook, test.given)
        failures = tuple(_failures(playbook, test, night))
        yield Result(
            playbook=playbook.id,
            file=playbook.file,
            test=test,
            failures=failures,
            timeline=tuple(lines(night.notes, night.declared_at)) if failures else (),
        )


def _failures(playbook: Playbook, test: PlaybookTest, night: Night) -> Iterator[Failure]:
    """A moment that cannot be played ends the test: what follows would be about another story."""
    try:
        night.declare(check_params(playbook, test.given.params))
        for moment in test.moments:
            yield from _at(moment, night)
    except (IncidentError, EndlessRun) as error:
        passed = night.now - night.declared_at
        found = f"After {expecting.offset(passed)}: {error}"
        yield Failure(line=test.line, after=passed, expected="the test can be played", found=found)


def _at(moment: Moment, night: Night) -> Iterator[Failure]:
    night.advance(moment.advance)
    for act in moment.acts:
        acting.perform(act, night)
    for wrong in expecting.wrongs(moment.expect, night) if moment.expect is not None else ():
        line = moment.lines.get(wrong.path, 0)
        passed = night.now - night.declared_at
        expected = f"after {expecting.offset(passed)}: {wrong.expected}"
        yield Failure(line=line, after=passed, expected=expected, found=wrong.found)
