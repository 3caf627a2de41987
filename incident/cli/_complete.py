"""What the shell offers for an argument, by what its help calls it: INCIDENT, PLAYBOOK, MESSAGE, CHANNEL, PERSON.

Completion never fails: where nothing can be read (no workspace, a mistake in it) nothing is offered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from incident.cli._options import chosen

if TYPE_CHECKING:
    from incident.wiring import Console


def _incidents(console: Console) -> Iterable[tuple[str, str]]:
    from incident import lifecycle
    from incident.shape import choose

    locales = ("", *console.organisation.locales)
    found = lifecycle.listed(console.store, everything=False)
    return [(one.id, "" if one.visibility == "restricted" else choose(one.title, locales)) for one in found]


def _playbooks(console: Console) -> Iterable[tuple[str, str]]:
    from incident.playbook.shelf import shelf

    return [(name, "") for name in shelf(console.workspace).files()]


def _messages(console: Console) -> Iterable[tuple[str, str]]:
    return [(name, "") for name in console.catalog.names()]


def _channels(console: Console) -> Iterable[tuple[str, str]]:
    return [(name, spec.kind) for name, spec in console.channels.items()]


def _people(console: Console) -> Iterable[tuple[str, str]]:
    return [(person.id, person.name) for person in console.people.values()]


SOURCES: Mapping[str, Callable[[Console], Iterable[tuple[str, str]]]] = {
    "incident": _incidents,
    "playbook": _playbooks,
    "message": _messages,
    "channel": _channels,
    "person": _people,
}
"""What a parameter is called -> what it may be, each with a word of help."""


def offer(context: click.Context, called: str, incomplete: str) -> list[CompletionItem]:
    """What a parameter called `called` may become, given its beginning; upper and lower case are the same."""
    from incident.errors import IncidentError
    from incident.settings import find_workspace
    from incident.wiring import open_console

    if called not in SOURCES:
        return []
    try:
        folder = find_workspace(chosen(context, "workspace"), os.environ, Path.cwd())
        console = open_console(folder)
    except (IncidentError, OSError):
        return []
    try:
        found = SOURCES[called](console)
        return [CompletionItem(name, help=help) for name, help in found if name.lower().startswith(incomplete.lower())]
    except IncidentError:
        return []
    finally:
        console.close()
