"""repeat: its steps, again and again, until a condition holds or it was often enough."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from incident.expression import ExpressionError
from incident.now import duration_text
from incident.playbook.model import Step
from incident.playbook.shapes import ExpressionShape
from incident.run import nesting
from incident.run.decision import Close, Mark, Wait
from incident.run.history import View
from incident.shape import Duration, Field, Integer

HELP = "Repeats its steps until an expression holds. `turn` is the number of the turn, from 1."
EFFECT = "none"
NESTS = "turns"
AFTERWARDS = True
ENDS_WITH_INCIDENT = True
FIELDS = {
    "every": Field(shape=Duration(), help="A turn begins this long after the one before began; at once if left out."),
    "until": Field(shape=ExpressionShape(), help="Looked at after each turn, and while it waits for the next."),
    "max": Field(
        shape=Integer(least=1, most=10_000), help="So many turns at most; with `until`, more than that is a failure."
    ),
}
EFFECTS: Mapping[str, Any] = {}
_MOST_AT_ONCE = 100


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"turns"})


def check(fields: Mapping[str, Any]) -> str:
    if fields.get("until") is None and fields.get("max") is None:
        return "A repetition needs `until` or `max`, or it never ends."
    if not fields.get("every") and (fields.get("max") or _MOST_AT_ONCE + 1) > _MOST_AT_ONCE:
        return f"Without `every` the turns follow at once; give `every`, or a `max` of {_MOST_AT_ONCE} or less."
    return ""


def decide(step: Step, view: View, now: datetime) -> Mark | Close | Wait:
    """1. The first turn begins at once. 2. A turn is waited for; one that fails ends it. 3. It ends when the condition
    holds, or after the last turn. 4. The next turn begins when its time has come."""
    state = view.of(step.id)
    turn = int(state.did["turn"]["turn"]) if "turn" in state.did else 0
    if turn == 0:
        return _turn(step, 1)
    ended = nesting.ended(step, view)
    if ended is not None:
        return ended
    done = Close(step=step.id, state="done", outputs={"turns": turn})
    if _reached(step, view):
        return done
    if step.fields.get("max") is not None and turn >= step.fields["max"]:
        if step.fields.get("until") is None:
            return done
        reason = f"{step.fields['until'].text} does not hold after {turn} turns"
        return Close(step=step.id, state="failed", reason=reason, outputs={"turns": turn}, code="check")
    every: timedelta = step.fields.get("every") or timedelta(0)
    due = state.did_at["turn"] + every
    if now >= due:
        return _turn(step, turn + 1)
    why = f"Turn {turn + 1} begins {duration_text(every)} after turn {turn}."
    return Wait(step=step.id, type="repeat", why=why, due=due)


def _turn(step: Step, number: int) -> Mark:
    return Mark(step=step.id, verb="turn", data={"turn": number})


def _reached(step: Step, view: View) -> bool:
    """What cannot be told yet does not hold yet."""
    until = step.fields.get("until")
    try:
        return until is not None and bool(until.holds(view.variables()))
    except ExpressionError:
        return False
