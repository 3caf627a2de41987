"""wait: until a time has passed, or a condition holds (and has held for a while)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from incident.expression import ExpressionError
from incident.playbook.model import Step
from incident.playbook.shapes import ExpressionShape
from incident.run.decision import Close, Do, Wait
from incident.run.desk import Desk
from incident.run.history import View
from incident.shape import Duration, Field

HELP = "Waits for a time, or until an expression holds."
EFFECT = "none"
FIELDS = {
    "for": Field(shape=Duration(), help="Waits this long."),
    "until": Field(shape=ExpressionShape(), help="Waits until this holds; looked at whenever something happens."),
    "for_stable": Field(shape=Duration(), help="It must have held without a break for this long."),
}


def check(fields: Mapping[str, Any]) -> str:
    if (fields.get("for") is None) == (fields.get("until") is None):
        return "A wait has either `for` (a time) or `until` (an expression)."
    if fields.get("for_stable") is not None and fields.get("until") is None:
        return "`for_stable` belongs to `until`."
    return ""


def decide(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    state = view.of(step.id)
    if state.opened_at is None:
        return Do(step=step.id, verb="begin")
    if step.fields.get("for") is not None:
        due = state.opened_at + step.fields["for"]
        return Close(step=step.id, state="done") if now >= due else _wait(step, "Waits for a time.", due)
    return _until(step, view, now)


def _until(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    """Whether it holds is written down at each change, so that `for_stable` counts from the right moment."""
    holds = _holds(step, view)
    stable: timedelta = step.fields.get("for_stable") or timedelta(0)
    if not holds:
        if _held_since(step, view) is not None:
            return Do(step=step.id, verb="broke")
        return _wait(step, f"Waits until {step.fields['until'].text}.", None)
    if stable == timedelta(0):
        return Close(step=step.id, state="done")
    since = _held_since(step, view)
    if since is None:
        return Do(step=step.id, verb="held")
    if now >= since + stable:
        return Close(step=step.id, state="done")
    return _wait(step, f"{step.fields['until'].text} holds; waits whether it stays so.", since + stable)


def _holds(step: Step, view: View) -> bool:
    """An answer that is not there yet is no reason to fail: it does not hold yet."""
    try:
        return bool(step.fields["until"].holds(view.variables()))
    except ExpressionError:
        return False


def _held_since(step: Step, view: View) -> datetime | None:
    state = view.of(step.id)
    held, broke = state.did_at.get("held"), state.did_at.get("broke")
    return held if held is not None and (broke is None or broke <= held) else None


def _wait(step: Step, why: str, due: datetime | None) -> Wait:
    return Wait(step=step.id, type="wait", why=why, due=due)


def _mark(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    return {}


EFFECTS = {"begin": _mark, "held": _mark, "broke": _mark}
