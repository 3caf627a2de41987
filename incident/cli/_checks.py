"""What `doctor` looks at, each check a function that yields findings; those that decide take plain values.

A finding is ok, a warning (it works, but look at it by day) or a problem (it would fail in the night).
"""

from __future__ import annotations

import contextlib
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from incident.cli import _staff_checks
from incident.cli._finding import Finding, of_error, ok, problem, warning
from incident.errors import IncidentError, Mistake, Mistakes

if TYPE_CHECKING:
    from incident.audience import Recipient
    from incident.channel.port import Channel
    from incident.channel.spec import ChannelSpec
    from incident.people import Person
    from incident.playbook.model import Playbook
    from incident.wiring import Console

_LITTLE_SPACE, _NO_SPACE = 1_000_000_000, 100_000_000  # bytes
_CLOCK_SLACK = timedelta(minutes=2)


def private(folder: Path) -> Iterator[Finding]:
    """People's addresses lie in the database: others may not read it."""
    open_to_others = [
        file.name
        for file in sorted(folder.glob("*.db*"))
        if file.is_file() and not file.is_symlink() and stat.S_IMODE(file.stat().st_mode) & 0o077
    ]
    if stat.S_IMODE(folder.stat().st_mode) & 0o077 and open_to_others:
        yield warning(
            "workspace", f"Others on this machine can read {', '.join(open_to_others)}. Close it: chmod go= {folder}"
        )
    else:
        yield ok("workspace", f"The database in {folder} is closed to others.")


def space(free: int) -> Finding:
    """Free bytes where the database lies: a full disk stops everything."""
    text = f"{free / 1e9:.1f} GB free where the workspace lies."
    if free < _NO_SPACE:
        return problem("disk", f"{text} Free some now.")
    return warning("disk", f"{text} Free some soon.") if free < _LITTLE_SPACE else ok("disk", text)


def clock(now: datetime, last: datetime | None) -> Finding:
    """The machine's clock against the last thing written down: time must not have gone back."""
    if last is not None and last > now + _CLOCK_SLACK:
        return problem(
            "clock", f"The clock stands at {now:%F %T} UTC, before the last journal entry ({last:%F %T}). Set it."
        )
    return ok("clock", f"{now:%F %T} UTC.")


def second_person(people: Mapping[str, Person]) -> Finding:
    """Whoever writes a notice may not approve it: two people are needed. That they share a login is said, not judged:
    a console that all staff reach by one account has no other way, and the record shows who was meant."""
    logins = {login for person in people.values() for login in person.os_users}
    if len(people) < 2:
        return problem("people", "There is one person only; nobody can approve what this person writes. Add a second.")
    if len(logins) < 2:
        return ok("people", f"{len(people)} people share one login; better give each their own os_users.")
    return ok("people", f"{len(people)} people, {len(logins)} logins.")


def practising(channels: Mapping[str, ChannelSpec]) -> bool:
    """Whether nothing can leave this machine: every channel writes files or to the console."""
    return all(spec.kind in ("file", "console") for spec in channels.values())


def ways_to(person: Person, channels: Mapping[str, Channel]) -> list[str]:
    """The channels that reach this person: those in `contacts`, else all that the person has an address for."""
    return [
        name
        for name in person.contacts or channels
        if name in channels
        and channels[name].reach == "each"
        and (person.id if channels[name].address == "id" else person.address(channels[name].address))
    ]


def roles(playbook: Playbook, people: Mapping[str, Person], channels: Mapping[str, Channel]) -> Iterator[Finding]:
    """Every required role has somebody who may hold it and whom a channel reaches.

    Asked are the people of the role's `page` list (a role in it stands for those who may hold that one), else all
    who may hold the role.
    """
    for name, role in playbook.roles.items():
        if not role.required:
            continue
        asked = _asked(name, role.page, people)
        if not asked:
            yield problem("role", f"{playbook.id}: nobody may hold the role '{name}'. Add it to somebody's roles.")
        elif not any(ways_to(person, channels) for person in asked):
            names = ", ".join(person.id for person in asked)
            yield problem("role", f"{playbook.id}: no channel reaches anybody for '{name}' ({names}). Add an address.")


def _asked(role: str, page: Sequence[str], people: Mapping[str, Person]) -> list[Person]:
    named = [people[name] for name in page if name in people]
    hats = [name for name in page if name not in people and "/" not in name] or ([] if named else [role])
    return named + [person for person in people.values() if any(map(person.may_hold, hats))]


def channels(console: Console) -> Iterator[Finding]:
    """Each channel connects and authenticates as far as its protocol allows; nothing is sent."""
    if not console.channels:
        yield problem("channel", "No channel is configured; nobody can be told anything. Add one under channels:.")
        return
    yield from connected(console, tuple(console.channels))


def connected(console: Console, names: Sequence[str]) -> Iterator[Finding]:
    """The same of these channels."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=8) as pool:
        for findings in pool.map(lambda name: console.channel(name).check(), names):
            for found in findings:
                make = {"ok": ok, "warning": warning, "wrong": problem}[found.level]
                yield make("channel", found.message)


def playbooks(console: Console) -> Iterator[Finding]:
    """Every playbook is without mistakes, reviewed in time, and its roles reach somebody."""
    from incident.playbook.loader import load_file, warnings
    from incident.playbook.shelf import shelf

    vocabulary = console.vocabulary()
    open_channels = {name: console.channel(name) for name in console.channels}
    files = shelf(console.workspace).files()
    if not files:
        yield problem("playbook", "There is no playbook; nothing can be declared. Add one to playbooks/.")
    for name, file in files.items():
        try:
            playbook = load_file(file, vocabulary)
        except Mistakes as error:
            yield from of_error("playbook", error)
            continue
        found = list(roles(playbook, console.people, open_channels))
        if not practising(console.channels):  # two people who practise are few on purpose
            found += _staff_checks.gates(playbook, console.people)
        overdue = [warning("playbook", str(late)) for late in warnings(playbook, console.clock().date())]
        yield from (
            found or overdue or [ok("playbook", f"{name}: without mistakes, every required role reaches somebody.")]
        )


def drills(console: Console) -> Iterator[Finding]:
    """Each playbook was drilled not too long ago. Where nothing can leave this machine yet, nobody is blamed."""
    from incident.cli._drill import stale
    from incident.playbook.loader import load_file
    from incident.playbook.shelf import shelf

    if practising(console.channels):
        return
    good = []
    for file in shelf(console.workspace).files().values():
        with contextlib.suppress(Mistakes):  # the check of playbooks tells them
            good.append(load_file(file, console.vocabulary()))
    told = stale(console, good)
    yield warning("drill", told) if told else ok("drill", f"{len(good)} playbooks, each drilled not long ago.")


def clocks(console: Console) -> Iterator[Finding]:
    """Every rule of a regulatory clock can be read, names what exists, and was compared with its source in time."""
    from incident.duty import report, rules

    templates = report.templates(console.catalog)
    files = console.rules.files()
    wrong = [mistake for file in files.values() for mistake in rules.lint(file, files, templates)]
    yield from (problem("deadline", str(mistake)) for mistake in wrong)
    today = console.clock().date()
    old = [doubt for name, file in files.items() if name in console.rules for doubt in _old(console, name, file, today)]
    yield from (warning("deadline", str(doubt)) for doubt in old)
    if not wrong and not old:
        yield ok("deadline", f"{len(files)} rules, each checked within a year. Your counsel confirms them.")


def _old(console: Console, name: str, file: Path, today: date) -> list[Mistake]:
    from incident.duty import rules

    return rules.doubts(console.rules[name], file, today)


def messages(console: Console) -> Iterator[Finding]:
    """Every message has its words in each required language, fits its channels and keeps the rules."""
    from incident.message.lint import lint

    found = lint(console.catalog, console.organisation)
    yield from (problem("message", str(mistake)) for mistake in found)
    if not found:
        yield ok(
            "message", f"{len(console.catalog.names())} messages, each in {', '.join(console.organisation.locales)}."
        )


def audience(console: Console) -> Iterator[Finding]:
    """There is somebody to tell, each locale among them is spoken, and each stored address is one still.

    Addresses were checked when they were imported; an older program may have let through what this one would not.
    """
    from incident.audience import parse
    from incident.audience.store import count, find

    everyone = parse("everyone")
    told = count(console.store, everyone)
    if not told.people:
        text = "Nobody can be told yet. Import people with: incident audience import FILE"
        yield ok("audience", text) if practising(console.channels) else warning("audience", text)
        return
    bad = [person.id for person in find(console.store, everyone, most=told.people) if not _reachable(person)]
    if bad:
        yield problem(
            "audience", f"{len(bad)} have an address that is none, first {', '.join(bad[:5])}. Import them anew."
        )
    else:
        yield ok(
            "audience", f"{told.people:,} people; {told.email:,} by email, {told.phone:,} phone, {told.push:,} push."
        )


def _reachable(person: Recipient) -> bool:
    from incident.audience import address

    try:
        for kind in (address.email, address.phone, address.push):
            value = getattr(person, kind.__name__)
            if value:
                kind(value)
    except address.AddressError:
        return False
    return True


def store(console: Console) -> Iterator[Finding]:
    """The database is undamaged, has this program's version and takes a write; the journal's chain is whole."""
    from incident import journal
    from incident.store import versions

    present, newest = versions(console.store)
    if (damage := console.store.damage()) or console.store.read_only:
        told = f"The database is damaged: {damage}" if damage else "The database can be read, and not be written"
        yield problem("store", f"{told}. Put the last copy in its place, or mend the disk. Meanwhile: incident offline")
        return
    with console.store.transaction():  # takes the write lock, and gives it back unused
        pass
    entries = journal.verify(console.store)
    yield ok(
        "store", f"{console.store.dialect}, version {present} of {newest}, writable; journal whole ({entries} entries)."
    )


def machine(console: Console) -> Iterator[Finding]:
    """Private files, free space, a clock that has not gone back."""
    from incident import journal

    yield from private(console.workspace)
    yield space(shutil.disk_usage(console.workspace).free)
    yield clock(console.clock(), journal.last_recorded(console.store))


def staff(console: Console) -> Iterator[Finding]:
    """Two people at least; codes are closed to others."""
    yield second_person(console.people)
    yield from _staff_checks.codes(console.people, console.workspace)


def oncall(console: Console) -> Iterator[Finding]:
    """Rotas have somebody, policies reach somebody."""
    yield from _staff_checks.oncall(console)


CHECKS: tuple[tuple[str, Callable[[Console], Iterator[Finding]]], ...] = (
    ("machine", machine),
    ("store", store),
    ("people", staff),
    ("channel", channels),
    ("rota", oncall),
    ("playbook", playbooks),
    ("drill", drills),
    ("deadline", clocks),
    ("message", messages),
    ("audience", audience),
)
"""In the order in which they are told; what fails as a whole becomes one problem under its name."""


def examine(console: Console) -> Iterator[Finding]:
    """Every check's findings; none hides another's."""
    for name, check in CHECKS:
        try:
            yield from check(console)
        except IncidentError as error:
            yield from of_error(name, error)


def overdue(console: Console) -> Iterator[Finding]:
    """What ought to have gone on and has not, each a problem; of a restricted incident only that it is late."""
    from dataclasses import replace

    from incident import lifecycle
    from incident.run import audit

    found = audit.look(console.store, console.clock())
    for one in found:
        hidden = lifecycle.get(console.store, one.incident, 0).visibility == "restricted"
        shown = replace(one, name="(restricted)") if hidden else one
        yield problem("live", f"{shown}. incident show {one.incident}")
    if not found:
        yield ok("live", "Runs, pages, promises, clocks, gates, roles, sending: nothing is overdue.")
