"""The heart: from a playbook, its history and the time to what happens next. No clock, store or network in here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from incident import registry
from incident.expression import ExpressionError
from incident.playbook.model import SEVERITIES, Playbook, Step
from incident.run.decision import Act, Close, Do, Finish, Plan, Wait, Worsen
from incident.run.history import CLOSED, Event, Facts, View, fold

HELD_AGAIN = timedelta(minutes=5)
"""How soon a step that was held back (a missing language, a text too long) is tried again by itself."""

Decide = Callable[[Step, View, datetime], Do | Close | Wait]


def decider(type_name: str) -> Decide:
    """The pure half of a step type."""
    decide: Decide = registry.load("incident.run.steps", type_name).decide
    return decide


def advance(playbook: Playbook, history: Iterable[Event], facts: Facts, now: datetime) -> Plan:
    """What is to be done next.

    1. A run that has not begun or is over does nothing.
    2. An aborted run, or one whose incident was a false alarm, closes its open steps as skipped (what is done already
       as done), then finishes. When the incident is resolved, what people must still do remains: tasks, and those that
       the end itself sets free; everything else is over.
    3. A paused run starts nothing and lets no time pass; notices that staff ask for still go their way.
    4. A rule of the playbook that makes the incident more severe comes first: what follows may depend on it.
    5. Steps are looked at in their order, requested notices last; the first that has something to do is the answer:
       one act at a time, so that every act is decided from a history that holds all before it.
    6. When every step is closed the run finishes; it has failed when a failed step kept another from starting.
    """
    view = fold(playbook, history, facts)
    if view.state in ("new", "finished", "failed"):
        requests = [step for step, _ in view.requested] if view.state != "new" else []
        plan = _look_at(requests, view, now)
        if view.state == "failed" and plan.act is None:
            return replace(
                plan, waiting=(_stands(view, "has failed; what needs the failed step does not start"), *plan.waiting)
            )
        return plan
    if view.state in ("aborted", "ended"):
        return _wind_up(view, now)
    if view.state == "resolved":
        return _after_care(view, now)
    if view.state == "paused":
        plan = _look_at([step for step, _ in view.requested], view, now)
        if plan.act is not None:
            return plan
        return replace(plan, waiting=(_stands(view, "is paused; nothing starts and no time passes"), *plan.waiting))
    worse = _worsen(view)
    if worse is not None:
        return Plan(act=worse)
    plan = _look_at(list(view.all_steps()), view, now)
    if plan.act is None and not plan.waiting:
        return Plan(act=Finish(state="finished" if _all_closed(view) else "failed"))
    return plan


def outlook(playbook: Playbook, history: Iterable[Event], facts: Facts, now: datetime) -> Plan:
    """For showing: what the run waits for, also while something is due that a worker has not done yet."""
    history = tuple(history)
    plan = advance(playbook, history, facts, now)
    view = fold(playbook, history, facts)
    if plan.act is None:
        return replace(plan, waiting=(*plan.waiting, *_unsaid(view)))
    decisions = [_decide(step, view, now) for step in view.all_steps()] if view.state == "running" else []
    due = Wait(step="", type="work", why="Something is due now.", command="incident work --until-idle")
    return Plan(act=None, waiting=(due, *(wait for wait in decisions if isinstance(wait, Wait))), next_due=now)


def _unsaid(view: View) -> list[Wait]:
    """Notices that were rejected or failed, while the incident is open: nobody was told, and somebody must know."""
    ident = view.facts.incident.get("id", "")
    return [
        Wait(
            step=step.id,
            type=step.type,
            why=f"Not sent: {view.of(step.id).reason}. Mend it, then try again.",
            role="comms",
            command=f"incident run retry {ident} {step.id}",
        )
        for step in view.all_steps()
        if step.type == "announce" and view.of(step.id).state == "failed" and view.facts.incident.get("state") == "open"
    ]


def _look_at(steps: list[Step], view: View, now: datetime) -> Plan:
    waiting: list[Wait] = []
    for step in steps:
        decision = _decide(step, view, now)
        if isinstance(decision, Wait):
            waiting.append(decision)
        elif decision is not None:
            return Plan(act=decision)
    dues = [wait.due for wait in waiting if wait.due is not None]
    return Plan(act=None, waiting=tuple(waiting), next_due=min(dues, default=None))


def _decide(step: Step, view: View, now: datetime) -> Act | Wait | None:
    """What is to be done about one step; None when it is closed or must not start yet."""
    state = view.of(step.id)
    if state.state in CLOSED:
        return None
    if state.state == "new":
        needed = (view.step(key) for key in step.needs)
        if not all(view.passed(other) for other in needed if other is not None):
            return None
        skipped = _skip(step, view)
        if skipped is not None:
            return skipped
    decision = decider(step.type)(step, view, now)
    if isinstance(decision, Do) and state.held and state.held_at is not None and now < state.held_at + HELD_AGAIN:
        return _held(step, view, state.held, state.held_at + HELD_AGAIN)
    if isinstance(decision, Wait):
        return _timeout(step, view, decision, now)
    return _on_error(step, decision)


def _held(step: Step, view: View, reason: str, due: datetime) -> Wait:
    """What a notice lacks is for people to mend; it is looked at again by itself and keeps nothing else waiting."""
    message = step.fields.get("template", "")
    return Wait(
        step=step.id,
        type=step.type,
        why=f"Held: {reason}",
        role=step.assignee or "comms",
        command=f"incident message lint {message}".rstrip(),
        due=due,
    )


def _skip(step: Step, view: View) -> Close | None:
    """A step whose `when` does not hold is skipped; one whose `when` cannot be told has failed, with the reason."""
    if step.when is None:
        return None
    try:
        holds = step.when.holds(view.variables())
    except ExpressionError as error:
        closed = Close(step=step.id, state="failed", reason=str(error))
        return replace(closed, pause=step.on_error == "pause")
    return None if holds else _skipped(step, f"when: {step.when.text}")


def _timeout(step: Step, view: View, wait: Wait, now: datetime) -> Act | Wait:
    """The common `timeout`: fail, go on with the defaults, or call the commander and wait on."""
    state = view.of(step.id)
    if step.timeout is None or state.opened_at is None:
        return wait
    due = state.opened_at + step.timeout
    if now < due:
        return replace(wait, due=due if wait.due is None else min(due, wait.due))
    if step.on_timeout == "escalate":
        return wait if "escalate" in state.did else Do(step=step.id, verb="escalate")
    if step.on_timeout == "continue":
        return Close(step=step.id, state="done", reason="timeout", outputs=_assumed(step))
    return Close(step=step.id, state="failed", reason="timeout", pause=step.on_error == "pause")


def _assumed(step: Step) -> Mapping[str, object]:
    """What is taken for the answer of a question that nobody answered: later conditions can be told."""
    defaults = getattr(registry.load("incident.run.steps", step.type), "defaults", None)
    return defaults(step) if defaults is not None else {}


def _skipped(step: Step, reason: str) -> Close:
    return Close(step=step.id, state="skipped", reason=reason, outputs=_assumed(step))


def _on_error(step: Step, decision: Act) -> Act:
    if isinstance(decision, Close) and decision.state == "failed" and step.on_error == "pause":
        return replace(decision, pause=True)
    return decision


def _worsen(view: View) -> Worsen | None:
    """The first rule that holds, names a worse severity than now, and has not spoken yet. What it asks about may not
    be known yet: then it does not hold yet."""
    now = str(view.facts.incident.get("severity", ""))
    for index, rule in enumerate(view.playbook.severity.raise_when):
        if index in view.worsened or now not in SEVERITIES or SEVERITIES.index(rule.to) >= SEVERITIES.index(now):
            continue
        try:
            holds = rule.when.holds(view.variables())
        except ExpressionError:
            continue
        if holds:
            return Worsen(to=rule.to, because=rule.when.text, rule=index)
    return None


def _wind_up(view: View, now: datetime) -> Plan:
    reason = "the run was aborted" if view.state == "aborted" else "the incident has ended"
    for step in view.all_steps():
        state = view.of(step.id).state
        if state in CLOSED:
            continue
        decision = decider(step.type)(step, view, now) if state == "open" else None
        if isinstance(decision, Close) and decision.state == "done":
            return Plan(act=decision)
        return Plan(act=_skipped(step, reason))
    return Plan(act=Finish(state="finished"))


_AFTER = ("task", "wait", "check", "set")
"""Step types that still mean something when the incident is resolved: work, and what leads to it."""


def _after_care(view: View, now: datetime) -> Plan:
    """A wait for the resolution is over; any other wait, question, page or notice of the playbook is not needed any
    more. A correction asked for by hand still goes its way."""
    waiting: list[Wait] = []
    for step in view.all_steps():
        state = view.of(step.id).state
        if state in CLOSED:
            continue
        corrects = view.request(step.id).get("notice") == "correction"
        decision = _decide(step, view, now) if step.type in _AFTER or state == "open" or corrects else None
        if isinstance(decision, Do) and decision.verb == "escalate":
            decision = decider(step.type)(step, view, now)  # it waits on; the night is over, nobody is called for it
        over = step.type not in _AFTER and not (isinstance(decision, Close) and decision.state == "done")
        if not corrects and (over or (isinstance(decision, Wait) and step.type != "task")):
            return Plan(act=_skipped(step, "the incident is resolved"))
        if isinstance(decision, Wait):
            waiting.append(decision)
        elif decision is not None:
            return Plan(act=decision)
    if not waiting:
        return Plan(act=Finish(state="finished"))
    dues = [wait.due for wait in waiting if wait.due is not None]
    return Plan(act=None, waiting=tuple(waiting), next_due=min(dues, default=None))


def _stands(view: View, how: str) -> Wait:
    """A run that waits for a person to let it go on, and why it stands."""
    failed = [step for step in view.all_steps() if view.of(step.id).state == "failed" and not view.passed(step)]
    because = "".join(f" '{step.id}': {view.of(step.id).reason}." for step in failed)
    return Wait(
        step="",
        type="run",
        why=f"The run {how} until it is resumed.{because}",
        role="commander",
        command=f"incident run resume {view.facts.incident.get('id', '')}",
    )


def _all_closed(view: View) -> bool:
    return all(view.of(step.id).state in CLOSED for step in view.all_steps())
