"""From what somebody wrote (`to: [commander, policy/ic]`) to the policies that are followed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from incident.people.policy import Policy, Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a page is opened with besides its targets. `role_pages` are whom the playbook names for a role that nobody
    holds; `owners` is who is told when nobody is found, before those of incident.yaml. `policy` is followed instead of
    any other. `blind`: who may not see the incident is called, too; they read its id and the text, no more."""

    priority: str = "high"
    role_pages: Mapping[str, Sequence[str]] = field(default_factory=dict)
    owners: tuple[str, ...] = ()
    policy: Policy | None = None
    blind: bool = False


USUAL = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One page to be opened: for whom, as it was written, and by which policy."""

    target: str
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What targets are looked up in: the policies, who holds which role, whom the playbook names for each role."""

    policies: Mapping[str, Policy] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    role_pages: Mapping[str, Sequence[str]] = field(default_factory=dict)


def plans(targets: Iterable[str], known: Known, *, wait: timedelta, priority: str) -> list[Plan]:
    """The pages that targets ask for.

    1. `policy/NAME` is followed. 2. A role that a policy of this priority is for: its holder first, then the policy.
    3. A role that nobody holds and for which the playbook names others: those. 4. All others are called together,
    again after each `wait`, for ever.
    """
    found: list[Plan] = []
    together: list[str] = []
    for target in dict.fromkeys(_named(targets, known, priority)):
        policy = known.policies.get(target.removeprefix("policy/")) if target.startswith("policy/") else None
        of_role = _of_role(target, known, priority)
        if policy is not None:
            found.append(Plan(target=target, policy=policy))
        elif of_role is not None:
            first = (Rung(to=(target,), wait=wait),) if target in known.held else ()
            found.append(Plan(target=target, policy=replace(of_role, steps=(*first, *of_role.steps))))
        else:
            together.append(target)
    if together:
        policy = Policy(steps=(Rung(to=tuple(together), wait=wait),))
        found.insert(0, Plan(target=";".join(together), policy=policy))
    return found


def _named(targets: Iterable[str], known: Known, priority: str) -> Iterable[str]:
    for target in targets:
        others = known.role_pages.get(target, ())
        if others and target not in known.held and _of_role(target, known, priority) is None:
            yield from others
        else:
            yield target


def _of_role(target: str, known: Known, priority: str) -> Policy | None:
    fitting = (p for p in known.policies.values() if target in p.roles and priority in p.priorities)
    return next(fitting, None)


def to_data(policy: Policy) -> dict[str, Any]:
    """A policy as plain data: a page keeps the one it was opened with, whatever is edited later."""
    return {
        "name": policy.name,
        "repeat": policy.repeat,
        "ack_expires": _seconds(policy.ack_expires),
        "fallback": list(policy.fallback),
        "steps": [
            {
                "to": list(rung.to),
                "wait": rung.wait.total_seconds(),
                "repeat": rung.repeat,
                "all_must_ack": rung.all_must_ack,
                "when": rung.when,
                "fallback": list(rung.fallback),
                "priority": rung.priority,
            }
            for rung in policy.steps
        ],
    }


def from_data(data: Mapping[str, Any]) -> Policy:
    """What `to_data` has written."""
    expires = data["ack_expires"]
    return Policy(
        name=data["name"],
        repeat=data["repeat"],
        ack_expires=None if expires is None else timedelta(seconds=expires),
        fallback=tuple(data["fallback"]),
        steps=tuple(_rung(rung) for rung in data["steps"]),
    )


def _rung(data: Mapping[str, Any]) -> Rung:
    tuples = {"to": tuple(data["to"]), "fallback": tuple(data["fallback"]), "wait": timedelta(seconds=data["wait"])}
    return Rung(**{**data, **tuples})


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()
