"""How far what is being sent has come, for programs: one document a second, each on a line."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from incident.cli._outbox import waiting_json, waits_of
from incident.delivery import progress

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.delivery.care import Waiting
    from incident.delivery.progress import Standing
    from incident.store import Row

SECONDS = 1.0


class Lines:
    """Prints how the broadcasts stand that `find` names; `update` may be called as often as one likes."""

    def __init__(self, session: Session, find: Callable[[], Sequence[Row]]) -> None:
        self.session = session
        self.find = find
        self.progress = progress.Progress(session.console().store)
        self._at = -SECONDS

    def update(self) -> None:
        """Prints when a second has passed since the last line and something is being sent."""
        if time.monotonic() - self._at >= SECONDS:
            self._at = time.monotonic()
            self.end()

    def end(self) -> None:
        """Prints what is being sent, or has ended since the last line."""
        rows = self.find()
        if rows:
            self._print(rows)

    def tell(self) -> Sequence[Row]:
        """Prints now; returns what it told of."""
        rows = self.find()
        self._print(rows)
        return rows

    def _print(self, rows: Sequence[Row]) -> None:
        waits = waits_of(self.session, rows)
        told = [_told(standing, waits[standing.broadcast["no"]]) for standing in self.progress.look(rows)]
        self.session.emit_line("outbox-watch", {"at": self.session.console().clock(), "broadcasts": told})


def lines_of(session: Session, incident: str) -> Lines:
    """Of what is not finished of an incident, now and later; what is over is told once more."""
    queries = session.console().store.queries("incident.delivery")
    open_before: set[int] = set()

    def find() -> list[Row]:
        rows = list(queries.broadcasts_of(incident=incident))
        still = {row["no"] for row in rows if row["state"] in ("sending", "held")}
        told = [row for row in rows if row["no"] in still | open_before]
        open_before.clear()
        open_before.update(still)
        return told

    find()
    return Lines(session, find)


def _told(standing: Standing, wait: Waiting | None) -> dict[str, Any]:
    row = standing.broadcast
    return {
        "incident": row["incident"],
        "step": row["step"],
        "message": row["message"],
        "state": row["state"],
        "reason": row["reason"],
        **waiting_json(wait),
        **standing.total.to_json(),
        "rate": None if standing.rate is None else round(standing.rate, 1),
        "eta": None if standing.eta is None else round(standing.eta),
        "channels": {name: part.to_json() for name, part in standing.channels.items()},
        "locales": {name: part.to_json() for name, part in standing.locales.items()},
        "locales_age": round(standing.age, 1),
    }
