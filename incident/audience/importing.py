"""Importing an audience file: the whole of it is read and checked first, then it is in the store, whole, or not at all.

The rows wait in a temporary table, which locks nothing: other processes go on sending while a file is checked. Memory
stays flat however long the file is.

A column that the file does not have keeps its present value: a file of ids and locales, imported to mend locales, must
not take away everybody's addresses, and above all not their opt-outs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from incident.audience.check import Rules, check
from incident.audience.rows import BadFile, Problem, read
from incident.errors import Mistake, RowsRejected
from incident.journal import Actor, Entry, append, hold
from incident.now import ms
from incident.store import Store

MOST_MISTAKES = 1_000
"""As many are listed; all are counted."""

_BATCH = 1_000
_PRINTED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many recipients are new, and how many were there before (also those that did not change)."""

    imported: int
    updated: int


class _Findings:
    """What was wrong so far: a bounded list, and the number of rows that cannot be taken."""

    def __init__(self, file: Path) -> None:
        self._file = str(file)
        self.mistakes: list[Mistake] = []
        self.count = 0
        self.rejected = 0

    def add(self, line: int, problems: Collection[Problem], rows: int = 1) -> None:
        self.rejected += rows
        self.count += len(problems)
        room = MOST_MISTAKES - len(self.mistakes)
        self.mistakes += [Mistake(self._file, line, p.column, p.code, p.message) for p in islice(problems, room)]

    def complain(self) -> None:
        """Raises RowsRejected when anything was wrong."""
        if not self.count:
            return
        found = sorted(self.mistakes)
        first = [
            f"Nothing was imported: {_number(self.count, 'mistake')}, {_number(self.rejected, 'row')} rejected. "
            "Mend the file, then import it again."
        ]
        more = [f"… and {self.count - _PRINTED} more"] if self.count > _PRINTED else []
        raise RowsRejected(
            "\n".join([*first, *map(str, found[:_PRINTED]), *more]),
            found,
            imported=0,
            updated=0,
            rejected=self.rejected,
            mistakes_count=self.count,
        )


def import_file(
    store: Store, path: Path, *, default_locale: str, channels: Collection[str], actor: Actor, now: datetime
) -> Imported:
    """Imports a CSV or JSONL file and journals it. Raises RowsRejected with every bad row; then nothing has changed.

    `channels` are the names that the file's columns `channels` and `opt_out` may use.
    """
    findings = _Findings(path)
    with _staging(store):
        _stage(store, path, Rules(channels=frozenset(channels), default_locale=default_locale), findings)
        _find_duplicates(store, findings)
        findings.complain()
        return _apply(store, path, actor, now)


@contextmanager
def _staging(store: Store) -> Iterator[None]:
    """A temporary table; a file on disk (unnamed, private) where it is large."""
    queries = store.queries("incident.audience")
    queries.create_staged()
    try:
        yield
    finally:
        queries.drop_staged()


def _stage(store: Store, path: Path, rules: Rules, findings: _Findings) -> None:
    """Checks every row; good and bad ones are staged by id, so that duplicates among them are found too."""
    rows = 0
    batch: list[dict[str, Any]] = []
    try:
        for row in read(path):
            rows += 1
            checked = check(row, rules)
            if checked.problems:
                findings.add(row.line, checked.problems)
            if "id" in checked.values:
                batch.append({"line": row.line, "bad": int(bool(checked.problems)), **checked.values})
            if len(batch) >= _BATCH:
                _flush(store, batch)
        _flush(store, batch)
    except BadFile as bad:
        findings.add(bad.line, bad.problems, rows=bad.rows)
        return
    if not rows:
        findings.add(1, [Problem(1, "no_rows", "There is a header, but no row below it.")], rows=0)


def _flush(store: Store, batch: list[dict[str, Any]]) -> None:
    if batch:
        store.queries("incident.audience").stage(rows=json.dumps(batch, ensure_ascii=False))
        batch.clear()


def _find_duplicates(store: Store, findings: _Findings) -> None:
    queries = store.queries("incident.audience")
    count = queries.count_duplicates()
    if not count["all_"]:
        return
    for row in queries.duplicates(most=MOST_MISTAKES):
        message = f"The id {row['id']} stands in line {row['first']} already. Keep one of them."
        findings.add(row["line"], [Problem(1, "duplicate_id", message)], rows=0)
    findings.count += int(count["all_"]) - min(int(count["all_"]), MOST_MISTAKES)
    findings.rejected += int(count["good"])


def _apply(store: Store, path: Path, actor: Actor, now: datetime) -> Imported:
    queries = store.queries("incident.audience")
    with store.transaction():
        hold(store)
        updated = queries.update_recipients(now=ms(now))
        imported = queries.insert_recipients(now=ms(now))
        append(
            store,
            Entry(
                kind="audience.imported",
                happened_at=now,
                recorded_at=now,
                actor=actor.person,
                os_user=actor.os_user,
                detail={"file": path.name, "imported": imported, "updated": updated, **actor.marks},
            ),
        )
    return Imported(imported=imported, updated=updated)


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' * (count != 1)}"
