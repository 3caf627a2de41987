"""Bars of what is being sent: one for each broadcast and channel, and when asked one for each language."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from incident.delivery import progress
from incident.delivery.model import LANES

if TYPE_CHECKING:
    from incident.delivery.progress import Part, Standing
    from incident.store import Row, Store

LOOK_SECONDS = 0.5


class Bars:
    """Draws what is unfinished now; `update` may be called as often as one likes. `waits` tells what a broadcast waits
    for, as a word and in words; they are said above the bars when the word changes."""

    def __init__(
        self,
        store: Store,
        waits: Callable[[Row], tuple[str, str]],
        *,
        terminal: Terminal | None = None,
        languages: bool = False,
    ) -> None:
        self.store = store
        self.waits = waits
        self.told: dict[int, str] = {}
        self.languages = languages
        self.looked = 0.0
        self.tasks: dict[tuple[int, str], TaskID] = {}
        self.numbers: set[int] = set()
        self.progress = progress.Progress(store)
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[outcome]}"),
            console=terminal or Terminal(stderr=True),
        )

    def __enter__(self) -> Bars:
        self.numbers = {row["no"] for row in self.store.queries("incident.delivery").unfinished()}
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.looked = 0.0
        if kind is None:
            self.update()
        self.bars.stop()

    def update(self) -> None:
        if time.monotonic() - self.looked < LOOK_SECONDS:
            return
        self.looked = time.monotonic()
        queries = self.store.queries("incident.delivery")
        self.draw(self.progress.look([queries.broadcast_by_no(no=no) for no in sorted(self.numbers)]))

    def draw(self, standings: list[Standing]) -> None:
        for standing in standings:
            name = _name(standing.broadcast)
            for channel, part in standing.channels.items():
                self._draw(standing, f"{name} by {channel}", part)
            for locale, part in standing.locales.items() if self.languages else ():
                self._draw(standing, f"  in {locale}", part)
            self._draw_whole(standing)
            self._say_why(standing.broadcast)

    def _draw(self, standing: Standing, name: str, part: Part) -> None:
        key = (standing.broadcast["no"], name)
        if key not in self.tasks:
            self.tasks[key] = self.bars.add_task(name, total=part.rows, outcome="")
        self.bars.update(self.tasks[key], completed=part.done, total=part.rows, outcome=counted(part))

    def _draw_whole(self, standing: Standing) -> None:
        """How fast the whole is, and when it will be done, behind its first bar."""
        key = next((key for key in self.tasks if key[0] == standing.broadcast["no"]), None)
        if key is not None:
            told = self.bars.tasks[self.tasks[key]].fields["outcome"]
            self.bars.update(self.tasks[key], outcome=", ".join(filter(None, (told, pace(standing)))))

    def _say_why(self, broadcast: Row) -> None:
        reason, words = self.waits(broadcast)
        if reason and reason != self.told.get(broadcast["no"]):
            state = "is held" if broadcast["state"] == "held" else "waits"
            self.bars.console.print(f"{_name(broadcast)} {state}: {words}", markup=False, highlight=False)
        self.told[broadcast["no"]] = reason


def _name(broadcast: Row) -> str:
    what = broadcast["step"] if broadcast["lane"] == LANES["notice"] else broadcast["message"]
    return str(what)[:28]


def counted(part: Part) -> str:
    """`493 accepted, 1 refused, 12 deferred`; what is pending shows in the bar."""
    words = ("accepted", "refused", "unknown", "deferred")
    return ", ".join(f"{getattr(part, word)} {word}" for word in words if getattr(part, word))


def pace(standing: Standing) -> str:
    """`1,200/s, 40 s left`; '' while nothing moves."""
    if not standing.total.pending or standing.rate is None or standing.rate < 1:
        return ""
    left = "" if standing.eta is None else f", {_left(standing.eta)} left"
    return f"{standing.rate:,.0f}/s{left}"


def _left(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s" if minutes else f"{rest}s"
