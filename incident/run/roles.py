"""Who holds which role of a run, within what the playbook and incident.yaml allow."""

from __future__ import annotations

from incident import lifecycle, registry
from incident.errors import NotAllowed, NotFound
from incident.journal import Actor
from incident.people import Person
from incident.run import claiming
from incident.run.acts import Office, held, seen
from incident.run.eligible import objection
from incident.run.perform import Performance, go_on


def claim(office: Office, incident: str, actor: Actor, person: Person, role: str) -> None:
    """The actor takes a role. Raises NotFound, NotAllowed (a role of its own, `not_same_as`), Conflict."""
    with held(office, incident, actor) as performance:
        _may_hold(performance, person, role)
        lifecycle.claim_role(office.station.store, actor, performance.desk.now, incident, role)
        claiming.filled(office.station.store, incident, role)
        go_on(performance)


def hand_over(office: Office, incident: str, actor: Actor, person: Person, role: str, reason: str | None) -> None:
    """Gives a role to a person who may hold it. Raises NotFound, NotAllowed."""
    with held(office, incident, actor) as performance:
        _may_hold(performance, person, role)
        lifecycle.hand_over_role(office.station.store, actor, performance.desk.now, incident, role, person.id, reason)
        claiming.filled(office.station.store, incident, role)
        go_on(performance)


def check(office: Office, incident: str, person: Person, role: str) -> None:
    """Whether a role could be given to a person. Raises NotFound, NotAllowed."""
    _may_hold(seen(office, incident), person, role)


def _may_hold(performance: Performance, person: Person, role: str) -> None:
    roles = performance.playbook.roles
    if role not in roles:
        raise NotFound(f"This playbook has no role '{role}'. {registry.nearest(role, roles)}")
    problem = objection(person, role, roles, performance.facts().roles)
    if problem:
        raise NotAllowed(problem)
