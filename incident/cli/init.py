"""Make a workspace that works at once, offline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from incident.cli._frame import Session, session
from incident.cli._workspace import contents, person_id
from incident.errors import NoWorkspace

EXAMPLES = """
Examples:
  incident init ~/oncall
  incident init ~/oncall && cd ~/oncall && incident doctor
"""

_DATABASE = "incident.db"


@click.command(epilog=EXAMPLES)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@session
def command(session: Session, folder: Path) -> None:
    """Make a workspace in DIR: incident.yaml with every key explained, folders for your own playbooks and templates,
    a sample audience and its database. Its channels write files, so that it works offline. DIR must be empty or not
    there yet.
    """
    from incident.people import os_user

    folder = folder.expanduser().absolute()
    user = os_user()
    files = contents(folder, user)
    _make(folder, files)
    _make_database(folder)
    steps = next_steps(folder)
    session.emit(
        "init",
        {"workspace": folder, "files": sorted([*files, _DATABASE]), "person": person_id(user), "next": steps},
        f"{folder} is ready. You are '{person_id(user)}' in it. Next:\n\n" + "\n".join(f"  {step}" for step in steps),
    )


def next_steps(folder: Path) -> list[str]:
    """The commands to type now, each complete."""
    import shlex

    return [
        f"cd {shlex.quote(str(folder))}",
        "incident doctor",
        "incident audience import audience/sample.csv",
        "incident playbook list",
        "incident declare datacenter-loss --param dc=sh1",
    ]


def _make_database(folder: Path) -> None:
    """Once, here: no later command makes one where it finds none. Raises StoreMissing."""
    from incident.now import system_clock
    from incident.store import open_store, require_current

    store = open_store(f"sqlite:///{folder / _DATABASE}", make=True)
    try:
        require_current(store, system_clock())
    finally:
        store.close()


def _make(folder: Path, files: Mapping[str, str]) -> None:
    """Writes everything, for this user's eyes only. Raises NoWorkspace when DIR holds anything or cannot be made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise NoWorkspace(f"{folder} is not empty; nothing was written. Name a new folder, or empty this one.")
        folder.chmod(0o700)
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(mode=0o700, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise NoWorkspace(f"{folder} cannot become a workspace: {error.strerror}.") from error
