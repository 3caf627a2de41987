"""Taking archived rows out of the live tables, once their file is whole."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from incident import lifecycle
from incident.delivery.archive.writing import Written, slices, write
from incident.errors import Conflict
from incident.journal import Actor
from incident.now import ms
from incident.store import Row, Store


def put_away(store: Store, broadcasts: list[Row], target: Path, actor: Actor, now: datetime) -> Written:
    """Writes the file; then, in one transaction, their sums and the file's hash take the place of the rows; then the
    rows go, slice by slice. Raises StoreMissing, and Conflict (nothing has left then) when one was retried meanwhile.
    """
    written = write(store, broadcasts, target, now)
    try:
        with store.transaction():
            for broadcast in broadcasts:
                _keep(store, broadcast, written, now)
            _tell(store, broadcasts, written, actor, now)
    except BaseException:
        target.unlink(missing_ok=True)  # what stands nowhere on record is no archive
        raise
    tidy(store)
    return written


def _keep(store: Store, broadcast: Row, written: Written, now: datetime) -> None:
    queries = store.queries("incident.delivery.archive")
    no, ledger = broadcast["no"], store.queries("incident.delivery")
    rows = int(ledger.rows_of(broadcast=no)["rows_"])
    same = queries.same_still(no=no, state=broadcast["state"], finished_at=broadcast["finished_at"])
    if same is None or rows != written.rows[no]:
        raise Conflict(f"'{broadcast['step']}' of {broadcast['incident']} has changed meanwhile; archive it again.")
    queries.keep_sums(broadcast=no)
    queries.keep(
        broadcast=no,
        file=str(written.path),
        sha256=written.sha256,
        at=ms(now),
        rows=rows,
        once_unknown=int(ledger.once_unknown(broadcast=no)["rows_"]),
    )


def _tell(store: Store, broadcasts: list[Row], written: Written, actor: Actor, now: datetime) -> None:
    """A line on the timeline of each incident, with the hash: the chain holds the file to what it was."""
    for incident in dict.fromkeys(row["incident"] for row in broadcasts):
        mine = [row for row in broadcasts if row["incident"] == incident]
        lifecycle.record(
            store,
            actor,
            now,
            "broadcast.archived",
            incident,
            file=written.path.name,
            sha256=written.sha256,
            steps=[row["step"] for row in mine],
            rows=sum(written.rows[row["no"]] for row in mine),
        )


def tidy(store: Store) -> None:
    """Takes away what is archived and still there, also where somebody was interrupted; nobody waits long for it."""
    queries = store.queries("incident.delivery.archive")
    for row in list(queries.left_over()):
        no = {"broadcast": row["broadcast"]}
        for lo, hi in slices(int(queries.highest(**no)["no"])):
            with store.transaction():
                queries.drop_attempts(**no, lo=lo, hi=hi)
                queries.drop_deliveries(**no, lo=lo, hi=hi)
        with store.transaction():
            queries.drop_renderings(**no)
            queries.drop_pulse(**no)
            queries.drop_fallback(**no)
