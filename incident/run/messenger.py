"""The messenger: does errands in threads of its own, so that a long one keeps no run, page or delivery waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from incident.delivery import claims
from incident.errors import IncidentError, StoreBusy
from incident.outside.doing import do
from incident.outside.request import Outcome
from incident.people import os_user
from incident.run import errands
from incident.run.acts import Office, held
from incident.run.errands import Errand
from incident.run.live import worker
from incident.run.perform import go_on
from incident.store import Row, Store

MOST_AT_ONCE = 8
"""Errands that one process has in its hands."""

_LOOK_SECONDS = 0.25
_RENEW_SECONDS = errands.LEASE.total_seconds() / 3
_KEPT_WHEN_OVER = ("finally.", "handlers.")


class Messenger:
    """Looks for errands from a thread of its own, and does each in another. `start`, then `stop`."""

    def __init__(self, office: Office, say: Callable[[str], object] = str) -> None:
        self._office = office
        self._say = say
        self._owner = f"{claims.owner_name()}/errands"
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._hands: dict[Errand, _Hand] = {}
        self._thread = threading.Thread(target=self._run, name="messenger", daemon=True)

    @property
    def busy(self) -> bool:
        """Whether it has an errand in its hands."""
        return bool(self._hands)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Begins nothing more, and waits for what it has in its hands."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        store = self._office.station.store.another()
        try:
            while not self._stopping.is_set() or self._hands:
                self._look(_at(self._office, store))
                self._woken.wait(_LOOK_SECONDS)
                self._woken.clear()
        finally:
            store.close()

    def _look(self, office: Office) -> None:
        try:
            self._renew(office)
            if not self._stopping.is_set():
                bury(office)
                self._begin(office)
        except StoreBusy as error:  # somebody holds the database; what was due is still due
            self._say(error.message)
        except IncidentError as error:
            self._say(f"An errand cannot be done: {error.message}")

    def _begin(self, office: Office) -> None:
        free = MOST_AT_ONCE - len(self._hands)
        for row in errands.to_begin(office.station.store, office.station.clock(), free) if free else ():
            if row["state"] in ("aborted", "ended") and not _kept(row):
                withdraw(office, row)
                continue
            errand = errands.begin(office.station.store, row, self._owner, office.station.clock())
            if errand is not None:
                hand = _Hand(self._office, errand, self._laid_down, self._say)
                self._hands[errand] = hand
                hand.start()

    def _renew(self, office: Office) -> None:
        """A hand whose errand is in other hands by now lets go: what it does would be done twice."""
        for errand, hand in list(self._hands.items()):
            if hand.wants_renewal() and not errands.renew(office.station.store, errand, office.station.clock()):
                hand.let_go()

    def _laid_down(self, errand: Errand) -> None:
        self._hands.pop(errand, None)
        self._woken.set()


class _Hand(threading.Thread):
    """One errand, done in a thread of its own over a connection of its own."""

    def __init__(
        self, office: Office, errand: Errand, laid_down: Callable[[Errand], None], say: Callable[[str], object]
    ) -> None:
        super().__init__(name=f"errand-{errand.run}.{errand.no}", daemon=True)
        self._office = office
        self._errand = errand
        self._laid_down = laid_down
        self._say = say
        self._lost = threading.Event()
        self._turns = 0

    def wants_renewal(self) -> bool:
        self._turns += 1
        return self._turns % max(1, int(_RENEW_SECONDS / _LOOK_SECONDS)) == 0

    def let_go(self) -> None:
        self._lost.set()

    def run(self) -> None:
        try:
            store = self._office.station.store.another()
            try:
                carry(_at(self._office, store), self._errand, self._lost.is_set)
            finally:
                store.close()
        except IncidentError as error:  # its outcome is not written: whoever comes next finds it lost
            self._say(f"The outcome of {self._errand.step} of {self._errand.incident} was lost: {error.message}")
        finally:
            self._laid_down(self._errand)


def carry(office: Office, errand: Errand, stopped: Callable[[], bool]) -> None:
    """Does an errand that is in our hands, outside of any transaction, and writes its outcome."""
    request = errands.request_of(office.station.store, errand)
    if request is not None:
        settle(office, errand, do(request, stopped))


def settle(office: Office, errand: Errand, outcome: Outcome) -> None:
    """Writes the outcome, and lets the run go on; nothing when the errand is in other hands by now."""
    _write(office, errand, outcome, lambda: errands.end(office.station.store, errand))


def bury(office: Office) -> None:
    """What dead processes had in their hands: nobody knows how it ended."""
    store = office.station.store
    for errand in errands.lost(store, office.station.clock()):
        words = "the process that did it has died"
        settle(office, errand, Outcome(state="lost", words=words))


def withdraw(office: Office, row: Row) -> None:
    """A run that is over lets nothing more be done."""
    store = office.station.store
    errand = Errand(
        run=row["run"], incident=row["incident"], step=row["step"], no=row["no"], owner="", fence=row["fence"]
    )
    outcome = Outcome(state="failed", code="value", words="it was not begun: the run is over")
    _write(office, errand, outcome, lambda: errands.withdraw(store, row))


def _write(office: Office, errand: Errand, outcome: Outcome, lay_down: Callable[[], bool]) -> None:
    """The outcome and all that follows from it stand together, or not at all."""
    with held(office, errand.incident, worker(os_user())) as performance:
        if not lay_down():
            return
        performance.append(
            "outcome",
            errand.step,
            intent=errand.no,
            state=outcome.state,
            code=outcome.code,
            words=outcome.words,
            outputs=dict(outcome.outputs),
        )
        step = performance.view().step(errand.step)
        if step is not None:
            performance.desk.tell(f"effect.{outcome.state}", step, reason=outcome.words or None)
        go_on(performance)


def drain(office: Office) -> None:
    """Does every errand that is due now, one after the other, in this thread."""
    store, owner = office.station.store, f"{claims.owner_name()}/errands"
    bury(office)
    while rows := errands.to_begin(store, office.station.clock(), 1):
        if rows[0]["state"] in ("aborted", "ended") and not _kept(rows[0]):
            withdraw(office, rows[0])
            continue
        errand = errands.begin(store, rows[0], owner, office.station.clock())
        if errand is not None:
            carry(office, errand, lambda: False)


def _kept(row: Row) -> bool:
    """Whether a step is done although the run is over: it undoes something, or stands in `finally` or a handler."""
    return str(row["step"]).startswith(_KEPT_WHEN_OVER) or str(row["step"]).endswith(".undo")


def _at(office: Office, store: Store) -> Office:
    """The same office over another connection."""
    return replace(office, station=replace(office.station, store=store))
