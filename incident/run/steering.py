"""What people do to a run when it does not go on by itself: bring a signal, skip a step, let it be done again."""

from __future__ import annotations

from collections.abc import Mapping

from incident import lifecycle
from incident.delivery.outbox import Confirm
from incident.errors import WrongState
from incident.journal import Actor
from incident.run import nesting, one_step
from incident.run.acts import Office, Standing, held, standing
from incident.run.decision import Close
from incident.run.history import View
from incident.run.naming import named
from incident.run.perform import go_on, write


def signal(office: Office, incident: str, actor: Actor, name: str, given: Mapping[str, str]) -> Standing:
    """Something outside has happened: the run hears of it, and whoever waits for it goes on."""
    with held(office, incident, actor) as performance:
        performance.append("signalled", signal=name, data=dict(given))
        lifecycle.record(
            office.station.store, actor, performance.desk.now, "run.signalled", incident, signal=name, data=dict(given)
        )
        return standing(performance, go_on(performance))


def skip(office: Office, incident: str, actor: Actor, typed: str, reason: str | None) -> Standing:
    """Goes on without a step: one that failed, waits, or of which nobody knows whether it was done. What needs it may
    start. Raises NotFound, WrongState for one that is over, or under way outside of this program.
    """
    with held(office, incident, actor) as performance:
        view = performance.view()
        step = named(view, typed)
        state = view.of(step.id)
        if state.state in ("done", "skipped"):
            raise WrongState(f"'{step.id}' is {state.state} already.")
        if state.flight is not None:
            raise WrongState(f"'{step.id}' is under way: {state.flight.shown}. Wait for its end.")
        if not nesting.can_begin_again(step.id, view):
            raise WrongState(f"What '{step.id}' stands in is over; there is nothing to go on with.")
        if state.state == "failed":
            performance.append("reopened", step.id)
        close = Close(step=step.id, state="skipped", reason=reason or f"{actor.person} went on without it")
        while performance.view().of(step.id).state in ("new", "open"):
            write(performance, one_step.over(step, performance.view(), close), actor=actor.person)
        return standing(performance, go_on(performance))


def retry(office: Office, incident: str, actor: Actor, typed: str, confirm: Confirm) -> Standing:
    """Tries a step again from its beginning: one that failed (a rejected notice is drafted anew and gets a fresh gate),
    or one of which nobody knows whether it was done.

    Raises NotFound, WrongState unless there is something to try again and the incident is open.
    """
    with held(office, incident, actor, confirm) as performance:
        view = performance.view()
        failed = [one.id for one in view.all_steps() if can_be_tried(one.id, view)]
        step = named(view, typed)
        if step.id not in failed or not _open(view, performance.desk.incident.state, step.id):
            raise WrongState(f"'{step.id}' is {view.of(step.id).state}. Failed: {', '.join(failed) or 'none'}.")
        performance.asked_for = step.id
        performance.append("reopened", step.id)
        performance.desk.tell("step.reopened", step)
        return standing(performance, go_on(performance))


def can_be_tried(key: str, view: View) -> bool:
    """Whether a step can be begun anew: it has failed, or nobody knows whether it was done; and what it stands in can
    still go on."""
    state = view.of(key)
    unknown = state.result is not None and state.result["state"] == "lost" and state.flight is None
    wanted = state.state == "failed" or (state.state == "open" and unknown)
    return wanted and nesting.can_begin_again(key, view)


def _open(view: View, incident: str, step: str) -> bool:
    """Whether the run can still do it: work that remains, and undoing, also after the end."""
    return incident == "open" or (view.of(step).state == "open" and view.state not in ("finished", "new"))
