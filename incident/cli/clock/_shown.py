"""How a regulatory clock reads, for people and for scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from incident.cli._countdown import countdown
from incident.shape import choose

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.duty.clocks import LegalClock

COLUMNS = ("clock", "state", "due", "left", "authority", "started by", "because")


def to_json(clock: LegalClock, now: datetime) -> dict[str, Any]:
    """A clock as scripts read it."""
    return {
        "incident": clock.incident,
        "clock": clock.id,
        "title": dict(clock.rule.title),
        "authority": dict(clock.rule.authority),
        "state": clock.state,
        "anchor": clock.anchor,
        "since": clock.anchor_at,
        "within": str(clock.rule.within),
        "statutory": clock.rule.statutory,
        "due": clock.due,
        "late": clock.late(now),
        "met": clock.met(now),
        "started_by": clock.started_by,
        "started_at": clock.started_at,
        "because": clock.because,
        "missed_at": clock.missed_at,
        "submissions": clock.submissions,
        "submitted_at": clock.submitted_at,
        "reference": clock.reference,
        "evidence": clock.evidence,
        "evidence_file": clock.evidence_file,
        "ended_by": clock.ended_by,
        "ended_at": clock.ended_at,
        "reason": clock.reason,
    }


def chosen(session: Session, texts: Mapping[str, str]) -> str:
    """A rule's text in the first language of this workspace that it has."""
    return choose(texts, ("", *session.console().organisation.locales))


def row(session: Session, clock: LegalClock, now: datetime) -> tuple[object, ...]:
    """A clock as a line of a table under COLUMNS."""
    return (
        clock.id,
        clock.state,
        session.when(clock.due),
        left(clock, now),
        chosen(session, clock.rule.authority),
        clock.started_by,
        clock.because,
    )


def left(clock: LegalClock, now: datetime) -> str:
    """`in 1h30m` or `20m LATE` while it runs, then how it ended."""
    if clock.state == "running":
        return countdown(clock.due, now) + ("" if clock.rule.statutory else " (own target)")
    if clock.state == "dismissed":
        return f"dismissed by {clock.ended_by}"
    return "in time" if clock.met(now) else "submitted LATE"


def table(session: Session, clocks: Sequence[LegalClock], now: datetime, *, incidents: bool = False) -> Any:
    """The clocks as a table; with `incidents`, whose each is stands first."""
    columns = ("incident", *COLUMNS) if incidents else COLUMNS
    rows = [(*((one.incident,) if incidents else ()), *row(session, one, now)) for one in clocks]
    return session.table(columns, rows, title="" if incidents else "Deadlines of authorities")
