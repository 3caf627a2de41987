"""One core for whoever sends and another for whoever takes: alike for every peer, so that ratios mean something."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_KNOWN = sorted(os.sched_getaffinity(0))
SENDER, TAKER = _KNOWN[0], _KNOWN[-1]


@contextmanager
def on(core: int) -> Iterator[None]:
    """Processes that are started in the block stay on this core, with all their children."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
