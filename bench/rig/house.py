"""A workspace of our own program with an audience in its database; copied, so that each run begins alike."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.rig.texts import TEXTS, address, person
from incident import ident
from incident.audience.importing import import_file
from incident.delivery.model import Broadcast, Route
from incident.people import os_user
from incident.store import Store, migrate
from incident.wiring import Console, open_console

INCIDENT = "INC-2026-001"


def build(folder: Path, people: int, *, filled: int = 0) -> Path:
    """A workspace with so many imported recipients, or `filled` with them at once; the base of copies."""
    settings(folder, {"email": {"kind": "file", "path": "out", "medium": "email"}})
    with closing(open_console(folder)) as console:
        migrate(console.bare_store(make=True), console.clock())
        if people:
            _import(console, people)
        fill(console.store, filled)
        console.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


def _import(console: Console, people: int) -> None:
    file = console.workspace / "people.csv"
    with file.open("w", encoding="utf-8") as rows:
        rows.write("id,name,locale,email\n")
        for no in range(people):
            locale, fields = person(no)
            rows.write(f"u{no},{fields['name']},{locale},{address(no)}\n")
    channels, now = tuple(console.channels), console.clock()
    import_file(console.store, file, default_locale="en", channels=channels, actor=console.actor, now=now)


def fill(store: Store, people: int) -> None:
    """The same people without the import, which reads and checks each row and takes half a minute for a million."""
    store.execute(
        """
        INSERT INTO recipient (id, name, locale, email, updated_at)
        WITH RECURSIVE everybody (no) AS (
            SELECT 0 WHERE :people > 0 UNION ALL SELECT no + 1 FROM everybody WHERE no + 1 < :people
        )
        SELECT 'u' || no, CASE WHEN no % 2 = 1 THEN '李小龙' || no ELSE 'Li Xiaolong ' || no END,
               CASE WHEN no % 2 = 1 THEN 'zh-Hans' ELSE 'en' END, 'li' || no || '@example.com', 0
        FROM everybody
        """,
        {"people": people},
    )


def settings(folder: Path, channels: Mapping[str, object]) -> None:
    """Writes incident.yaml (JSON is YAML)."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "organisation": {"name": "Example Wallet", "contact": "the app", "locales": list(TEXTS)},
        "people": {"li": {"os_users": [os_user()], "email": "li@wallet.example"}},
        "delivery": {"unsubscribe_url": "https://wallet.example/u/{recipient}"},
        "channels": channels,
    }
    (folder / "incident.yaml").write_text(json.dumps(document), encoding="utf-8")


def copy(base: Path, folder: Path, port: int, **options: Any) -> Path:
    """A copy of `base` whose mails go to `port`; `options` are keys of the channel."""
    url = f"mailto://127.0.0.1:{port}/?from=notice@wallet.example"
    settings(folder, {"email": {"kind": "mail", "url": url, **options}})
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
