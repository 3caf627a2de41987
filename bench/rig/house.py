"""A workspace of our own program with an audience in its database; copied, so that each run begins alike."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.rig.texts import TEXTS, address, person
from incident import ident
from incident.delivery.model import Broadcast, Route
from incident.now import system_clock
from incident.store import Store
from tests.run import house

INCIDENT = "INC-2026-001"


def build(folder: Path, people: int) -> Path:
    """A workspace with so many imported recipients; the base of copies."""
    house.write(folder, channels={"email": {"kind": "file", "path": "out", "medium": "email"}})
    with closing(house.opened(folder, system_clock)) as console:
        house.import_rows(console, _people(people))
        console.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


def _people(count: int) -> Iterator[str]:
    yield "id,name,locale,email"
    for no in range(count):
        locale, fields = person(no)
        yield f"u{no},{fields['name']},{locale},{address(no)}"


def copy(base: Path, folder: Path, port: int, **options: Any) -> Path:
    """A copy of `base` whose mails go to `port`; `options` are keys of the channel."""
    url = f"mailto://127.0.0.1:{port}/?from=notice@wallet.example"
    delivery = {"unsubscribe_url": "https://wallet.example/u/{recipient}"}
    house.write(folder, channels={"email": {"kind": "mail", "url": url, **options}}, delivery=delivery)
    shutil.copyfile(base / "incident.db", folder / "incident.db")
    return folder


def broadcast(store: Store) -> Broadcast:
    """The texts to everybody in the database, by mail."""
    return Broadcast(
        id=ident.token(),
        kind="notice",
        incident=INCIDENT,
        step="first-notice",
        message="first-notice",
        audience="everyone",
        people=int(store.execute("SELECT count(*) AS n FROM recipient").fetchone()["n"]),
        hash="h",
        thread=INCIDENT,
        routes=(Route(channel="email", reach="each", column="email"),),
        renderings={("email", locale): rendered for locale, rendered in TEXTS.items()},
        locales={locale: locale for locale in TEXTS},
        default_locale="en",
        where="1 = 1",
    )
