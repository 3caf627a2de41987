"""A gate that one person opened alone: everybody who may command hears of it at once, and must say that they have."""

from __future__ import annotations

from datetime import timedelta

from incident import lifecycle, paging
from incident.paging import Terms, owner
from incident.people.policy import Policy, Rung
from incident.playbook.model import Step
from incident.run.calling import BREAK_GLASS
from incident.run.live import LiveDesk


def tell_commanders(desk: LiveDesk, step: Step, reason: str) -> None:
    """Pages everybody who may command, whether their `roles` say so or leave it open, but the one who did it, three
    times at most, until each has acknowledged; everybody else when nobody may."""
    people = {name: person for name, person in desk.station.people.items() if name != desk.actor.person}
    holder = lifecycle.holders(desk.station.store, desk.incident_id).get(owner.LAST, "")
    commanders = [name for name, person in people.items() if person.may_hold(owner.LAST)] or list(people)
    told = tuple(dict.fromkeys([holder, *commanders] if holder in people else commanders))
    if not told:
        return
    rung = Rung(to=told, wait=timedelta(minutes=10), repeat=2, all_must_ack=True)
    paging.open_page(
        desk.station,
        desk.actor,
        desk.incident,
        told,
        f"BREAK-GLASS: {desk.actor.person} opened {step.id} alone: {reason}",
        rung.wait,
        run=desk.run,
        step=f"{BREAK_GLASS}{step.id}",
        now=desk.now,
        terms=Terms(policy=Policy(name="break-glass", steps=(rung,), repeat=0), owners=desk.terms.owners),
    )
