"""Recipients, segments and audience files that the audience tests share."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from incident.audience.importing import Imported, import_file
from incident.audience.recipient import COLUMNS, Recipient, stored
from incident.errors import RowsRejected
from incident.journal import Actor
from incident.store import Store
from tests.clock import START

LI = Actor(person="li", os_user="root")
CHANNELS = ("email", "push", "social")
HEADER = ",".join(COLUMNS[:-1])
"""All but `drill`, which few files have."""


def insert(store: Store, recipients: Collection[Recipient]) -> None:
    """Puts recipients into the store as they are, unchecked."""
    names = (*COLUMNS, "updated_at")
    sql = f"INSERT INTO recipient ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
    with store.transaction():
        for recipient in recipients:
            plain = {name: getattr(recipient, name) for name in COLUMNS} | {"drill": int(recipient.drill)}
            values = {name: stored(value) if isinstance(value, tuple) else value for name, value in plain.items()}
            store.execute(sql, {**values, "updated_at": 0})


def load(store: Store, folder: Path, content: str | bytes, name: str = "people.csv") -> Imported:
    """Writes a file and imports it."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_file(store, file, default_locale="zh-Hans", channels=CHANNELS, actor=LI, now=START)


def mistakes(store: Store, folder: Path, content: str | bytes, name: str = "people.csv") -> list[tuple[int, int, str]]:
    """(line, column, code) of each mistake of a file that must be rejected."""
    return [(m.line, m.column, m.code) for m in rejection(store, folder, content, name).mistakes]


def rejection(store: Store, folder: Path, content: str | bytes, name: str = "people.csv") -> RowsRejected:
    try:
        result = load(store, folder, content, name)
    except RowsRejected as rejected:
        return rejected
    raise AssertionError(f"accepted: {result}")
