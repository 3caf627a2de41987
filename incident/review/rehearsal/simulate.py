"""What a run of a playbook would bring, hour by hour: when everything goes well, or when nobody answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from incident.playbook.model import Playbook
from incident.playbook.testing import Act, Given, Reply
from incident.review.rehearsal import acting
from incident.review.rehearsal.lines import Line, lines
from incident.review.rehearsal.night import Night
from incident.review.rehearsal.play import Theatre
from incident.run.leaving import unmet

SPAN = timedelta(minutes=30)
"""So long after it works again the last word is sent, and so often it is tried where something must hold first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How it goes. With `nobody` no person does anything, and nothing recovers. Else whoever is asked or called answers
    `staff_after`, promised words and reports come in time, it works again after `recovers` and is resolved after that;
    `answers` say what is answered by whom. It is looked at for as long as `lasts`."""

    nobody: bool = False
    staff_after: timedelta = timedelta(minutes=2)
    recovers: timedelta = timedelta(hours=2)
    lasts: timedelta = timedelta(hours=12)
    answers: Mapping[str, Reply] = field(default_factory=dict)

    @property
    def given(self) -> Given:
        if self.nobody:
            return Given(answers=self.answers)
        return Given(staff_after=self.staff_after, updates=True, reports=True, answers=self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How it would go, and how it stands in the end; `left` is what stands against resolving the incident."""

    lines: tuple[Line, ...]
    state: str
    run: str
    left: tuple[str, ...]


def simulate(playbook: Playbook, theatre: Theatre, params: Mapping[str, Any], course: Course) -> Outlook:
    """Plays the playbook with typed parameters. Nothing is sent and nothing is written."""
    night = theatre.night(playbook, course.given)
    night.declare(params)
    if not course.nobody:
        _recover(night, course)
    night.advance(night.declared_at + course.lasts - night.now)
    return Outlook(
        lines=tuple(lines(night.notes, night.declared_at)),
        state=night.incident["state"],
        run=night.view.state,
        left=tuple(unmet(night.view)) if night.incident["state"] == "open" else (),
    )


def _recover(night: Night, course: Course) -> None:
    """It works again: customers hear that it is watched, then that it is over, as soon as it may be."""
    end = night.declared_at + course.lasts
    night.advance(min(course.recovers, course.lasts), to_the_brink=True)
    if night.now >= end:
        return
    acting.perform(Act(verb="update", values={"phase": "monitoring"}), night)
    while night.now + SPAN <= end and night.incident["state"] == "open":
        night.advance(SPAN, to_the_brink=True)
        if not unmet(night.view) and night.incident["state"] == "open":
            acting.perform(Act(verb="end", name="resolve"), night)
