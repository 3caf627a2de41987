"""What has happened in a run, and the view of it that decisions are made from. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incident.playbook.model import Playbook, Step
from incident.playbook.params import MASK
from incident.run import scope
from incident.run.tree import Tree, Where

_EMPTY: Mapping[str, Any] = {}
CLOSED = ("done", "failed", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact of a run. `kind` is one of

    started | did (a verb of a step) | held (a verb could not be done, and why) | answered (a person, of a step) |
    intended (something outside of this program, before it is done) | outcome (of it, or that nobody knows) |
    again (a step that failed begins anew) | jumped (a step failed, and the run goes on elsewhere) |
    closed (a step: done, failed, skipped) | reopened (a failed step, by a person) | requested (a notice) |
    signalled (something outside has happened) | worsened (the severity, by a rule) | paused | resumed | aborted |
    ended (the incident did) | finished.
    """

    no: int
    at: datetime
    kind: str
    step: str = ""
    actor: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """Something outside of this program that was intended and has no outcome yet. `no` is the intent's event, `until`
    when it is over at the latest, `shown` what it is."""

    no: int
    at: datetime
    until: datetime
    shown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """What became of a step so far: new, open, done, failed or skipped.

    `did` holds the data of each verb's last time; `answers` are those given since the last preparation. `attempt`
    counts how often it was begun, `not_before` is when it may begin again; `first_intent` is the event by which its
    effect is known outside, also when it is tried again; `result` is the last outcome, `good_since` when the first of
    those came that were good in a row, `lost` how often nobody knew. `closed_no` orders what was closed.
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
    attempt: int = 1
    not_before: datetime | None = None
    flight: Flight | None = None
    first_intent: int = 0
    result: Mapping[str, Any] | None = None
    result_at: datetime | None = None
    good_since: datetime | None = None
    lost: int = 0
    closed_no: int = 0


_NEW = StepState()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the incident says at this moment: its fields by name, who holds which role, and how its clocks stand."""

    incident: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    clocks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A run as its history tells it. `state` is new, running, paused, resolved (people have
    things left to do), aborted, ended, finished or failed.

    `given` and `changed` are parameters and vars by the key of the call they belong to, '' for the run's own. `entered`
    counts how often the run came into a state that has a handler. `late` are the notices that staff asked for when the
    run was being ended already. `here` is the step from which it is looked at.
    """

    playbook: Playbook
    facts: Facts
    tree: Tree = field(compare=False, repr=False)
    state: str = "new"
    started_by: str = ""
    drill: bool = False
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    changed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    steps: Mapping[str, StepState] = field(default_factory=dict)
    requested: tuple[tuple[Step, Mapping[str, Any]], ...] = ()
    late: frozenset[str] = frozenset()
    forgiven: frozenset[str] = frozenset()
    worsened: frozenset[int] = frozenset()
    jumps: Mapping[str, int] = field(default_factory=dict)
    entered: Mapping[str, int] = field(default_factory=dict)
    signals: Mapping[str, Event] = field(default_factory=dict)
    heard: Mapping[str, int] = field(default_factory=dict)
    paused_at: datetime | None = None
    here: Where | None = None

    # --- steps

    def at(self, key: str) -> View:
        """The same, as the step at `key` sees it: its own values, parameters and neighbours."""
        return _from(self, self.tree.where(key))

    def all_steps(self) -> tuple[Step, ...]:
        """Every step there is so far: the playbook's with those inside, then `finally`, handlers, what undoes, and the
        notices that staff asked for, oldest first."""
        parts = ["", "finally", *(f"handlers.{name}[{n}]" for name, count in self.entered.items() for n in _to(count))]
        own = [step for part in parts for step in self._deep(self.tree.inside(part))]
        undoing = [where.step for key in self.steps if key.endswith(".undo") and (where := self.tree.where(key))]
        return (*own, *undoing, *(step for step, _ in self.requested))

    def _deep(self, steps: tuple[Step, ...]) -> Iterator[Step]:
        for step in steps:
            yield step
            for inner in self.insides(step):
                yield from self._deep(inner)

    def insides(self, step: Step) -> Iterator[tuple[Step, ...]]:
        """The lists of steps inside this one, once it has begun: of each turn, of a called playbook and its end."""
        did = self.of(step.id).did
        if step.for_each is not None:
            yield self.tree.items(step.id, len(did["open"]["items"]) if "open" in did else 0)
        elif step.nests == "turns":
            for turn in _to(did["turn"]["turn"] if "turn" in did else 0):
                yield self.tree.inside(f"{step.id}[{turn}]")
        elif step.nests and "open" in did:
            yield self.tree.inside(step.id)
            if step.nests == "playbook":
                yield self.tree.inside(f"{step.id}.finally")

    def step(self, key: str) -> Step | None:
        where = self.tree.where(key)
        return where.step if where is not None else next((one for one, _ in self.requested if one.id == key), None)

    def of(self, key: str) -> StepState:
        return self.steps.get(key, _NEW)

    def request(self, key: str) -> Mapping[str, Any]:
        """What was asked with a requested notice: texts per locale, phase, author; what a step says that corrects an
        earlier notice; empty for any other step."""
        asked = next((data for step, data in self.requested if step.id == key), None)
        return asked if asked is not None else scope.correction(self, key)

    def passed(self, step: Step) -> bool:
        """Whether what needs this step may go on: done, skipped, or failed where the playbook or a person says so."""
        state = self.of(step.id).state
        forgiven = step.on_error == "continue" or step.id in self.forgiven
        return state in ("done", "skipped") or (state == "failed" and forgiven)

    # --- values

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters where one looks from: the run's, or those that a playbook was called with."""
        return self.given.get(self.here.scope if self.here else "", _EMPTY)

    @property
    def vars(self) -> Mapping[str, Any]:
        """The vars where one looks from, as `set` steps have changed them."""
        book, key = (self.here.book, self.here.scope) if self.here else (self.playbook, "")
        return {**book.vars, **self.changed.get(key, _EMPTY)}

    def shown_params(self) -> dict[str, Any]:
        """The parameters as texts may show them: a secret one is masked, whoever reads."""
        book = self.here.book if self.here else self.playbook
        secret = {param.name for param in book.params if param.secret}
        return {name: MASK if name in secret and value is not None else value for name, value in self.params.items()}

    def shown(self) -> dict[str, Any]:
        """What texts may read: as `variables`, without secrets."""
        return scope.variables(self, self.shown_params())

    def variables(self) -> dict[str, Any]:
        """What expressions may read (see docs/playbook-reference.md)."""
        return scope.variables(self, self.params)


def _from(view: View, here: Where | None) -> View:
    """As `replace(view, here=here)`, in a fifth of the time: every act is decided from where each step stands."""
    other = object.__new__(View)
    for name in View.__slots__:
        object.__setattr__(other, name, getattr(view, name))
    object.__setattr__(other, "here", here)
    return other


def _to(count: int) -> range:
    return range(1, count + 1)
