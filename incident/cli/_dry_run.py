"""`declare --dry-run`: every check, what would happen first, every notice as it would read; nothing is sent or kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from incident.cli import _checks, _release, _staff_checks, _timeline
from incident.cli._finding import Finding, warning
from incident.cli._output import cell
from incident.errors import ChecksFailed, IncidentError

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.delivery.outbox import Confirm
    from incident.playbook.model import Playbook, Step
    from incident.respond import Trial
    from incident.run.foresee import Foreseen
    from incident.wiring import Console


def dry_run(session: Session, playbook: Playbook, yes: int | None, act: Callable[[Confirm], Trial]) -> None:
    """Prints what would happen, then raises what is wrong first, so that the exit code says it. The order: what keeps
    the declaration itself from being made, notices that would be held, then channels, roles, policies and gates."""
    trial = act(_release.counting(yes) if yes is not None else lambda _people, _preview: None)
    findings = [one for one in check(session.console(), playbook, trial) if one.level != "ok"]
    wrong: list[IncidentError] = [one.problem for one in trial.notices if one.problem is not None]
    wrong += [ChecksFailed(one.message) for one in findings if one.level == "problem"]
    session.emit("declare", _json(trial, findings, len(wrong)), list(_text(session, trial, findings, len(wrong))))
    if wrong:
        session.say(f"It would not go well: {wrong[0].message}")
        session.finish(wrong[0].exit)


def check(console: Console, playbook: Playbook, trial: Trial) -> Iterator[Finding]:
    """What `doctor` checks, of what this playbook uses: its channels, who may hold its roles and open its gates, whom
    its policies and rotas reach now. Nothing is fetched; channels are connected to, nothing is sent."""
    from incident.playbook.loader import warnings

    yield from (warning("playbook", str(late)) for late in warnings(playbook, console.clock().date()))
    used = {channel for one in trial.notices if one.preview for channel in one.preview["channels"]}
    yield from _checks.connected(console, sorted(used))
    yield from _checks.roles(playbook, console.people, {name: console.channel(name) for name in console.channels})
    if not _checks.practising(console.channels):  # two people who practise are few on purpose
        yield from _staff_checks.gates(playbook, console.people)
    yield from _reached(console, _called_out(playbook))


def _reached(console: Console, targets: set[str]) -> Iterator[Finding]:
    """The rotas and policies that are called by name, and the policies of the roles that are called."""
    from incident.paging import reading
    from incident.people.rota import Duty

    now = console.clock()
    roster = reading.roster(console.station, "", now)
    for name in sorted(target.removeprefix("rota/") for target in targets if target.startswith("rota/")):
        yield from _staff_checks.rota(name, roster.duties.get(name, Duty()), now)
    for policy in console.oncall.policies.values():
        if f"policy/{policy.name}" in targets or targets.intersection(policy.roles):
            yield from _staff_checks.steps(policy, roster)


def _called_out(playbook: Playbook) -> set[str]:
    """Everybody whom the playbook calls: its roles, whom it names for them, and the targets of its pages."""

    def pages(steps: Sequence[Step]) -> Iterator[str]:
        for step in steps:
            yield from step.fields["to"] if step.type == "page" else ()
            yield from pages(step.steps)

    named = {target for role in playbook.roles.values() for target in role.page}
    every = [playbook.steps, playbook.finally_, *playbook.handlers.values()]
    return {*playbook.roles, *named, *(target for steps in every for target in pages(steps))}


def _json(trial: Trial, findings: Sequence[Finding], problems: int) -> dict[str, Any]:
    from incident.respond import describe

    return {
        "incident": trial.incident.id,
        "state": trial.incident.state,
        "phase": trial.incident.phase,
        "severity": trial.incident.severity,
        "drill": trial.incident.drill,
        "run": trial.standing.state,
        "waiting_for": describe(trial.standing),
        "next_due": trial.standing.next_due,
        "dry_run": True,
        "problems": problems,
        "first": [
            {"kind": one.kind, "step": one.detail.get("step"), "reason": one.reason, "detail": one.detail}
            for one in trial.entries
        ],
        "would_say": [_notice(one) for one in trial.notices],
        "findings": [found.to_json() for found in findings],
    }


def _notice(one: Foreseen) -> dict[str, Any]:
    return {
        "step": one.step,
        "message": one.message,
        "audience": one.audience,
        "people": one.people,
        "preview": one.preview,
        "problem": one.problem.message if one.problem else None,
    }


def _text(session: Session, trial: Trial, findings: Sequence[Finding], problems: int) -> Iterator[Any]:
    yield "DRY RUN: nothing is sent and nothing is kept. What would happen first:"
    for entry in trial.entries:
        yield "  ".join(part for part in ("", entry.kind, cell(_timeline.told(session, entry))) if part or part == "")
    if trial.standing.waiting:
        yield _release.waiting_lines(session, trial.standing)
    rows = [(one.step, one.message, _people(one), one.audience, _channels(one)) for one in trial.notices]
    yield session.table(("notice", "message", "people", "audience", "channels"), rows)
    for one in trial.notices:
        if one.problem:
            yield f"problem  {one.step}: {cell(one.problem.message)}"
    for found in findings:
        yield f"{found.level}  {found.check}: {cell(found.message)}"
    yield f"{problems} of these would fail. Mend them, then try again." if problems else _FINE


_FINE = "Nothing of it would fail. For real: the same without --dry-run. To practise it: --drill"


def _people(one: Foreseen) -> str:
    if one.problem:
        return "HELD"
    return "later" if one.people is None else f"{one.people:,}"


def _channels(one: Foreseen) -> str:
    """`email en 3 + zh-Hans 5`, for each channel."""
    counted = one.preview["channels"] if one.preview else {}
    return ", ".join(
        f"{channel} {' + '.join(f'{locale} {people}' for locale, people in counts.items())}".strip()
        for channel, counts in counted.items()
    )
