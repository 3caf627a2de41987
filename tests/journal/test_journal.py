"""The journal proves that nothing in it was changed, removed or put in between."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import timedelta

import pytest

from incident.errors import JournalBroken
from incident.journal import Entry, append, read, verify
from incident.store import Store
from tests.clock import START, MovableClock


def entry(kind: str = "note", incident: str | None = None, **detail: object) -> Entry:
    return Entry(
        kind=kind, happened_at=START, recorded_at=START, actor="li", os_user="root", incident=incident, detail=detail
    )


def three(store: Store) -> None:
    for kind in ("declared", "phase-set", "resolved"):
        append(store, entry(kind, "INC-2026-001"))


def test_an_entry_comes_back_as_it_was(store: Store, clock: MovableClock) -> None:
    """Every field survives, in any script; `happened_at` may be earlier than `recorded_at`."""
    happened = clock()
    clock.advance("5m")
    written = append(
        store,
        Entry(
            kind="note",
            happened_at=happened,
            recorded_at=clock(),
            actor="李",
            os_user="root",
            incident="INC-2026-001",
            reason="‘quoted’; -- 🚨",
            detail={"people": 3, "channels": ["email"], "ok": True, "none": None},
        ),
    )
    assert list(read(store)) == [written]
    assert written.recorded_at - written.happened_at == timedelta(minutes=5)


def test_the_timeline_of_one_incident_is_its_own(store: Store) -> None:
    """Reading one incident gives its entries in their order, and no others."""
    append(store, entry("declared", "INC-2026-001"))
    append(store, entry("declared", "INC-2026-002"))
    append(store, entry("audience.imported"))
    append(store, entry("resolved", "INC-2026-001"))
    assert [(e.seq, e.kind) for e in read(store, "INC-2026-001")] == [(1, "declared"), (4, "resolved")]


def test_an_untouched_chain_holds(store: Store) -> None:
    """`verify` returns how many rows it walked; an empty journal is whole."""
    assert verify(store) == 0
    three(store)
    assert verify(store) == 3


@pytest.mark.parametrize(
    ("tampering", "sentence"),
    [
        ("UPDATE journal SET detail = '{\"people\":1}' WHERE seq = 2", r"row 2 .*was changed"),
        ("UPDATE journal SET actor = 'wang' WHERE seq = 1", r"row 1 .*was changed"),
        ("UPDATE journal SET recorded_at = 0 WHERE seq = 3", r"row 3 .*was changed"),
        ("DELETE FROM journal WHERE seq = 2", "row 2 is missing"),
        ("DELETE FROM journal WHERE seq = 1", "row 1 is missing"),
        ("DELETE FROM journal WHERE seq = 3", "ends at row 2, but 3 were written"),
        ("DELETE FROM journal", "ends at row 0, but 3 were written"),
        (
            "INSERT INTO journal SELECT 4, incident, kind, happened_at, recorded_at, actor, os_user, reason, detail, "
            "previous, hash FROM journal WHERE seq = 3",
            r"row 4 .*was changed",
        ),
    ],
)
def test_tampering_is_found(store: Store, tampering: str, sentence: str) -> None:
    """A changed, removed or added row breaks the chain, and the first broken row is named."""
    three(store)
    store.execute(tampering)
    with pytest.raises(JournalBroken, match=sentence):
        verify(store)


def test_an_auditor_can_repeat_the_hash(store: Store) -> None:
    """The exported entry, as sorted compact JSON after the previous hash, gives the hash by sha256 alone."""
    three(store)
    previous = ""
    for found in read(store):
        exported = json.dumps(found.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256((previous + exported).encode()).hexdigest() == found.hash
        previous = found.hash


def test_an_entry_is_undone_with_its_transaction(store: Store) -> None:
    """The journal never tells of an act that was rolled back."""
    with pytest.raises(KeyError), store.transaction():  # noqa: PT012 - both belong together
        append(store, entry())
        raise KeyError
    assert verify(store) == 0


def test_two_processes_keep_one_chain(store: Store) -> None:
    """Two that append at once get numbers without gaps, and one chain."""
    script = (
        "import sys; from incident.store import open_store; from incident.journal import Entry, append\n"
        "from incident.now import system_clock\n"
        "store = open_store(sys.argv[1]); now = system_clock()\n"
        "for n in range(40):\n"
        "    append(store, Entry(kind='note', happened_at=now, recorded_at=now, actor=sys.argv[2], os_user='root'))\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", script, store.url, actor]) for actor in ("li", "wang")]
    assert [one.wait(timeout=60) for one in both] == [0, 0]
    assert verify(store) == 80
