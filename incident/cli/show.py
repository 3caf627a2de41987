"""Show how an incident stands and what to type next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session
from incident.now import maybe_at

if TYPE_CHECKING:
    from incident.delivery.care import Waiting
    from incident.delivery.reconcile import BroadcastSum
    from incident.lifecycle import Incident
    from incident.receipt.tally import Tally
    from incident.store import Row

EXAMPLES = """
Examples:
  incident show INC-2026-007
  incident show latest
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@session
def command(session: Session, incident: str) -> None:
    """Show an incident: its state, who holds what, the next promised word, what it waits for, what was sent."""
    from incident import lifecycle, paging
    from incident.cli._life import life
    from incident.cli._outbox import waiting_words, waits_of
    from incident.cli._phone_tree import when_unreached
    from incident.cli._promises import owed_lines, promise_json
    from incident.cli._release import standing_json, waiting_lines
    from incident.cli._values import the_incident
    from incident.cli.clock._shown import table, to_json
    from incident.delivery.reconcile import reconcile
    from incident.delivery.source import told_somebody
    from incident.duty import clocks, promises
    from incident.receipt.tally import tally
    from incident.run import acts, claiming

    console = session.console()
    found = the_incident(session, incident)
    standing = acts.look(console.office, found.id)
    roles = lifecycle.holders(console.store, found.id)
    tasks = lifecycle.tasks(console.store, found.id)
    sums = [one for one in reconcile(console.store, found.id) if one.is_notice]
    waits = waits_of(session, [one.broadcast for one in sums])
    receipts = {one.broadcast["step"]: tally(console.store, one.broadcast["no"]) for one in sums}
    pages = paging.listed(console.store, found.id)
    gates = list(console.store.queries("incident.run").gates_of(incident=found.id))
    unclaimed = claiming.vacancies(console.store, found.id) if found.state == "open" else []
    tree, tree_lines = when_unreached(session, found)
    deadlines, promised, now = (
        clocks.of_incident(console.store, found.id),
        promises.listed(console.store, found.id),
        console.clock(),
    )
    lived, lived_lines = life(session, found)
    still = [(s.broadcast["step"], waits[s.broadcast["no"]]) for s in sums if s.broadcast["state"] == "sending"]
    told: dict[str, Any] = {
        **standing_json(session, standing),
        "title": dict(found.title),
        "playbook": found.playbook,
        "params": dict(found.params),
        "contact": dict(found.contact),
        "declared_by": found.declared_by,
        "declared_at": found.declared_at,
        "began_at": found.began_at,
        "ended_at": found.ended_at,
        "next_update": found.promised_at,
        "promises": [promise_json(one) for one in promised],
        "clocks": [to_json(one, now) for one in deadlines],
        "roles": roles,
        "tasks": [{"id": t.id, "title": t.title, "role": t.role, "state": t.state, "due": t.due} for t in tasks],
        "broadcasts": [_sum_json(s, receipts[s.broadcast["step"]], waits[s.broadcast["no"]]) for s in sums],
        "pages": [{"to": p["target"], "state": p["state"], "by": p["acknowledged_by"]} for p in pages],
        "gates": [_gate_json(gate) for gate in gates],
        "break_glass": any(gate["break_glass"] for gate in gates),
        "unclaimed": [{"role": role, "asked_again_at": due} for role, due in unclaimed],
        **tree,
        **lived,
    }
    lines: list[Any] = [*_head(session, found, told_somebody(console.store, found.id)), *owed_lines(session, promised)]
    lines += lived_lines
    lines.append(f"Roles: {_roles(roles)}")
    lines += [f"Nobody is {role} yet: incident role claim {found.id} {role}" for role, _ in unclaimed]
    lines += [_broken(session, gate) for gate in gates if gate["break_glass"]]
    if deadlines:
        lines.append(table(session, deadlines, now))
    if standing.waiting:
        lines.append(waiting_lines(session, standing))
    told_above = {wait.step for wait in standing.waiting}
    left = [(t.id, t.title, t.role, session.when(t.due)) for t in tasks if t.state == "open" and t.id not in told_above]
    if left:
        lines.append(session.table(("task", "what", "role", "due"), left, title="Other open tasks"))
    if sums:
        lines.append(session.table(_COLUMNS, [_sum_row(s) for s in sums], title="Sent to customers"))
        lines += [f"{step} waits: {waiting_words(session, wait)}" for step, wait in still if wait is not None]
    lines += [f"Came back of {step}: {counts}" for step, counts in receipts.items() if str(counts)]
    session.emit("show", told, [*lines, *tree_lines])


_COLUMNS = ("broadcast", "state", "rows", "accepted", "refused", "not sent", "pending", "unknown")


def _head(session: Session, incident: Incident, told: bool) -> list[str]:
    from incident.cli._countdown import countdown
    from incident.shape import choose

    console = session.console()
    title = choose(incident.title, ("", *console.organisation.locales))
    lines = [
        f"{incident.id}  {title}",
        f"{'EXERCISE, ' * incident.drill}{incident.severity}, {incident.state}, "
        f"the public was told: {incident.phase if told else 'nothing yet'}. "
        f"Declared {session.when(incident.declared_at)} by {incident.declared_by}.",
    ]
    if incident.promised_at is not None:
        left = countdown(incident.promised_at, console.clock())
        lines.append(
            f"Next word promised for {session.when(incident.promised_at)}, {left}: incident update {incident.id}"
        )
    return lines


def _roles(roles: dict[str, str]) -> str:
    return ", ".join(f"{role} is {person}" for role, person in roles.items()) or "nobody holds one yet"


def _gate_json(gate: Row) -> dict[str, Any]:
    return {
        "step": gate["step"],
        "state": gate["state"],
        "roles": json.loads(gate["roles"]),
        "author": gate["author"],
        "by": gate["answered_by"],
        "at": maybe_at(gate["answered_at"]),
        "reason": gate["reason"],
        "break_glass": bool(gate["break_glass"]),
    }


def _broken(session: Session, gate: Row) -> str:
    when = session.when(maybe_at(gate["answered_at"]))
    return f"BREAK-GLASS: {gate['answered_by']} opened {gate['step']} alone, {when}: {gate['reason']}"


def _sum_json(found: BroadcastSum, receipts: Tally, wait: Waiting | None) -> dict[str, Any]:
    from incident.cli._outbox import waiting_json

    head = {key: found.broadcast[key] for key in ("id", "step", "message", "state", "people")}
    return {**head, **waiting_json(wait), **found.total.to_json(), "receipts": receipts.to_json()}


def _sum_row(found: BroadcastSum) -> tuple[object, ...]:
    counts = found.total.counts
    not_sent = counts["suppressed"] + counts["deduplicated"] + counts["expired"]
    return (
        found.broadcast["step"],
        found.broadcast["state"],
        found.total.audience,
        counts["accepted"],
        counts["refused"],
        not_sent,
        counts["pending"],
        counts["unknown"],
    )
