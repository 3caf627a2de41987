"""What has happened in a run, and the view of it that decisions are made from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from incident.playbook.model import Playbook, Step
from incident.playbook.params import MASK

_EMPTY: Mapping[str, Any] = {}
CLOSED = ("done", "failed", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact of a run. `kind` is one of

    started | did (a verb of a step) | held (a verb could not be done, and why) | answered (a person, of a step) |
    closed (a step: done, failed, skipped) | reopened (a failed step) | requested (a notice) |
    worsened (the severity, by a rule) | paused | resumed | aborted | ended (the incident did) | finished.
    """

    no: int
    at: datetime
    kind: str
    step: str = ""
    actor: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """What became of a step so far: new, open, done, failed or skipped.

    `did` holds the data of each verb's last time; `answers` are those given since the last preparation.
    """

    state: str = "new"
    opened_at: datetime | None = None
    did: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    did_at: Mapping[str, datetime] = field(default_factory=dict)
    answers: tuple[Event, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    held: str = ""
    held_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the incident says at this moment: its fields by name, and who holds which role."""

    incident: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A run as its history tells it. `state` is new, running, paused, resolved (people have
    things left to do), aborted, ended, finished or failed."""

    playbook: Playbook
    facts: Facts
    state: str = "new"
    started_by: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[str, StepState] = field(default_factory=dict)
    requested: tuple[tuple[Step, Mapping[str, Any]], ...] = ()
    forgiven: frozenset[str] = frozenset()
    worsened: frozenset[int] = frozenset()
    paused_at: datetime | None = None

    def all_steps(self) -> tuple[Step, ...]:
        """The playbook's steps, then the notices that staff asked for, oldest first."""
        return (*self.playbook.steps, *(step for step, _ in self.requested))

    def step(self, key: str) -> Step | None:
        return next((step for step in self.all_steps() if step.id == key), None)

    def of(self, key: str) -> StepState:
        return self.steps.get(key, StepState())

    def request(self, key: str) -> Mapping[str, Any]:
        """What was asked with a requested notice: texts per locale, phase, author; empty for a playbook's own step."""
        return next((data for step, data in self.requested if step.id == key), _EMPTY)

    def passed(self, step: Step) -> bool:
        """Whether what needs this step may go on: done, skipped, or failed where the playbook or a person says so."""
        state = self.of(step.id).state
        forgiven = step.on_error == "continue" or step.id in self.forgiven
        return state in ("done", "skipped") or (state == "failed" and forgiven)

    def shown_params(self) -> dict[str, Any]:
        """The parameters as texts may show them: a secret one is masked, whoever reads."""
        secret = {param.name for param in self.playbook.params if param.secret}
        return {name: MASK if name in secret and value is not None else value for name, value in self.params.items()}

    def shown(self) -> dict[str, Any]:
        """What texts may read: as `variables`, without secrets."""
        return replace(self, params=self.shown_params()).variables()

    def variables(self) -> dict[str, Any]:
        """What expressions may read (see docs/playbook-reference.md)."""
        steps = {step.id: {"state": self.of(step.id).state, **self.of(step.id).outputs} for step in self.all_steps()}
        return {
            **self.playbook.vars,
            **self.vars,
            **self.params,
            "params": dict(self.params),
            "vars": {**self.playbook.vars, **self.vars},
            "incident": {**self.params, **self.facts.incident},
            "roles": dict(self.facts.roles),
            "steps": steps,
            "answers": {key: {k: v for k, v in value.items() if k != "state"} for key, value in steps.items()},
        }


def fold(playbook: Playbook, history: Iterable[Event], facts: Facts) -> View:
    """The view after all of `history`. Unknown kinds of events are passed over: an older program reads on."""
    view = View(playbook=playbook, facts=facts)
    for event in history:
        view = _apply(view, event)
    return view


def _apply(view: View, event: Event) -> View:
    if event.kind == "started":
        return replace(view, state="running", params=event.data["params"], started_by=event.actor)
    if event.kind in ("did", "held", "answered", "closed"):
        changed = _apply_to_step(view.of(event.step), event)
        view = replace(view, steps={**view.steps, event.step: changed})
        if event.kind == "closed" and event.data.get("vars"):
            view = replace(view, vars={**view.vars, **event.data["vars"]})
        if event.kind == "closed" and event.data.get("pause") and view.state == "running":
            # a run that is over stays over: resuming it would speak again
            view = replace(view, state="paused", paused_at=event.at)
        return view
    if event.kind == "requested":
        step = replace(view.playbook.notices[event.data["notice"]], id=event.step, needs=())
        return replace(view, requested=(*view.requested, (step, event.data)))
    if event.kind == "reopened":
        steps = {**view.steps, event.step: StepState()}
        return replace(view, steps=steps, state="running" if view.state in ("failed", "finished") else view.state)
    if event.kind == "worsened":
        return replace(view, worsened=view.worsened | {int(event.data["rule"])})
    if event.kind == "paused":
        return replace(view, state="paused", paused_at=event.at)
    if event.kind == "resumed":
        failed = frozenset(key for key, state in view.steps.items() if state.state == "failed")
        since = view.paused_at or event.at
        steps = {key: _later(state, since, event.at) for key, state in view.steps.items()}
        return replace(view, state="running", forgiven=view.forgiven | failed, steps=steps, paused_at=None)
    if event.kind == "ended" and event.data.get("state") == "resolved":
        return replace(view, state="resolved")
    if event.kind in ("aborted", "ended"):
        return replace(view, state=event.kind)
    if event.kind == "finished":
        return replace(view, state=event.data.get("state", "finished"))
    return view


def _later(state: StepState, since: datetime, until: datetime) -> StepState:
    """An open step after a pause: its times count on from where they stood, so that nothing expires the moment the run
    goes on."""
    if state.state != "open" or state.opened_at is None:
        return state

    def moved(moment: datetime) -> datetime:
        return moment + (until - max(since, moment))

    did_at = {verb: moved(moment) for verb, moment in state.did_at.items()}
    return replace(state, opened_at=moved(state.opened_at), did_at=did_at)


def _apply_to_step(state: StepState, event: Event) -> StepState:
    if event.kind == "did":
        verb = event.data["verb"]
        return replace(
            state,
            state="open" if state.state == "new" else state.state,
            opened_at=state.opened_at or event.at,
            held="",
            did={**state.did, verb: event.data},
            did_at={**state.did_at, verb: event.at},
            answers=() if verb == "prepare" else state.answers,
        )
    if event.kind == "held":
        return replace(state, held=event.data["reason"], held_at=event.at)
    if event.kind == "answered":
        return replace(state, answers=(*state.answers, event))
    if state.state in CLOSED:  # what is closed stays as it was closed first
        return state
    return replace(
        state,
        state=event.data["state"],
        outputs=event.data.get("outputs", _EMPTY),
        reason=event.data.get("reason", ""),
    )
