"""Proving the record: the journal's chain, then what its rows say about kept files, playbooks and sent texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from incident import journal
from incident.errors import EvidenceBroken
from incident.lifecycle import kept
from incident.lifecycle.kept import Kept
from incident.review import sealed
from incident.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How much was proved. `rows` is the whole journal, `own` are those of the incident, if one was named."""

    rows: int
    own: int
    attachments: int
    texts: int
    playbooks: int


def prove(store: Store, workspace: Path, incident: str | None) -> Proof:
    """Proves the whole chain, then the files, texts and playbooks of one incident, or of all.

    1. Each row's hash covers its content and the hash before it, and none is missing. 2. Each kept file is there and
    is what it was. 3. What each notice said, and to how many, is what was hashed when it was released. 4. Each run's
    playbook is the one whose hash it began with.
    Raises JournalBroken with the first broken row, EvidenceBroken with everything else that is wrong.
    """
    rows = journal.verify(store)
    files = list(files_of(store, incident))
    names = [incident] if incident else sorted({entry.incident for entry in journal.read(store) if entry.incident})
    texts = [pair for name in names for pair in sealed.released(store, name)]
    runs = [run for name in names for run in store.queries("incident.review").runs_of(incident=name)]
    problems = [*kept.wrong(workspace, files)]
    for broadcast, entry in texts:
        found = sealed.digest(sealed.content(store, broadcast, entry))
        if found != entry.detail["hash"]:
            problems.append(
                f"The words of '{broadcast['step']}' of {entry.incident} are not those of journal row {entry.seq}."
            )
    for run in runs:
        if hashlib.sha256(run["snapshot"].encode("utf-8", "surrogatepass")).hexdigest() != run["hash"]:
            problems.append(f"The playbook of the run {run['id']} was changed after it began.")
    if problems:
        raise EvidenceBroken(
            "\n".join([*problems, "The journal's chain is whole; keep the workspace as it is."]), problems=problems
        )
    own = sum(1 for _ in journal.read(store, incident)) if incident else rows
    return Proof(rows=rows, own=own, attachments=len(files), texts=len(texts), playbooks=len(runs))


def files_of(store: Store, incident: str | None) -> Iterator[Kept]:
    """The files that the timeline names, each name and hash once."""
    found = dict.fromkeys(one for entry in journal.read(store, incident) for one in kept.told_in(entry.detail))
    yield from found
