"""From a run's history to its view: what each event changes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from incident.now import iso, parse_iso
from incident.playbook.model import Playbook
from incident.playbook.params import check_params
from incident.run.history import CLOSED, Event, Facts, Flight, StepState, View
from incident.run.tree import Tree, called_by

_EMPTY: Mapping[str, Any] = {}


def fold(playbook: Playbook, history: Iterable[Event], facts: Facts) -> View:
    """The view after all of `history`. Unknown kinds of events are passed over: an older program reads on."""
    view = View(playbook=playbook, facts=facts, tree=Tree(playbook))
    for event in history:
        view = after(view, event)
    return view


def after(view: View, event: Event) -> View:
    """The view after one more event."""
    changes = _RUN.get(event.kind)
    if changes is not None:
        return changes(view, event)
    changed = _STEP.get(event.kind)
    if changed is None:
        return view
    return replace(view, steps={**view.steps, event.step: changed(view.of(event.step), event)})


# --- what changes one step


def _held(state: StepState, event: Event) -> StepState:
    return replace(state, held=event.data["reason"], held_at=event.at)


def _answered(state: StepState, event: Event) -> StepState:
    return replace(state, answers=(*state.answers, event), held="")  # what was held back may be another thing now


def _intended(state: StepState, event: Event) -> StepState:
    return replace(
        state,
        state="open" if state.state == "new" else state.state,
        opened_at=state.opened_at or event.at,
        flight=Flight(no=event.no, at=event.at, until=parse_iso(event.data["until"]), shown=str(event.data["shown"])),
        first_intent=state.first_intent or event.no,
        result=None,
    )


def _outcome(state: StepState, event: Event) -> StepState:
    """Only of the intent that has none yet: what comes twice, or too late, changes nothing."""
    if state.flight is None or state.flight.no != event.data["intent"]:
        return state
    good = event.data["state"] == "ok"
    return replace(
        state,
        flight=None,
        result=event.data,
        result_at=event.at,
        good_since=(state.good_since or event.at) if good else None,
        lost=state.lost + (event.data["state"] == "lost"),
    )


_STEP: Mapping[str, Callable[[StepState, Event], StepState]] = {
    "held": _held,
    "answered": _answered,
    "intended": _intended,
    "outcome": _outcome,
}


# --- what changes more than one


def _started(view: View, event: Event) -> View:
    given = {"": event.data["params"]}
    return replace(
        view, state="running", given=given, started_by=event.actor, drill=bool(event.data.get("drill", False))
    )


def _did(view: View, event: Event) -> View:
    state, verb = view.of(event.step), event.data["verb"]
    changed = replace(
        state,
        state="open" if state.state == "new" else state.state,
        opened_at=state.opened_at or event.at,
        held="",
        did={**state.did, verb: event.data},
        did_at={**state.did_at, verb: event.at},
        answers=() if verb == "prepare" else state.answers,
    )
    view = replace(view, steps={**view.steps, event.step: changed})
    if verb == "hear":
        return replace(view, heard={**view.heard, event.data["signal"]: event.data["no"]})
    where = view.tree.where(event.step) if "params" in event.data else None
    book = called_by(where) if where is not None else None
    if book is None:
        return view
    return replace(view, given={**view.given, event.step: check_params(book, event.data["params"])})


def _closed(view: View, event: Event) -> View:
    state = view.of(event.step)
    if state.state not in CLOSED:  # what is closed stays as it was closed first
        state = _shut(state, event)
    view = replace(view, steps={**view.steps, event.step: state})
    if event.data.get("vars"):
        where = view.tree.where(event.step)
        scope = where.scope if where is not None else ""
        changed = {**view.changed.get(scope, _EMPTY), **event.data["vars"]}
        view = replace(view, changed={**view.changed, scope: changed})
    if event.data.get("pause") and view.state == "running":
        # a run that is over stays over: resuming it would speak again
        view = _paused(view, event)
    return view


def _shut(state: StepState, event: Event) -> StepState:
    return replace(
        state,
        state=event.data["state"],
        outputs=event.data.get("outputs", _EMPTY),
        reason=event.data.get("reason", ""),
        closed_no=event.no,
    )


def _again(view: View, event: Event) -> View:
    """It begins anew as if it had never begun, but for how often it did and by which name it is known outside."""
    before = view.of(event.step)
    fresh = replace(
        _anew(before),
        attempt=event.data["attempt"],
        not_before=parse_iso(event.data["not_before"]),
        reason=event.data["reason"],
        first_intent=before.first_intent,
    )
    return replace(view, steps={**_anew_at(view.steps, (event.step,)), event.step: fresh})


def _jumped(view: View, event: Event) -> View:
    """Backwards, the steps from there on are as if they had never begun; forwards, those between count as skipped."""
    data = event.data
    jumps = {**view.jumps, event.step: view.jumps.get(event.step, 0) + 1}
    steps = _anew_at(view.steps, data["again"])
    forgiven = view.forgiven
    if event.step not in data["again"]:
        failed = replace(view.of(event.step), state="failed", reason=data["reason"], closed_no=event.no)
        between = {
            key: replace(view.of(key), state="skipped", reason=f"'{event.step}' has failed", closed_no=event.no)
            for key in data["over"]
        }
        steps = {**steps, **between, event.step: failed}
        forgiven = forgiven | {event.step}
    return replace(view, steps=steps, jumps=jumps, forgiven=forgiven)


def _reopened(view: View, event: Event) -> View:
    """A step that has failed is as if it had never begun; what it stands in is open again."""
    before = view.of(event.step)
    unknown = before.result is not None and before.result["state"] == "lost"  # the same thing, known by the same name
    fresh = replace(_anew(before), first_intent=before.first_intent if unknown else 0)
    steps = {**_anew_at(view.steps, (event.step,)), event.step: fresh}
    where = view.tree.where(event.step)
    while where is not None and where.parent:
        around = steps.get(where.parent)
        if around is not None and around.state == "failed":
            steps[where.parent] = replace(around, state="open", opened_at=event.at, outputs=_EMPTY, reason="")
        where = view.tree.where(where.parent)
    state = "running" if view.state in ("failed", "finished") else view.state
    forgiven = view.forgiven - {event.step}
    return replace(view, steps=steps, state=state, forgiven=forgiven)


def _anew_at(steps: Mapping[str, StepState], keys: Iterable[str]) -> dict[str, StepState]:
    """The steps at these keys, and all inside them, as if they had never begun."""
    begun = tuple(keys)
    inside = tuple(beginning for key in begun for beginning in (f"{key}.", f"{key}["))
    return {
        key: _anew(state) if key in begun or key.startswith(inside) else state
        for key, state in steps.items()
        if not (key in begun or key.startswith(inside)) or _said(state)
    }


def _anew(state: StepState) -> StepState:
    """As if it had never begun. But what was said to people stays said: it is not said a second time."""
    return StepState(did=_said(state))


def _said(state: StepState) -> Mapping[str, Mapping[str, Any]]:
    words = ("prepare", "release", "holding") if "release" in state.did else ("holding",)
    return {verb: data for verb, data in state.did.items() if verb in words}


def _requested(view: View, event: Event) -> View:
    step = replace(view.playbook.notices[event.data["notice"]], id=event.step, needs=())
    late = view.late | {event.step} if view.state in ("aborted", "ended") else view.late
    return replace(view, requested=(*view.requested, (step, event.data)), late=late)


def _signalled(view: View, event: Event) -> View:
    return replace(view, signals={**view.signals, event.data["signal"]: event})


def _worsened(view: View, event: Event) -> View:
    return replace(view, worsened=view.worsened | {int(event.data["rule"])})


def _entered(view: View, state: str) -> View:
    return replace(view, state=state, entered={**view.entered, state: view.entered.get(state, 0) + 1})


def _paused(view: View, event: Event) -> View:
    return replace(_entered(view, "paused"), paused_at=event.at)


def _resumed(view: View, event: Event) -> View:
    failed = frozenset(key for key, state in view.steps.items() if state.state == "failed")
    since = view.paused_at or event.at
    steps = {key: _later(state, since, event.at) for key, state in view.steps.items()}
    return replace(view, state="running", forgiven=view.forgiven | failed, steps=steps, paused_at=None)


def _later(state: StepState, since: datetime, until: datetime) -> StepState:
    """An open step after a pause: its times count on from where they stood, so that nothing expires the moment the run
    goes on."""
    if state.state in CLOSED:
        return state

    def moved(moment: datetime) -> datetime:
        return moment + (until - max(since, moment))

    def maybe_moved(moment: datetime | None) -> datetime | None:
        return None if moment is None else moved(moment)

    return replace(
        state,
        opened_at=maybe_moved(state.opened_at),
        did={verb: _gate_later(data, moved) for verb, data in state.did.items()},
        did_at={verb: moved(moment) for verb, moment in state.did_at.items()},
        not_before=maybe_moved(state.not_before),
        good_since=maybe_moved(state.good_since),
        result_at=maybe_moved(state.result_at),
    )


def _gate_later(data: Mapping[str, Any], moved: Callable[[datetime], datetime]) -> Mapping[str, Any]:
    """What opened a gate: the time from which it counts is moved too."""
    return {**data, "since": iso(moved(parse_iso(data["since"])))} if data.get("since") else data


def _aborted(view: View, event: Event) -> View:
    return _entered(view, "aborted")


def _ended(view: View, event: Event) -> View:
    return replace(view, state="resolved" if event.data.get("state") == "resolved" else "ended")


def _finished(view: View, event: Event) -> View:
    state = str(event.data.get("state", "finished"))
    return _entered(view, state) if state == "failed" else replace(view, state=state)


_RUN: Mapping[str, Callable[[View, Event], View]] = {
    "started": _started,
    "did": _did,
    "closed": _closed,
    "again": _again,
    "jumped": _jumped,
    "reopened": _reopened,
    "requested": _requested,
    "signalled": _signalled,
    "worsened": _worsened,
    "paused": _paused,
    "resumed": _resumed,
    "aborted": _aborted,
    "ended": _ended,
    "finished": _finished,
}
