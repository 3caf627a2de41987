"""How promises of the next word read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from incident.cli._countdown import countdown

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.duty.promises import Promise


def promise_json(promise: Promise) -> dict[str, Any]:
    """A promise as scripts read it. `kind` is first (our target for the first notice) or next (said in public)."""
    return {
        "promise": promise.no,
        "kind": promise.kind,
        "severity": promise.severity,
        "made_in": promise.made_in or None,
        "made_by": promise.made_by,
        "made_at": promise.made_at,
        "due": promise.due,
        "state": promise.state,
        "ended_in": promise.ended_in or None,
        "ended_by": promise.ended_by,
        "ended_at": promise.ended_at,
        "reason": promise.reason,
    }


def owed_lines(session: Session, promises: Sequence[Promise]) -> list[str]:
    """The first notice that is still owed, and how the promises of this incident were kept so far."""
    lines, now = [], session.console().clock()
    for one in promises:
        if one.kind == "first" and one.ended_at is None:
            lines.append(f"First notice due {session.when(one.due)}, {countdown(one.due, now)}.")
    ended = [one.state for one in promises if one.kind == "next" and one.state in ("kept", "broken")]
    if ended:
        lines.append(f"Promises of the next word: {ended.count('kept')} kept, {ended.count('broken')} broken.")
    return lines
