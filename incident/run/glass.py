"""A gate that one person opened alone: everybody who may command hears of it at once, and must say that they have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from incident import lifecycle, paging
from incident.paging import Terms, owner, reading
from incident.people.policy import Policy, Rung
from incident.playbook.model import Step
from incident.run.calling import BREAK_GLASS
from incident.run.live import LiveDesk


def tell_commanders(desk: LiveDesk, step: Step, reason: str) -> None:
    """Pages everybody who may command, whether their `roles` say so or leave it open, but the one who did it, three
    times at most, until each has acknowledged; everybody else when nobody may. Those who may not see the incident hear
    that it happened, and not at which step or why."""
    people = {name: person for name, person in desk.station.people.items() if name != desk.actor.person}
    holder = lifecycle.holders(desk.station.store, desk.incident_id).get(owner.LAST, "")
    commanders = [name for name, person in people.items() if person.may_hold(owner.LAST)] or list(people)
    told = tuple(dict.fromkeys([holder, *commanders] if holder in people else commanders))
    unseen = reading.roster(desk.station, desk.incident_id, desk.now).unseen
    _page(desk, step, [name for name in told if name not in unseen], f"{step.id} alone: {reason}", blind=False)
    hidden = f"a gate of {desk.incident_id} alone. It is restricted: acknowledge this, and ask whoever did it."
    _page(desk, step, [name for name in told if name in unseen], hidden, blind=True)


def _page(desk: LiveDesk, step: Step, told: Sequence[str], opened: str, *, blind: bool) -> None:
    if not told:
        return
    rung = Rung(to=tuple(told), wait=timedelta(minutes=10), repeat=2, all_must_ack=True)
    policy = Policy(name="break-glass", steps=(rung,), repeat=0)
    paging.open_page(
        desk.station,
        desk.actor,
        desk.incident,
        told,
        f"BREAK-GLASS: {desk.actor.person} opened {opened}",
        rung.wait,
        run=desk.run,
        step=f"{BREAK_GLASS}{step.id}",
        now=desk.now,
        terms=Terms(policy=policy, owners=desk.terms.owners, blind=blind),
    )
