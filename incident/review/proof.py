"""Proving the record: the journal's chain, then what its rows say about kept files, playbooks and sent texts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from incident import journal
from incident.errors import EvidenceBroken
from incident.journal import Entry
from incident.lifecycle import kept
from incident.lifecycle.kept import Kept
from incident.review import sealed, shown
from incident.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How much was proved. `rows` is the whole journal, `own` are those of the incident, if one was named."""

    rows: int
    own: int
    attachments: int
    texts: int
    playbooks: int


def prove(store: Store, workspace: Path, incident: str | None, seen: Callable[[str], bool] = lambda _: True) -> Proof:
    """Proves the whole chain, then the files, texts and playbooks of one incident, or of all.

    1. Each row's hash covers its content and the hash before it, and none is missing. 2. Each kept file is there and
    is what it was. 3. What each notice said, and to how many, is what was hashed when it was released; what was
    archived is proved by `outbox archive --verify`. 4. Each run's playbook is the one whose hash it began with. 5. The
    tables that are shown say what the timeline says (`shown`).
    Of an incident that is not `seen` (by its id) it is said that something is wrong in it, and not what.
    Raises JournalBroken with the first broken row, EvidenceBroken with everything else that is wrong.
    """
    rows = journal.verify(store)
    names, files = _told(store, incident)
    texts = [pair for name in names for pair in sealed.released(store, name) if not pair[0]["archived"]]
    runs = [(name, run) for name in names for run in store.queries("incident.review").runs_of(incident=name)]
    wrong = [(name, sentence) for name, one in files for sentence in kept.wrong(workspace, [one])]
    wrong += [(row["incident"], _changed(row, entry)) for row, entry in texts if not _is_whole(store, row, entry)]
    wrong += [(name, _begun_otherwise(run)) for name, run in runs if not _is_as_begun(run)]
    wrong += [(name, sentence) for name in names for sentence in shown.wrong(store, name)]
    if wrong:
        problems = list(dict.fromkeys(sentence if seen(name) else _hidden(name) for name, sentence in wrong))
        raise EvidenceBroken(
            "\n".join([*problems, "The journal's chain is whole; keep the workspace as it is."]), problems=problems
        )
    own = sum(1 for _ in journal.read(store, incident)) if incident else rows
    attachments = len({one for _, one in files})
    return Proof(rows=rows, own=own, attachments=attachments, texts=len(texts), playbooks=len(runs))


def _told(store: Store, incident: str | None) -> tuple[list[str], dict[tuple[str, Kept], None]]:
    """The incidents of the timeline, and each of their files once; in one reading, of which nothing else is kept."""
    names: set[str] = set() if incident is None else {incident}
    files: dict[tuple[str, Kept], None] = {}
    for entry in journal.read(store, incident):
        if entry.incident:
            names.add(entry.incident)
            files.update({(entry.incident, one): None for one in kept.told_in(entry.detail)})
    return sorted(names), files


def _is_whole(store: Store, broadcast: Row, entry: Entry) -> bool:
    return bool(sealed.digest(sealed.content(store, broadcast, entry)) == entry.detail["hash"])


def _changed(broadcast: Row, entry: Entry) -> str:
    return f"The words of '{broadcast['step']}' of {entry.incident} are not those of journal row {entry.seq}."


def _is_as_begun(run: Row) -> bool:
    return bool(hashlib.sha256(run["snapshot"].encode("utf-8", "surrogatepass")).hexdigest() == run["hash"])


def _begun_otherwise(run: Row) -> str:
    return f"The playbook of the run {run['id']} was changed after it began."


def _hidden(incident: str) -> str:
    return (
        f"Something of {incident}, which is restricted, was changed; who may see it learns what: "
        f"incident verify {incident}"
    )


def files_of(store: Store, incident: str | None) -> Iterator[Kept]:
    """The files that the timeline names, each name and hash once."""
    found = dict.fromkeys(one for entry in journal.read(store, incident) for one in kept.told_in(entry.detail))
    yield from found
