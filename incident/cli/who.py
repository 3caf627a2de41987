"""Show who is on call now and next, and who holds what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.lifecycle import Incident
    from incident.paging.resolve import Roster

EXAMPLES = """
Examples:
  incident who
  incident who --at 2026-12-24T03:00:00+08:00
  incident who INC-2026-007                     who holds which role of it, and which nobody has claimed
  incident who latest --phone-tree              whom to telephone, and what to read out
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident", required=False)
@click.option("--at", "at", metavar="INSTANT", help="At that instant instead of now.")
@click.option("--phone-tree", is_flag=True, help="Whom to telephone, in order, with numbers, and what to read out.")
@session
def command(session: Session, incident: str | None, at: str | None, phone_tree: bool) -> None:
    """Show who is on call now and next, by rota, policy and role; with INCIDENT, who holds what in it."""
    from incident import lifecycle
    from incident.cli import _phone_tree
    from incident.cli._values import the_incident
    from incident.paging import listed, reading

    console = session.console()
    now = _instant(at, console.clock())
    found = the_incident(session, incident) if incident else None
    for problem in console.oncall.refresh(console.oncall.due(console.clock()), console.clock()):
        session.say(problem)
    roster = reading.roster(console.station, found.id if found else "", now)
    held = lifecycle.holders(console.store, found.id) if found else {}
    told = {
        "at": now,
        "incident": found.id if found else None,
        "rotas": list(_rotas(session, now)),
        "policies": list(_policies(session, roster)),
        "roles": list(_roles(session, roster, found)),
        "held": held,
        "phone_tree": [],
        "read_out": None,
    }
    lines = _lines(session, told)
    if phone_tree:
        pages = [p for p in listed(console.store, found.id) if p["state"] == "open"] if found else []
        documents, more = _phone_tree.phone_tree(session, found, pages)
        told |= documents
        lines = [*lines, *more]
    session.emit("who", told, lines)


def _instant(text: str | None, now: datetime) -> datetime:
    """Any instant, the future too. Raises BadValue."""
    from incident.errors import BadValue
    from incident.now import parse_iso

    try:
        return now if text is None else parse_iso(text)
    except ValueError as error:
        raise BadValue(f"--at: {error}.") from error


def _rotas(session: Session, now: datetime) -> Iterator[dict[str, Any]]:
    for name, duty in session.console().oncall.duties(now).items():
        yield {
            "rota": name,
            "now": duty.now,
            "until": duty.until,
            "next": duty.next,
            "next_at": duty.next_at,
            "problem": duty.problem or None,
            "unknown": duty.unknown,
        }


def _policies(session: Session, roster: Roster) -> Iterator[dict[str, Any]]:
    from incident.paging.resolve import find

    for name, policy in session.console().oncall.policies.items():
        steps = [
            {
                "to": rung.to,
                "people": [p.id for p in find(roster, rung.to).people or find(roster, rung.fallback).people],
                "when": rung.when,
                "wait": rung.wait,
            }
            for rung in policy.steps
        ]
        yield {"policy": name, "roles": policy.roles, "steps": steps}


def _roles(session: Session, roster: Roster, found: Incident | None) -> Iterator[dict[str, Any]]:
    """Every role that somebody is named for, or that the incident's playbook has."""
    from incident.paging.resolve import find
    from incident.run import acts, claiming

    console = session.console()
    names = {role for person in console.people.values() for role in person.roles}
    names |= {role for policy in console.oncall.policies.values() for role in policy.roles}
    asked = {}
    if found is not None:
        names |= set(acts.seen(console.office, found.id).playbook.roles)
        asked = dict(claiming.vacancies(console.store, found.id))
    for name in sorted(names):
        people = [person.id for person in find(roster, (name,)).people]
        yield {"role": name, "holder": roster.held.get(name), "people": people, "asked_again_at": asked.get(name)}


def _lines(session: Session, told: dict[str, Any]) -> list[Any]:
    lines = [
        *_rota_lines(session, told["rotas"]),
        *_policy_lines(session, told["policies"]),
        *_role_lines(session, told["roles"], in_incident=told["incident"] is not None),
    ]
    if not lines:
        lines.append("No rota, policy or role is named in incident.yaml: a call reaches everybody.")
    return lines


def _rota_lines(session: Session, rotas: list[dict[str, Any]]) -> Iterator[Any]:
    rows = [
        (
            one["rota"],
            ", ".join(one["now"]) or "NOBODY",
            session.when(one["until"]),
            ", ".join(one["next"]),
            session.when(one["next_at"]),
            one["problem"] or (f"strangers: {', '.join(one['unknown'])}" if one["unknown"] else ""),
        )
        for one in rotas
    ]
    if rows:
        yield session.table(("rota", "on duty", "until", "next", "from", "problem"), rows)


def _policy_lines(session: Session, policies: list[dict[str, Any]]) -> Iterator[Any]:
    rows = [
        (one["policy"], " -> ".join("+".join(step["people"]) or "NOBODY" for step in one["steps"])) for one in policies
    ]
    if rows:
        yield session.table(("policy", "who is called, step by step"), rows)


def _role_lines(session: Session, roles: list[dict[str, Any]], *, in_incident: bool) -> Iterator[Any]:
    columns: tuple[str, ...] = ("role", "a call reaches")
    rows: list[tuple[str, ...]] = [(one["role"], ", ".join(one["people"])) for one in roles]
    if in_incident:
        columns = (*columns, "held by", "asked again")
        rows = [
            (*row, one["holder"] or "nobody yet", session.when(one["asked_again_at"]))
            for row, one in zip(rows, roles, strict=True)
        ]
    if rows:
        yield session.table(columns, rows)
