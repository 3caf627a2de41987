"""What a drill is measured by: the section `drill` of a playbook, and the same in incident.yaml for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta

from incident.shape import Duration, Field, Section

FIELDS: Mapping[str, Field] = {
    "acknowledged_within": Field(shape=Duration(), help="The first person who takes it, after the declaration."),
    "claimed_within": Field(shape=Duration(), help="Each required role, by somebody."),
    "first_notice_within": Field(shape=Duration(), help="The first recipient has the first notice."),
    "approved_within": Field(shape=Duration(), help="Each gate, from the time when it was opened."),
    "resolved_within": Field(shape=Duration(), help="The end of the incident."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Longest times, from the declaration; None: no target."""

    acknowledged_within: timedelta | None = None
    claimed_within: timedelta | None = None
    first_notice_within: timedelta | None = None
    approved_within: timedelta | None = None
    resolved_within: timedelta | None = None

    def over(self, other: Targets) -> Targets:
        """These, and where one is not given, the other's."""
        both = ((one.name, getattr(self, one.name), getattr(other, one.name)) for one in fields(self))
        return Targets(**{name: theirs if own is None else own for name, own, theirs in both})


USUAL = Targets(
    acknowledged_within=timedelta(minutes=5),
    claimed_within=timedelta(minutes=10),
    first_notice_within=timedelta(minutes=30),
    approved_within=timedelta(minutes=15),
)
"""Where neither the playbook nor incident.yaml says anything."""


SECTION = Field(
    shape=Section(fields=FIELDS, into=Targets, name="the targets of a drill"),
    default=Targets(),
    help="What a drill is measured by. Promises and clocks bring targets of their own.",
)


def latest(played: date | None, written: date | None) -> date | None:
    """When a playbook was drilled last: as the record tells, or as somebody wrote into it (`last_drilled`)."""
    return max((day for day in (played, written) if day is not None), default=None)


def is_stale(last: date | None, stale_after: timedelta, today: date) -> bool:
    """Whether nobody can know any more that it works: it was never drilled, or too long ago."""
    return last is None or today - last > stale_after
