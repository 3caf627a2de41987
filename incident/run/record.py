"""What an act writes into a run's history, besides what its effect brings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from incident.now import iso
from incident.run.decision import Act, Again, Close, Finish, Intend, Jump, Mark, Worsen
from incident.run.history import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event before it has a number and a time."""

    kind: str
    step: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def entry(act: Act, view: View) -> Entry:
    """The event of an act; of a `Do` without what its effect brings."""
    if isinstance(act, Finish):
        return Entry(kind="finished", data={"state": act.state})
    if isinstance(act, Worsen):
        return Entry(kind="worsened", data={"to": act.to, "rule": act.rule})
    if isinstance(act, Close):
        return Entry(kind="closed", step=act.step, data=_closed(act))
    if isinstance(act, Mark):
        return Entry(kind="did", step=act.step, data={"verb": act.verb, **act.data})
    if isinstance(act, Intend):
        data = {"shown": act.shown, "effect": act.effect, "until": iso(act.until), "attempt": view.of(act.step).attempt}
        return Entry(kind="intended", step=act.step, data=data)
    if isinstance(act, Again):
        data = {"attempt": act.attempt, "reason": act.reason, "not_before": iso(act.not_before)}
        return Entry(kind="again", step=act.step, data=data)
    if isinstance(act, Jump):
        data = {"to": act.to, "reason": act.reason, "again": list(act.again), "over": list(act.over)}
        return Entry(kind="jumped", step=act.step, data=data)
    return Entry(kind="did", step=act.step, data={"verb": act.verb})


def _closed(act: Close) -> dict[str, Any]:
    return {
        "state": act.state,
        "reason": act.reason,
        "outputs": dict(act.outputs),
        "vars": dict(act.vars),
        "pause": act.pause,
        **({"code": act.code} if act.state == "failed" else {}),
    }
