"""Answering a gate from the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from incident.cli._values import the_incident

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.delivery.outbox import Confirm
    from incident.run.acts import Standing
    from incident.run.approving import Answer

C = TypeVar("C", bound=Callable[..., Any])


def totp_option(command: C) -> C:
    """`--totp CODE`. No environment variable gives it: a code is told by a person, once."""
    return click.option(
        "--totp",
        metavar="CODE",
        help="The one-time code of --as PERSON, who tells it on the phone; that you typed it is on record.",
    )(command)


def decide(session: Session, incident: str, step: str, confirm: Confirm, answer: Answer) -> Standing:
    """Who holds a role may answer for it; so may whoever `people` allows to hold it."""
    from incident import lifecycle
    from incident.run import approving

    console = session.console()
    found = the_incident(session, incident)
    person = console.people[console.actor.person]
    held = lifecycle.holders(console.store, found.id)
    proof = console.proof
    if proof is not None:
        answer = replace(answer, prove=lambda: proof.use(console.store))
    return approving.decide_gate(
        console.office,
        found.id,
        console.actor,
        confirm,
        step,
        answer,
        lambda role: held.get(role) == person.id or person.may_hold(role),
    )
