"""Steps that hold other steps: when these are over, and what became of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from incident.expression import ExpressionError
from incident.playbook.model import Step
from incident.run.decision import Close, Mark, Wait
from incident.run.history import CLOSED, View

MOST_ITEMS = 1_000
"""A list that is longer is a mistake somewhere: a thousand tasks are nobody's."""


def current(step: Step, view: View) -> tuple[Step, ...]:
    """The steps inside that can go on now: of the last turn; of a called playbook, and of its `finally` once its own
    steps are over."""
    found: tuple[Step, ...] = ()
    for inner in view.insides(step):
        if found and step.nests == "playbook" and step.for_each is None and not over(found, view):
            return found
        found = inner
    return found


def live(steps: Sequence[Step], view: View) -> Iterator[Step]:
    """These steps and all inside them, without what is closed: everything that may have something to do."""
    for step in steps:
        state = view.of(step.id).state
        if state not in CLOSED:
            yield step
            if state == "open" and (step.nests or step.for_each is not None):
                yield from live(current(step, view), view)


def over(steps: Sequence[Step], view: View) -> bool:
    """Whether nothing of these goes on by itself: each is closed, or behind one that has failed."""
    barred: dict[str, bool] = {}
    return all(view.of(step.id).state in CLOSED or _barred(step, view, barred) for step in steps)


def _barred(step: Step, view: View, known: dict[str, bool]) -> bool:
    """Whether a step can never start, as things stand."""
    if step.id not in known:
        state = view.of(step.id)
        known[step.id] = False  # a circle is no mistake of ours to find
        known[step.id] = (
            state.state == "new"
            and state.attempt == 1
            and any(_bars(need, view, known) for key in step.needs if (need := view.step(key)) is not None)
        )
    return known[step.id]


def _bars(need: Step, view: View, known: dict[str, bool]) -> bool:
    if view.of(need.id).state in CLOSED:
        return not view.passed(need)
    return _barred(need, view, known)


def can_begin_again(key: str, view: View) -> bool:
    """Whether what a step stands in can still go on: it is open or has failed, and this is its last turn."""
    where = view.tree.where(key)
    while where is not None and where.parent and not key.endswith(".undo"):
        around = view.of(where.parent)
        turn = next((number for parent, number in where.loops if parent == where.parent), None)
        last = around.did["turn"]["turn"] if "turn" in around.did else turn
        if around.state not in ("open", "failed") or (turn not in (None, last) and where.step.for_each is None):
            return False
        where = view.tree.where(where.parent)
    return True


def failed(steps: Sequence[Step], view: View) -> Step | None:
    """The first of these that has failed where neither playbook nor person says that this does not matter."""
    return next((step for step in steps if view.of(step.id).state == "failed" and not view.passed(step)), None)


def decide(step: Step, view: View, now: datetime) -> Mark | Close | Wait:
    """A group: it is over when all inside it are, and has failed when one of them has."""
    if "open" not in view.of(step.id).did:
        return Mark(step=step.id, verb="open")
    return ended(step, view) or Close(step=step.id, state="done")


def ended(step: Step, view: View) -> Close | Wait | None:
    """While something inside goes on, that; when something has failed, the failure; else None."""
    inner = current(step, view)
    if not over(inner, view):
        return inside(step)
    wrong = failed(inner, view)
    if wrong is None:
        return None
    return Close(step=step.id, state="failed", reason=f"'{wrong.id}': {view.of(wrong.id).reason}", code="inner")


def inside(step: Step) -> Wait:
    """It waits for the steps inside, which say themselves for what."""
    return Wait(step=step.id, type=step.type, why="")


def each(step: Step, view: View) -> Mark | Close | Wait:
    """A step that is done for each value of a list: the list as it is when the step begins."""
    if "open" not in view.of(step.id).did:
        return _listed(step, view)
    items = current(step, view)
    if not over(items, view):
        return inside(step)
    states = [view.of(item.id) for item in items]
    outputs: dict[str, Any] = {
        "count": len(items),
        "done": sum(state.state == "done" for state in states),
        "failed": sum(state.state == "failed" for state in states),
        "each": [{"state": state.state, **state.outputs} for state in states],
    }
    wrong = failed(items, view)
    if wrong is None:
        return Close(step=step.id, state="done", outputs=outputs)
    reason = f"{outputs['failed']} of {len(items)} have failed, '{wrong.id}' first: {view.of(wrong.id).reason}"
    return Close(step=step.id, state="failed", reason=reason, outputs=outputs, code="inner")


def _listed(step: Step, view: View) -> Mark | Close:
    assert step.for_each is not None
    text = step.for_each.items.text
    try:
        items = step.for_each.items.evaluate(view.variables())
    except ExpressionError as error:
        return Close(step=step.id, state="failed", reason=str(error))
    if not isinstance(items, list | tuple):
        return Close(step=step.id, state="failed", reason=f"'{text}' is no list")
    if len(items) > MOST_ITEMS:
        return Close(step=step.id, state="failed", reason=f"'{text}' has {len(items)} values, at most {MOST_ITEMS}")
    return Mark(step=step.id, verb="open", data={"items": list(items)})
