"""A night for each story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clock import MovableClock
from tests.flow.night import Night


@pytest.fixture
def night(tmp_path: Path, clock: MovableClock) -> Iterator[Night]:
    """3 a.m.; li is on call, wang and chen can be called; three customers, one for each language."""
    night = Night(tmp_path, clock)
    yield night
    night.console.close()
