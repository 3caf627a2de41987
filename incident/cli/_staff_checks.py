"""What `doctor` looks at so that a call reaches somebody: rotas, policies, gates that enough people can open, codes."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from incident.cli._finding import Finding, ok, problem, warning

if TYPE_CHECKING:
    from incident.paging.resolve import Roster
    from incident.people import Person
    from incident.people.policy import Policy
    from incident.people.rota import Duty
    from incident.playbook.model import Approval, Playbook
    from incident.wiring import Console

SOON = timedelta(days=7)
"""How far ahead a rota must have somebody."""


def oncall(console: Console) -> Iterator[Finding]:
    """Every calendar can be fetched and read; every rota has somebody now and soon; every policy reaches somebody."""
    from incident.paging import reading

    now = console.clock()
    for sentence in console.oncall.refresh(console.oncall.due(now), now):
        yield warning("rota", sentence)
    for name, duty in console.oncall.duties(now).items():
        yield from rota(name, duty, now)
    roster = reading.roster(console.station, "", now)
    for policy in console.oncall.policies.values():
        yield from steps(policy, roster)


def rota(name: str, duty: Duty, now: datetime) -> Iterator[Finding]:
    """1. Nobody now is a problem. 2. A calendar that is old or names strangers, and a gap soon, are warnings."""
    if not duty.now:
        because = f" ({duty.problem})" if duty.problem else ""
        yield problem("rota", f"{name}: nobody is on duty now{because}. Calls go to the policy's fallback.")
    elif duty.problem:
        yield warning("rota", f"{name}: {duty.problem}.")
    if duty.unknown:
        known = "Write whom they mean under `names`."
        yield warning("rota", f"{name}: the calendar names {', '.join(duty.unknown)}, who are nobody here. {known}")
    if duty.now and duty.until is not None and duty.until < now + SOON and duty.next_at != duty.until:
        yield warning("rota", f"{name}: nobody is on duty from {duty.until:%Y-%m-%d %H:%M} UTC on.")
    if duty.now and not duty.problem and not duty.unknown:
        yield ok("rota", f"{name}: {', '.join(duty.now)} on duty.")


def steps(policy: Policy, roster: Roster) -> Iterator[Finding]:
    """Each step of a policy is somebody whom a channel reaches, at this moment."""
    from incident.paging.resolve import find

    silent = []
    for number, rung in enumerate(policy.steps, 1):
        people = find(roster, (*rung.to, *rung.fallback)).people
        if not any(roster.ways(person, rung.priority or "high") for person in people):
            silent.append(str(number))
    if len(silent) == len(policy.steps):
        yield problem("policy", f"{policy.name}: no step reaches anybody now. Add addresses, or other people.")
    elif silent:
        yield warning("policy", f"{policy.name}: step {' and '.join(silent)} reaches nobody now; it is passed over.")
    else:
        yield ok("policy", f"{policy.name}: every step reaches somebody.")


def codes(people: Mapping[str, Person], folder: Path) -> Iterator[Finding]:
    """The secrets of one-time codes are closed to others, and can be read here."""
    for person in people.values():
        if person.totp is not None and person.totp.missing:
            yield warning(
                "code", f"One-time codes of {person.id} cannot be checked by this login: {person.totp.missing}."
            )
            continue
        reference = person.totp.reference if person.totp is not None else ""
        file = folder / Path(reference.removeprefix("file:")).expanduser()
        if reference.startswith("file:") and file.is_file() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            yield warning("code", f"Others can read the one-time codes of {person.id}. Close it: chmod 600 {file}")


def gates(playbook: Playbook, people: Mapping[str, Person]) -> Iterator[Finding]:
    """Each gate can be opened: as many people as its quorum may; and one more, where the author may not."""
    for where, approval in _gates(playbook):
        able = [person for person in people.values() if _may(person, approval.by)]
        names = ", ".join(person.id for person in able) or "nobody"
        needs = f"{playbook.id}: '{where}' needs {approval.quorum} of {' or '.join(approval.by)}, and"
        if len(able) < approval.quorum:
            yield problem("gate", f"{needs} only {names} may answer. Give more people the role.")
        elif approval.not_author and len(able) == approval.quorum:
            yield warning("gate", f"{needs} only {names} may answer; whoever of them declares it may not approve it.")


def _may(person: Person, roles: Sequence[str]) -> bool:
    return not roles or any(person.may_hold(role) for role in roles)


def _gates(playbook: Playbook) -> Iterator[tuple[str, Approval]]:
    from incident.playbook.model import Approval

    for step in playbook.steps:
        if step.type == "approve":
            fields = step.fields
            yield step.id, Approval(by=fields["by"], quorum=fields["quorum"], not_author=fields["not_author"])
        elif step.fields.get("approval") is not None:
            yield step.id, step.fields["approval"]
    if playbook.guard.approval is not None:
        yield "guard", playbook.guard.approval
