"""One archive of an incident that proves itself: what was known, decided, said, and to how many.

The same incident gives the same bytes: nothing in it tells when or by whom it was made; the journal does.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import incident as program
from incident import journal, lifecycle, paging
from incident.delivery.reconcile import BroadcastSum, reconcile
from incident.duty import clocks, promises
from incident.duty.clocks import LegalClock
from incident.lifecycle import Incident, kept
from incident.now import iso, maybe_at
from incident.review import archive, sealed
from incident.review.proof import files_of
from incident.store import Row, Store

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The archive that was written. `last_row` and `last_hash` are those of its timeline."""

    file: Path
    sha256: str
    bytes: int
    files: int
    last_row: int
    last_hash: str


def export(store: Store, workspace: Path, incident: Incident, target: Path, *, addresses: bool) -> Exported:
    """Writes the archive to `target`. People's addresses are in it only with `addresses`.

    Raises BadValue when it cannot be written there.
    """
    archive.check_target(target)
    with tempfile.TemporaryDirectory(prefix="incident-evidence-") as room:
        folder = Path(room) / f"{incident.id}-evidence"
        folder.mkdir()
        with store.transaction():  # one moment for all of it
            last = _gather(store, workspace, incident, folder, addresses=addresses)
        names = _manifest(folder, incident, last)
        archive.pack(folder, target)
    return Exported(
        file=target,
        sha256=kept.sha256_of(target) or "",
        bytes=target.stat().st_size,
        files=len(names) + 1,
        last_row=last["seq"],
        last_hash=last["hash"],
    )


def _gather(store: Store, workspace: Path, incident: Incident, folder: Path, *, addresses: bool) -> dict[str, Any]:
    sums = reconcile(store, incident.id)
    broadcasts = list(store.queries("incident.review").broadcasts_of(incident=incident.id))
    kin = {
        "merged": lifecycle.merged_into(store, incident.id),
        "children": [one.id for one in lifecycle.children(store, incident.id)],
    }
    _write(folder / "incident.json", {**asdict(incident), **kin})
    last = _timeline(folder / "timeline.jsonl", journal.read(store, incident.id))
    for broadcast, entry in sealed.released(store, incident.id):
        _write(folder / "texts" / f"{broadcast['step']}.json", sealed.content(store, broadcast, entry))
    _write(folder / "audiences.json", {"audiences": [_audience(store, row) for row in broadcasts]})
    _write(folder / "approvals.json", {"approvals": approvals(store, incident.id)})
    _write(folder / "duties.json", _duties(store, incident.id))
    _write(folder / "ledger.json", {"broadcasts": [_ledger(store, one) for one in sums]})
    _write(folder / "pages.json", {"pages": pages(store, incident.id)})
    _write(folder / "actions.json", _actions(store, incident.id))
    for run in store.queries("incident.review").runs_of(incident=incident.id):
        _text(folder / "playbooks" / f"{run['id']}-{run['playbook']}.yaml", run["snapshot"])
    for file in files_of(store, incident.id):
        _copy(kept.place(workspace, file.sha256), folder / "attachments" / file.sha256)
    if addresses:
        for row in broadcasts:
            _lines(folder / "recipients" / f"{row['step']}.jsonl", _recipients(store, row["no"]))
    for name, source in (("README.md", "evidence.md"), ("verify.py", "verify_evidence.py")):
        _text(folder / name, resources.files("incident").joinpath("data", source).read_text(encoding="utf-8"))
    return last


def _timeline(file: Path, entries: Iterable[journal.Entry]) -> dict[str, Any]:
    """Writes the rows; returns the last one's number and hash."""
    rows = [{**entry.to_json(), "previous": entry.previous, "hash": entry.hash} for entry in entries]
    _lines(file, rows)
    return {"seq": rows[-1]["seq"], "hash": rows[-1]["hash"]} if rows else {"seq": 0, "hash": ""}


def _audience(store: Store, broadcast: Row) -> dict[str, Any]:
    found = store.queries("incident.review").recipients_of(broadcast=broadcast["no"])
    ids = None if broadcast["archived"] else hashlib.sha256((found["ids"] or "").encode()).hexdigest()
    return {
        "step": broadcast["step"],
        "audience": broadcast["audience"],
        "people": broadcast["people"],
        "recipients": found["rows_"],
        "sha256": ids,
        "archived": broadcast["archived"],
        "frozen_at": maybe_at(broadcast["frozen_at"]),
        "finished_at": maybe_at(broadcast["finished_at"]),
    }


def approvals(store: Store, incident: str) -> list[dict[str, Any]]:
    """Each gate with everybody's answer, the oldest first."""
    queries = store.queries("incident.review")
    answers = [{**row, "data": json.loads(row["data"])} for row in queries.answers_of(incident=incident)]
    return [
        {
            "step": gate["step"],
            "state": gate["state"],
            "hash": gate["hash"],
            "author": gate["author"],
            "roles": json.loads(gate["roles"]),
            "opened_at": maybe_at(gate["opened_at"]),
            "expires_at": maybe_at(gate["expires_at"]),
            "answered_by": gate["answered_by"],
            "answered_at": maybe_at(gate["answered_at"]),
            "reason": gate["reason"],
            "break_glass": bool(gate["break_glass"]),
            "answers": [_answer(row) for row in answers if _answers(gate, row)],
        }
        for gate in queries.gates_of(incident=incident)
    ]


def _answers(gate: Row, answer: Row) -> bool:
    """Whether it was given to this gate: a step has several, one after the other, when it is tried again, or when what
    it would send has changed."""
    until, data = gate["answered_at"] or answer["at"], answer["data"]
    same = (answer["run"], answer["step"], data.get("hash")) == (gate["run"], gate["step"], gate["hash"])
    return same and "answer" in data and gate["opened_at"] <= answer["at"] <= until


def _answer(row: Row) -> dict[str, Any]:
    data = row["data"]
    alone = bool(data.get("break_glass"))
    head = {"by": row["actor"], "at": maybe_at(row["at"]), "answer": data["answer"], "reason": data.get("reason")}
    return {**head, "break_glass": alone, "typed_by": data.get("typed_by"), "proof": data.get("proof")}


def _duties(store: Store, incident: str) -> dict[str, Any]:
    return {
        "promises": [asdict(one) for one in promises.listed(store, incident)],
        "clocks": [_clock(one) for one in clocks.of_incident(store, incident)],
    }


_CLOCK = (
    *("id", "state", "started_by", "started_at", "because", "anchor", "anchor_at", "due", "missed_at", "submitted_at"),
    *("latest_at", "submissions", "reference", "evidence", "evidence_file", "ended_by", "ended_at", "reason"),
)


def _clock(one: LegalClock) -> dict[str, Any]:
    return {**{name: getattr(one, name) for name in _CLOCK}, "authority": one.rule.authority}


def _ledger(store: Store, one: BroadcastSum) -> dict[str, Any]:
    head = {key: one.broadcast[key] for key in ("id", "step", "message", "state", "reason", "people")}
    kinds = [dict(row) for row in store.queries("incident.review").kinds_of(broadcast=one.broadcast["no"])]
    return {**head, "notice": one.is_notice, **one.total.to_json(), "kinds": kinds}


def pages(store: Store, incident: str) -> list[dict[str, Any]]:
    """Who was called out and who answered, the oldest first."""
    return [
        {
            "to": row["target"],
            "text": row["text"],
            "step": row["step"],
            "state": row["state"],
            "opened_at": maybe_at(row["opened_at"]),
            "rounds": row["round"] + 1,
            "acknowledged_by": row["acknowledged_by"],
            "acknowledged_at": maybe_at(row["acknowledged_at"]),
        }
        for row in paging.listed(store, incident)
    ]


def _actions(store: Store, incident: str) -> dict[str, Any]:
    return {
        "tasks": [asdict(one) for one in lifecycle.tasks(store, incident)],
        "actions": [asdict(one) for one in lifecycle.actions(store, incident)],
    }


def _recipients(store: Store, broadcast: int) -> Iterator[dict[str, Any]]:
    last = 0
    while rows := list(store.queries("incident.review").rows_after(broadcast=broadcast, after=last, most=_AT_ONCE)):
        yield from ({**row, "ended_at": maybe_at(row["ended_at"])} for row in rows)
        last = rows[-1]["no"]


def _manifest(folder: Path, incident: Incident, last: dict[str, Any]) -> list[str]:
    files = {
        file.relative_to(folder).as_posix(): {"sha256": kept.sha256_of(file), "bytes": file.stat().st_size}
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    told = {"schema": "incident.evidence-manifest/v1", "incident": incident.id, "program": program.__version__}
    _write(folder / "manifest.json", {**told, "last_row": last, "files": files})
    sums = {
        **{name: one["sha256"] for name, one in files.items()},
        "manifest.json": kept.sha256_of(folder / "manifest.json"),
    }
    _text(folder / "SHA256SUMS", "".join(f"{sha256}  {name}\n" for name, sha256 in sums.items()))
    return [*files, "manifest.json"]


def _copy(source: Path, target: Path) -> None:
    """A kept file that has gone is not in the archive; `incident verify` tells it."""
    if source.is_file():
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)


def _write(file: Path, document: Any) -> None:
    _text(file, json.dumps(document, ensure_ascii=False, indent=1, default=_plain) + "\n")


def _text(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))


def _lines(file: Path, rows: Iterable[Any]) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("w", encoding="utf-8", newline="\n") as opened:
        for row in rows:
            opened.write(json.dumps(row, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    """Instants as RFC 3339, everything else that JSON does not know as text."""
    from datetime import datetime

    return iso(value) if isinstance(value, datetime) else str(value)
