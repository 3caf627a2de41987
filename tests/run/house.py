"""A real workspace for tests: written to disk, opened by the real wiring, on any database, its clock moved by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from incident import respond
from incident.audience.importing import import_file
from incident.delivery import sender
from incident.now import Clock
from incident.run import acts
from incident.run.acts import Standing
from incident.run.history import View
from incident.run.live import no_confirmation
from incident.store import migrate, open_store
from incident.wiring import Console, open_console
from tests.clock import START

ORGANISATION = {
    "name": "Example Wallet",
    "contact": "the app, under Me > Help",
    "hours": "24 hours a day",
    "legal_footer": "Example Wallet Ltd.",
    "status_page": "https://status.example.com",
    "domains": ["example.com"],
    "locales": ["en"],
    "time_zone": "Asia/Shanghai",
}
PEOPLE = {name: {"os_users": ["root"], "email": f"{name}@staff.example"} for name in ("li", "wang", "chen")}
FILES = {"email": {"kind": "file", "path": "out/email", "medium": "email"}}


def write(
    folder: Path,
    *,
    playbooks: Mapping[str, str] | None = None,
    channels: Mapping[str, object] = FILES,
    people: Mapping[str, object] | None = None,
    store: str = "",
    **sections: object,
) -> Path:
    """Writes incident.yaml (JSON is YAML) and the playbooks; `store` is the database's URL, '' for the default, whose
    file is made, as `incident init` makes it."""
    from incident.people import os_user

    mine = {name: {**told, "os_users": [os_user()]} for name, told in PEOPLE.items()}
    settings = {"organisation": ORGANISATION, "people": people or mine, "channels": channels, **sections}
    if store:
        settings["store"] = {"url": store}
    (folder / "playbooks").mkdir(parents=True, exist_ok=True)
    (folder / "incident.yaml").write_text(json.dumps(settings), encoding="utf-8")
    if not store:
        open_store(f"sqlite:///{folder.absolute() / 'incident.db'}", make=True).close()
    for name, text in (playbooks or {}).items():
        (folder / "playbooks" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def opened(folder: Path, clock: Clock, acting_as: str | None = None) -> Console:
    """The workspace, open, its database migrated."""
    console = open_console(folder, acting_as=acting_as, clock=clock)
    bare = console.bare_store(make=True)
    migrate(bare, START)
    return console


def import_people(console: Console, count: int, *, locale: str = "en", prefix: str = "u") -> None:
    """Imports `count` recipients u00001 … with an e-mail address each."""
    rows = (f"{prefix}{n:05d},Name {n},{locale},{prefix}{n:05d}@example.net" for n in range(1, count + 1))
    import_rows(console, ["id,name,locale,email", *rows])


def import_rows(console: Console, lines: Iterable[str]) -> None:
    """Imports CSV lines, the header first."""
    file = console.workspace / "people.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    import_file(
        console.store,
        file,
        default_locale=console.organisation.default_locale,
        channels=tuple(console.channels),
        actor=console.actor,
        now=console.clock(),
    )


def declared(console: Console, playbook: str, **params: str) -> Standing:
    """Declares an incident as the console's actor, with whatever count."""
    return respond.declare(console.office, console.actor, console.playbook(playbook), params, no_confirmation)


def send(console: Console) -> None:
    """Sends what is due, in this process."""
    import threading

    sender.drain(console.store, console.line, console.clock, stopping=threading.Event())


def view(console: Console, incident: str = "INC-2026-001") -> View:
    """The run as its history tells it."""
    return acts.seen(console.office, incident).view()
