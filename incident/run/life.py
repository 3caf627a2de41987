"""What people do to an incident as a whole while its run looks on: merge it, open it again, say how severe it is."""

from __future__ import annotations

from incident import lifecycle
from incident.delivery.source import told_somebody
from incident.duty import keeping
from incident.errors import WrongState
from incident.journal import Actor
from incident.run import calling
from incident.run import store as runs
from incident.run.acts import Office, Standing, held, seen, standing
from incident.run.perform import go_on
from incident.store import Store


def merge(office: Office, incident: str, actor: Actor, into: str, reason: str | None) -> Standing:
    """Ends the incident because it lives on in another one: no step starts any more, nobody is called out, and the
    word that it owes to the public is owed there. Deadlines of authorities run on. What is being sent is the caller's
    to stop.

    Raises WrongState.
    """
    store = office.station.store
    with store.transaction():
        stay(store, incident, into)
        return _merge(office, incident, actor, into, reason)


def _merge(office: Office, incident: str, actor: Actor, into: str, reason: str | None) -> Standing:
    store, other = office.station.store, seen(office, into, actor)
    with held(office, incident, actor) as performance:
        now, duplicate, target = performance.desk.now, performance.desk.incident, other.desk.incident
        lifecycle.merge(store, actor, now, duplicate, target, reason)
        keeping.take_over(store, actor, now, target, duplicate, other.desk.owed.overdue(other.view()))
        calling.hang_up(store, incident)
        performance.append("ended", state="merged")
        return standing(performance, go_on(performance))


def adopt(office: Office, incident: str, actor: Actor, parent: str, reason: str | None) -> None:
    """Makes it a child of the other one. Raises WrongState."""
    store = office.station.store
    with store.transaction():
        stay(store, incident, parent)
        child, other = lifecycle.get(store, incident, 0), lifecycle.get(store, parent, 0)
        lifecycle.adopt(store, actor, office.station.clock(), child, other, reason)


def release(office: Office, incident: str, actor: Actor, reason: str | None) -> None:
    """It is nobody's child any more. Raises WrongState."""
    store = office.station.store
    with store.transaction():
        stay(store, incident)
        lifecycle.release(store, actor, office.station.clock(), lifecycle.get(store, incident, 0), reason)


def stay(store: Store, *incidents: str) -> None:
    """Keeps these from ending until this transaction does; always in one order, and before any line of the journal:
    two that wait for each other would wait for ever."""
    for incident in sorted(incidents):
        for row in store.queries("incident.run").runs_of(incident=incident):
            runs.locked(store, row["id"])


def reopen(office: Office, incident: str, actor: Actor, reason: str) -> Standing:
    """An incident that has ended is open again, and notices can be sent by hand. Steps that are over stay over; the
    public is told nothing by this, and is owed a word by the cadence when it was told anything before.

    Raises WrongState.
    """
    store = office.station.store
    with held(office, incident, actor) as performance:
        lifecycle.reopen(store, actor, performance.desk.now, performance.desk.incident, reason)
        performance.append("resumed", reason=reason)
        if told_somebody(store, incident):
            performance.desk.owed.owe_again(performance.view())
        return standing(performance, go_on(performance))


def set_severity(office: Office, incident: str, actor: Actor, severity: str, reason: str) -> Standing:
    """Says how severe it is; what counts by severity (the cadence, rules of the playbook) counts anew.

    Raises WrongState when it has ended, or is so severe already.
    """
    with held(office, incident, actor) as performance:
        found = performance.desk.incident
        if found.state != "open":
            raise WrongState(f"{incident} is {found.state}; its severity stays.")
        if found.severity == severity:
            raise WrongState(f"{incident} is {severity} already.")
        lifecycle.set_severity(office.station.store, actor, performance.desk.now, found, severity, reason)
        return standing(performance, go_on(performance))
