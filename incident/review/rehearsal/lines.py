"""A rehearsed night for eyes: what happened, each a few words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incident.run.paper import Note

_SILENT = frozenset({"question.asked", "intended"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something of the night, `after` the declaration. `to` is an audience or those who are called, `people` how many
    get it (None: nobody counts them)."""

    after: timedelta
    step: str
    what: str
    to: str = ""
    people: int | None = None


def lines(notes: Sequence[Note], declared_at: datetime) -> list[Line]:
    """Everything that people would notice, in order."""
    return [line for note in notes for line in _line(note, note.at - declared_at)]


def _line(note: Note, after: timedelta) -> Iterator[Line]:
    what = _words(note.what, note.detail)
    if what and note.what not in _SILENT:
        to = note.detail.get("to", "") if note.what in ("paged", "reminded") else note.detail.get("audience", "")
        people = note.detail.get("people")
        yield Line(
            after=after,
            step=note.step,
            what=what,
            to=", ".join(to) if isinstance(to, tuple) else str(to or ""),
            people=people if isinstance(people, int) else None,
        )


def _words(what: str, detail: Mapping[str, Any]) -> str:
    """What happened; '' for what nobody would notice."""
    if what == "closed":
        reason = detail.get("reason")
        return f"{detail['state']}" + (f" ({reason})" if reason else "")
    if what == "answered":
        word = detail.get("answer") or "answered"
        values = ", ".join(f"{key}={value}" for key, value in (detail.get("values") or {}).items())
        return f"{word} by {detail['actor']}" + (f": {values}" if values else "")
    if what in ("paged", "reminded"):
        because = detail.get("because", "")
        return f"{what} because of {because}"
    if what.startswith("clock"):
        name = detail.get("clock") or str(detail.get("because", "")).partition("/")[2]
        at = f" at {detail['to'][0]}% of its time" if "to" in detail else ""
        return f"clock {name}: {what.partition(' ')[2]}{at}"
    simple: dict[str, str] = {
        "sent": f"sent: {detail.get('template')}",
        "gate opened": f"waits for approval by {' or '.join(detail.get('by', ()))}",
        "tasked": f"task for {detail.get('role') or 'anybody'}",
        "claimed": f"{detail.get('role')} is {detail.get('by')}",
        "held": f"held: {detail.get('reason')}",
        "outcome": f"outside: {detail.get('state')} {detail.get('words') or ''}".strip(),
        "again": f"failed ({detail.get('reason')}), attempt {detail.get('attempt')} follows",
        "jumped": f"failed ({detail.get('reason')}), goes on at {detail.get('to')}",
        "worsened": f"severity becomes {detail.get('to')}",
        "severity": f"severity is set to {detail.get('to')}",
        "requested": f"{detail.get('notice')} asked for by {detail.get('author')}",
        "signalled": f"signal {detail.get('signal')}",
        "ended": f"the incident is {detail.get('state')}",
        "finished": f"the run is {detail.get('state')}",
        "note": str(detail.get("text", "")),
        "holding spent": f"no further holding statement: {detail.get('reason')}",
    }
    return simple.get(what, what)
