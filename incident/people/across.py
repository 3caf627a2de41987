"""What only shows when several sections of incident.yaml are read together: channels, persons, roles and rotas that
other sections name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from incident import registry
from incident.people.person import Person
from incident.people.policy import read_policies
from incident.people.totp import is_secret
from incident.shape import Reader


def check(values: Mapping[str, Any], people: Mapping[str, Person], reader: Reader) -> None:
    """Adds each mistake at its place. `values` are the file's sections as read."""
    channels, rotas = values["channels"] or {}, values["rotas"] or {}
    for path, channel in _channels_named(people):
        if channel not in channels:
            what = f"There is no channel '{channel}'. {registry.nearest(channel, channels)}"
            reader.wrong_at(path, "unknown_channel", what)
    for path, name in _persons_named(values):
        if name and name not in people:
            reader.wrong_at(path, "unknown_person", f"There is no person '{name}'. {registry.nearest(name, people)}")
    for path, target in _targets_named(values):
        problem = _target(target, people, rotas)
        if target and problem:
            reader.wrong_at(path, "unknown_target", problem)
    for person in people.values():
        if person.totp is not None and person.totp.reveal() and not is_secret(person.totp.reveal()):
            what = "This is no secret of one-time codes; make one with: incident person totp enrol"
            reader.wrong_at(f"people.{person.id}.totp", "bad_secret", what)


def _channels_named(people: Mapping[str, Person]) -> Iterator[tuple[str, str]]:
    for person in people.values():
        at = f"people.{person.id}"
        yield from ((f"{at}.contacts[{index}]", name) for index, name in enumerate(person.contacts))
        for priority, names in person.notify.items():
            yield from ((f"{at}.notify.{priority}[{index}]", name) for index, name in enumerate(names))


def _persons_named(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, rota in (values["rotas"] or {}).items():
        at = f"rotas.{name}"
        if rota.turns is not None:
            yield from ((f"{at}.turns.people[{index}]", person) for index, person in enumerate(rota.turns.people))
        yield from ((f"{at}.shifts[{index}].person", shift.person) for index, shift in enumerate(rota.shifts))
        yield from ((f"{at}.names.{word}", person) for word, person in rota.names.items())


def _targets_named(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    fallback = (values["paging"] or {}).get("fallback") or ()
    yield from ((f"paging.fallback[{index}]", target) for index, target in enumerate(fallback))
    for policy in read_policies(values["policies"] or {}).values():
        at = f"policies.{policy.name}"
        yield from ((f"{at}.fallback[{index}]", target) for index, target in enumerate(policy.fallback))
        for number, step in enumerate(policy.steps):
            yield from ((f"{at}.steps[{number}].to[{index}]", target) for index, target in enumerate(step.to))
            yield from ((f"{at}.steps[{number}].fallback[{i}]", target) for i, target in enumerate(step.fallback))


def _target(target: str, people: Mapping[str, Person], rotas: Mapping[str, Any]) -> str:
    """What is wrong with a target. A role is a word that somebody may hold: playbooks say which there are."""
    if target.startswith("rota/"):
        name = target.removeprefix("rota/")
        return "" if name in rotas else f"There is no rota '{name}'. {registry.nearest(name, rotas)}"
    if target in people or any(person.may_hold(target) for person in people.values()):
        return ""
    roles = {role for person in people.values() for role in person.roles}
    near = registry.nearest(target, {*people, *roles})
    return f"'{target}' is no person, and nobody may hold a role of that name. {near}"
