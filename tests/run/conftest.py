"""A workspace on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from incident.store import Store
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house
from tests.run.playbooks import book

Open = Callable[[str], Console]


@pytest.fixture
def workspace(tmp_path: Path, store: Store, clock: MovableClock) -> Iterator[Open]:
    """Opens a workspace whose only playbook, `small`, has the given steps; twice on each database."""
    consoles: list[Console] = []

    def made(steps: str, **more: object) -> Console:
        house.write(tmp_path / "w", playbooks={"small": book("small", steps)}, store=store.url, **more)
        consoles.append(house.opened(tmp_path / "w", clock))
        return consoles[-1]

    yield made
    for console in consoles:
        console.close()
