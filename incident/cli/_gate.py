"""Answering a gate from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from incident.cli._values import the_incident

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.delivery.outbox import Confirm
    from incident.run.acts import Standing


def decide(
    session: Session, incident: str, step: str, confirm: Confirm, approved: bool, reason: str | None
) -> Standing:
    """Who holds a role may answer for it; so may whoever `people` allows to hold it."""
    from incident import lifecycle
    from incident.run import approving

    console = session.console()
    found = the_incident(session, incident)
    person = console.people[console.actor.person]
    held = lifecycle.holders(console.store, found.id)
    return approving.decide_gate(
        console.office,
        found.id,
        console.actor,
        confirm,
        step,
        approved=approved,
        may_hold=lambda role: held.get(role) == person.id or person.may_hold(role),
        reason=reason,
    )
