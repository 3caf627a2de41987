"""What is said about drills beside the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from incident.wiring import Console


def hints(console: Console, drill: bool) -> Iterator[str]:
    """1. A drill in which nobody is marked reaches nobody. 2. When something real begins, the drills that go on are
    named, with the word that ends them."""
    from incident import lifecycle
    from incident.audience import parse
    from incident.audience.store import count

    if drill:
        if console.drills.people == "marked" and count(console.store, parse("everyone")).drill == 0:
            yield (
                "Nobody is marked for drills: its notices reach nobody. Mark people in the audience file (column "
                "drill), or write into files: drill: {people: files}"
            )
        return
    for one in lifecycle.listed(console.store, everything=False):
        if one.drill:
            yield f"A drill is going on. End it: incident cancel {one.id} --no-play"
