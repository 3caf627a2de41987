"""Bars of what is being sent: one for each broadcast and channel, with what was accepted, refused and put off."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from incident.delivery.model import LANES

if TYPE_CHECKING:
    from incident.wiring import Console

LOOK_SECONDS = 0.5


class Bars:
    """Draws on standard error; `update` may be called as often as one likes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.looked = 0.0
        self.tasks: dict[tuple[int, str], TaskID] = {}
        self.began: dict[tuple[int, str], tuple[float, int]] = {}
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[outcome]}"),
            TimeRemainingColumn(),
            console=Terminal(stderr=True),
        )

    def __enter__(self) -> Bars:
        self.numbers = {row["no"] for row in self.console.store.queries("incident.delivery").unfinished()}
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
        queries = self.console.store.queries("incident.delivery")
        for no in sorted(self.numbers):
            broadcast = queries.broadcast_by_no(no=no)
            by_channel: dict[str, dict[str, int]] = {}
            for row in queries.sums(broadcast=no):
                counts = by_channel.setdefault(row["channel"], {})
                counts[row["state"]] = counts.get(row["state"], 0) + row["rows_"]
            for channel, counts in by_channel.items():
                self._draw(broadcast, channel, counts)

    def _draw(self, broadcast: Any, channel: str, counts: dict[str, int]) -> None:
        total = sum(counts.values())
        done = total - counts.get("pending", 0) - counts.get("deferred", 0)
        key = (broadcast["no"], channel)
        if key not in self.tasks:
            what = broadcast["step"] if broadcast["lane"] == LANES["notice"] else broadcast["message"]
            name = f"{what[:28]} by {channel}"
            self.tasks[key] = self.bars.add_task(name, total=total, completed=done, outcome="")
            self.began[key] = (time.monotonic(), done)
        since, before = self.began[key]
        rate = (done - before) / max(time.monotonic() - since, 0.001)
        words = [f"{counts[state]} {state}" for state in ("accepted", "refused", "deferred") if counts.get(state)]
        if 0 < done < total:
            words.append(f"{rate:.0f}/s")
        self.bars.update(self.tasks[key], completed=done, total=total, outcome=", ".join(words))
