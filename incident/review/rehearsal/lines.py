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
    """Something of the night, `after` the declaration. `to` is an audience or those who are called, `channels` by what
    (empty: by all), `people` how many get it (None: nobody counts them)."""

    after: timedelta
    step: str
    what: str
    to: str = ""
    channels: tuple[str, ...] = ()
    people: int | None = None


def lines(notes: Sequence[Note], declared_at: datetime) -> list[Line]:
    """Everything that people would notice, in order."""
    found: list[Line] = []
    for note in notes:
        for line in _line(note, note.at - declared_at):
            again = found and line.what == "done" and (found[-1].step, found[-1].after) == (line.step, line.after)
            if not again:  # what was just told of the step says that it is done
                found.append(line)
    return found


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
            channels=tuple(note.detail.get("channels") or ()),
            people=people if isinstance(people, int) else None,
        )


_MOVED = {"start": "started", "submit": "submitted", "dismiss": "dismissed"}
_PROMISE = {
    "promise kept": "the promised word came in time",
    "promise broken": "the promised word did not come in time",
    "promise caught up": "the promised word came late",
    "reminded": "reminded that the next word is due",
}


def _because(why: str) -> str:
    """Why somebody was called, where it is not the step itself."""
    kind, _, name = why.partition("/")
    if why == "promise":
        return ": the promised word is late"
    return {"role": f": nobody is {name} yet", "clock": f": the report for {name} is owed"}.get(kind, "")


def _words(what: str, detail: Mapping[str, Any]) -> str:
    """What happened; '' for what nobody would notice."""
    if what == "closed":
        reason = detail.get("reason")
        return f"{detail['state']}" + (f" ({reason})" if reason else "")
    if what == "answered":
        word = detail.get("answer") or "answered"
        values = ", ".join(f"{key}={value}" for key, value in (detail.get("values") or {}).items())
        return f"{word} by {detail['actor']}" + (f": {values}" if values else "")
    if what == "paged":
        return f"called out{_because(str(detail.get('because', '')))}"
    if what.startswith("clock"):
        name = detail.get("clock") or str(detail.get("because", "")).partition("/")[2]
        at = f" at {detail['to'][0]}% of its time" if "to" in detail else ""
        verb = what.removeprefix("clock ")
        return f"clock {name}: {_MOVED.get(verb, verb)}{at}"
    if what in _PROMISE:
        return _PROMISE[what]
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
