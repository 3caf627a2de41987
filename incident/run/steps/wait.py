"""wait: until a time has passed, a condition holds (and has held for a while), or something outside says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from incident.expression import ExpressionError
from incident.playbook.model import Step
from incident.playbook.shapes import ExpressionShape
from incident.run.decision import Close, Do, Mark, Wait
from incident.run.history import View
from incident.shape import Duration, Field, Slug

HELP = "Waits for a time, until an expression holds, or for a signal (`incident signal`)."
EFFECT = "none"
AFTERWARDS = True
ENDS_WITH_INCIDENT = True
FIELDS = {
    "for": Field(shape=Duration(), help="Waits this long."),
    "until": Field(shape=ExpressionShape(), help="Waits until this holds; looked at whenever something happens."),
    "signal": Field(shape=Slug(), default="", help="Waits for a signal of this name; each one ends one wait."),
    "for_stable": Field(shape=Duration(), help="It must have held without a break for this long."),
}
_WAYS = ("for", "until", "signal")


def answers(fields: Mapping[str, Any]) -> frozenset[str] | None:
    """What a signal brings is its sender's to say."""
    return None if fields.get("signal") else frozenset()


def check(fields: Mapping[str, Any]) -> str:
    if sum(bool(fields.get(way)) for way in _WAYS) != 1:
        return "A wait has one of `for` (a time), `until` (an expression), `signal` (a name)."
    if fields.get("for_stable") is not None and fields.get("until") is None:
        return "`for_stable` belongs to `until`."
    return ""


def decide(step: Step, view: View, now: datetime) -> Mark | Do | Close | Wait:
    state = view.of(step.id)
    if state.opened_at is None:
        return Mark(step=step.id, verb="begin")
    if step.fields.get("for") is not None:
        due = state.opened_at + step.fields["for"]
        return Close(step=step.id, state="done") if now >= due else _wait(step, view, "Waits for a time.", due)
    if step.fields.get("signal"):
        return _signal(step, view)
    return _until(step, view, now)


def _signal(step: Step, view: View) -> Mark | Close | Wait:
    """A signal that came before the wait began counts too, unless an earlier wait has heard it."""
    name, state = step.fields["signal"], view.of(step.id)
    if "hear" in state.did:
        return Close(step=step.id, state="done", outputs=state.did["hear"]["data"])
    event = view.signals.get(name)
    if event is not None and event.no > view.heard.get(name, 0):
        return Mark(step=step.id, verb="hear", data={"signal": name, "no": event.no, "data": event.data["data"]})
    ident = view.facts.incident.get("id", "")
    return _wait(step, view, f"Waits for the signal '{name}'.", None, f"incident signal {ident} {name}")


def _until(step: Step, view: View, now: datetime) -> Mark | Close | Wait:
    """Whether it holds is written down at each change, so that `for_stable` counts from the right moment."""
    holds = _holds(step, view)
    stable: timedelta = step.fields.get("for_stable") or timedelta(0)
    if not holds:
        if _held_since(step, view) is not None:
            return Mark(step=step.id, verb="broke")
        return _wait(step, view, f"Waits until {step.fields['until'].text}.", None)
    if stable == timedelta(0):
        return Close(step=step.id, state="done")
    since = _held_since(step, view)
    if since is None:
        return Mark(step=step.id, verb="held")
    if now >= since + stable:
        return Close(step=step.id, state="done")
    return _wait(step, view, f"{step.fields['until'].text} holds; waits whether it stays so.", since + stable)


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


def _wait(step: Step, view: View, why: str, due: datetime | None, command: str = "") -> Wait:
    """What only comes from outside is somebody's to bring about, or to give up on."""
    ident = view.facts.incident.get("id", "")
    return Wait(
        step=step.id,
        type="wait",
        why=why,
        role="" if due is not None else step.assignee or "commander",
        command=command or ("" if due is not None else f"incident run skip {ident} {step.id}"),
        due=due,
    )


EFFECTS: Mapping[str, Any] = {}
