"""A correction goes to exactly those who got what it corrects, or may have."""

from __future__ import annotations

from incident.delivery.care import stopping
from incident.lifecycle import merged_into
from incident.store import Row, Store

REASON = "not_told"
"""Why a row of a correction is not sent."""


def correct(store: Store, newer: Row, step: str) -> list[tuple[str, int]]:
    """Ends the notice of `step` that `newer` corrects, and takes out of `newer` whom that notice has not reached, and
    will not any more. In the transaction that freezes the correction: who is in its audience because they might still
    have got the wrong words gets neither these nor words about them.

    What is in a sender's hands may be on the wire: it counts as told. Returns (step, rows) of what was ended.
    """
    names = (newer["incident"], *merged_into(store, newer["incident"]))
    found = [
        row
        for name in names
        for row in list(store.queries("incident.delivery").broadcasts_of(incident=name))
        if row["step"] == step and row["no"] < newer["no"]
    ]
    if all(row["state"] == "finished" for row in found):
        return []  # everybody in its audience has got it
    ended = [(step, rows) for row in found if (rows := _end(store, row))]
    _take_out(store, newer, [row["no"] for row in found])
    return ended


def _end(store: Store, older: Row) -> int:
    """Stops it for good; returns how many rows were unsent."""
    queries = store.queries("incident.delivery")
    state = older["state"]
    if state not in ("sending", "held"):
        return 0
    if queries.set_state(no=older["no"], state="stopped", reason="superseded", before=state) != 1:
        return 0  # it finished a moment ago
    before = _superseded(store, older["no"])
    stopping.settle(store, older["no"])
    return _superseded(store, older["no"]) - before


def _superseded(store: Store, broadcast: int) -> int:
    counted = "SELECT count(*) AS rows_ FROM delivery WHERE broadcast = :broadcast AND reason = 'superseded'"
    return int(store.execute(counted, {"broadcast": broadcast}).fetchone()["rows_"])


def _take_out(store: Store, newer: Row, corrected: list[int]) -> None:
    """Whoever has rows in the corrected notice of which none was accepted, is unknown or is in a sender's hands."""
    queries = store.queries("incident.delivery.care")
    older = {f"older_{index}": no for index, no in enumerate(corrected)}
    theirs = f"d.broadcast IN ({', '.join(f':{name}' for name in older)}) AND d.recipient = delivery.recipient"
    theirs += " AND d.channel >= ''"  # true; it makes SQLite take the index over the person, not pass over everybody
    store.execute(
        f"""
        UPDATE delivery SET state = 'suppressed', reason = :reason
        WHERE broadcast = :newer AND state IN ('pending', 'standby')
        AND EXISTS (SELECT 1 FROM delivery d WHERE {theirs})
        AND NOT EXISTS (
            SELECT 1 FROM delivery d WHERE {theirs}
            AND (d.state IN ('accepted', 'unknown') OR (d.state IN ('pending', 'deferred') AND EXISTS (
                SELECT 1 FROM chunk c WHERE c.broadcast + 0 = d.broadcast AND c.state = 'open'
                AND d.no BETWEEN c.lo AND c.hi)))
        )
        """,
        {"newer": newer["no"], "reason": REASON, **older},
    )
    queries.drop_empty_chunks(broadcast=newer["no"])
