"""The heart: from a playbook, its history and the time to what happens next. No clock, store or network in here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from incident.expression import ExpressionError
from incident.playbook.model import SEVERITIES, Playbook, Step
from incident.run import ending, nesting, one_step
from incident.run.decision import Finish, Plan, Wait, Worsen
from incident.run.fold import fold
from incident.run.history import CLOSED, Event, Facts, View


def advance(playbook: Playbook, history: Iterable[Event], facts: Facts, now: datetime) -> Plan:
    """What is to be done next, from the whole history."""
    return next_act(fold(playbook, history, facts), now)


def next_act(view: View, now: datetime) -> Plan:
    """What is to be done next.

    1. A run that has not begun or is over does nothing, but for notices that staff ask for.
    2. An aborted run, or one whose incident was a false alarm, closes its open steps as skipped (what is done already
       as done), undoes what can be undone, then finishes. When the incident is resolved, what people must still do
       remains: tasks, and those that the end itself sets free; everything else is over.
    3. A paused run starts nothing and lets no time pass; notices that staff ask for still go their way. A run that is
       paused or has failed plays its handler.
    4. A rule of the playbook that makes the incident more severe comes first: what follows may depend on it.
    5. Steps are looked at in their order, those inside after the one that holds them, requested notices last; the first
       that has something to do is the answer: one act at a time, so that every act is decided from a history that holds
       all before it.
    6. When every step is over, those of `finally` follow; then the run finishes. It has failed when a failed step kept
       another from starting.
    """
    requests = [step for step, _ in view.requested]
    if view.state == "new":
        return Plan(act=None)
    if view.state == "finished":
        return one_step.look_at(requests, view, now)
    if view.state in ("aborted", "ended", "resolved"):
        return ending.next_act(view, now)
    if view.state in ("paused", "failed"):
        return _standing(view, requests, now)
    worse = _worsen(view)
    if worse is not None:
        return Plan(act=worse)
    left = _left_over(view)
    if left:
        return Plan(act=one_step.skipped(left[-1], "the run goes on"))
    main = view.tree.inside("")
    all_closed = all(view.of(step.id).state in CLOSED for step in main)
    last = nesting.live(view.tree.inside("finally"), view) if all_closed else ()
    plan = one_step.look_at([*nesting.live(main, view), *last, *requests], view, now)
    if plan.act is not None or plan.waiting:
        return plan
    return Plan(act=Finish(state="finished" if all_closed else "failed"))


def outlook(playbook: Playbook, history: Iterable[Event], facts: Facts, now: datetime) -> Plan:
    """For showing: what the run waits for, also while something is due that a worker has not done yet."""
    view = fold(playbook, history, facts)
    plan = next_act(view, now)
    if plan.act is None:
        return replace(plan, waiting=(*plan.waiting, *_unsaid(view)))
    steps = [*nesting.live(view.tree.inside(""), view), *(step for step, _ in view.requested)]
    decisions = [one_step.decide(step, view, now) for step in steps] if view.state == "running" else []
    due = Wait(step="", type="work", why="Something is due now.", command="incident work --until-idle")
    told = (wait for wait in decisions if isinstance(wait, Wait) and wait.why)
    return Plan(act=None, waiting=(due, *told), next_due=now)


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
        if "template" in step.fields
        and step.for_each is None
        and view.of(step.id).state == "failed"
        and view.facts.incident.get("state") == "open"
    ]


def _standing(view: View, requests: list[Step], now: datetime) -> Plan:
    """A run that is paused or has failed: its handler, what staff ask for, and who must let it go on."""
    handler = view.tree.inside(f"handlers.{view.state}[{view.entered.get(view.state, 0)}]")
    plan = one_step.look_at([*nesting.live(handler, view), *requests], view, now)
    if plan.act is not None:
        return plan
    how = "is paused; nothing starts and no time passes"
    if view.state == "failed":
        how = "has failed; what needs the failed step does not start"
    return replace(plan, waiting=(_stands(view, how), *plan.waiting))


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


def _left_over(view: View) -> list[Step]:
    """Steps of a handler that are still open although the run goes on: what they were for is over."""
    found: list[Step] = []
    for name, count in view.entered.items():
        inside = view.tree.inside(f"handlers.{name}[{count}]")
        found += [step for step in nesting.live(inside, view) if view.of(step.id).state == "open"]
    return found


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
