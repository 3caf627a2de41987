"""Whether a history can have happened: what a run may never have done, whoever interrupted it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from incident.playbook.model import Playbook, Step
from incident.run.fold import after, fold
from incident.run.history import CLOSED, Event, Facts, View

REPEATED = frozenset({"held", "broke", "prepare", "turn", "hear"})
"""Verbs that may stand more than once: what changes is noted each time; a gate whose subject changed is prepared anew;
turns are counted."""

_SPEAKING = frozenset({"prepare", "release", "holding", "page", "ask", "escalate"})


def wrongs(playbook: Playbook, history: Iterable[Event]) -> list[str]:
    """A sentence for everything that is wrong with a history; empty for a valid one.

    1. Its events are numbered without a gap, and the first one starts it. 2. Nothing is done about a step that is
    closed, until it begins anew. 3. A step begins when what it needs is passed. 4. An effect is done once since the
    step began. 5. What goes outside is intended once, unless it may be done twice or a person wanted it again, and
    never while it is under way; an outcome belongs to an intent. 6. A step is closed before what holds it is. 7. After
    the incident has ended nobody is told, called or asked anything any more, but for corrections.
    """
    events = list(history)
    found = list(_unmeant(events))
    view = fold(playbook, (), Facts())
    for number, event in enumerate(events, 1):
        if event.no != number or (event.kind == "started") != (number == 1):
            found.append(f"event {event.no} ({event.kind}) stands at place {number}")
        found += (f"event {event.no}: {wrong}" for rule in _RULES for wrong in rule(view, event))
        view = after(view, event)
    return found


def _unmeant(events: Iterable[Event]) -> Iterator[str]:
    """Outcomes of what nobody intended before; one that comes late or twice is none of these, and changes nothing."""
    meant: set[tuple[str, int]] = set()
    for event in events:
        if event.kind == "intended":
            meant.add((event.step, event.no))
        elif event.kind == "outcome" and (event.step, event.data["intent"]) not in meant:
            yield f"event {event.no}: an outcome of '{event.step}', which was never intended"


def _closed(view: View, event: Event) -> Iterator[str]:
    state = view.of(event.step).state
    if event.kind in ("did", "held", "answered", "intended", "closed", "again", "jumped") and state in CLOSED:
        yield f"{event.kind} of '{event.step}', which was {state}"
    if event.kind == "reopened" and state in ("done", "skipped", "new"):
        yield f"'{event.step}' was reopened, which was {state}"


def _begins(view: View, event: Event) -> Iterator[str]:
    step = view.step(event.step)
    if event.kind not in ("did", "intended") or step is None or view.of(event.step).state != "new":
        return
    if view.of(event.step).attempt > 1:
        return
    for key in step.needs:
        need = view.step(key)
        if need is not None and not view.passed(need):
            yield f"'{step.id}' began before '{key}' was passed"


def _effect(view: View, event: Event) -> Iterator[str]:
    if event.kind == "did" and event.data["verb"] in view.of(event.step).did and event.data["verb"] not in REPEATED:
        yield f"'{event.data['verb']}' of '{event.step}' was done twice"


def _outside(view: View, event: Event) -> Iterator[str]:
    state = view.of(event.step)
    if event.kind == "intended" and state.flight is not None:
        yield f"'{event.step}' was intended while it was under way"
    elif event.kind == "intended" and state.result is not None and not _may_repeat(view.step(event.step), event):
        yield f"'{event.step}' was intended again, although its outcome was {state.result['state']}"


def _may_repeat(step: Step | None, event: Event) -> bool:
    return step is None or event.data["effect"] == "none" or bool(step.fields.get("repeatable"))


def _inner(view: View, event: Event) -> Iterator[str]:
    step = view.step(event.step) if event.kind == "closed" else None
    if step is None or not (step.nests or step.for_each is not None):
        return
    for inner in (one for steps in view.insides(step) for one in steps):
        if view.of(inner.id).state == "open":
            yield f"'{step.id}' was closed before '{inner.id}'"


def _silence(view: View, event: Event) -> Iterator[str]:
    over = view.state in ("resolved", "ended")
    if over and event.kind == "did" and event.data["verb"] in _SPEAKING and not event.step.startswith("correction-"):
        yield f"'{event.data['verb']}' of '{event.step}' after the incident had ended"


_RULES: tuple[Callable[[View, Event], Iterator[str]], ...] = (_closed, _begins, _effect, _outside, _inner, _silence)
