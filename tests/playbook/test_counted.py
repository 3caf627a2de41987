"""Who was told before, in a rehearsed night: counted once, however often they are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from incident.review.rehearsal.house import Counted
from incident.run.history import View
from incident.store import Store
from tests.clock import MovableClock
from tests.run import house
from tests.run.playbooks import PLAIN, book

PEOPLE = (
    "id,name,locale,email,region",
    *(f"u{n},Name {n},en,u{n}@example.net,{'sh' if n < 3 else 'bj'}" for n in range(5)),
)
MANY = 300
"""Words in one night: six days of one each half an hour."""


@pytest.fixture
def night(tmp_path: Path, store: Store, clock: MovableClock) -> Iterator[tuple[Counted, View]]:
    house.write(tmp_path / "w", playbooks={"small": book("small", PLAIN)}, store=store.url)
    console = house.opened(tmp_path / "w", clock)
    house.import_rows(console, PEOPLE)
    house.declared(console, "small")
    yield Counted(store=console.store), house.view(console)
    console.close()


@pytest.mark.parametrize(
    "audience", ["received_any()", "received_any() and region == 'sh'", "received('first', 'again')"]
)
def test_words_to_those_who_were_told_make_no_count_harder(night: tuple[Counted, View], audience: str) -> None:
    """Hundreds of them in a row are counted at once, and are the same people each time."""
    counted, view = night
    counted.told("first", "region == 'sh'", view)
    for _ in range(MANY):
        counted.told("again", audience, view)
    assert counted.count(audience, view) == 3


def test_those_who_were_told_are_those_of_all_notices_once(night: tuple[Counted, View]) -> None:
    """Some, then these and others: by step, and together; whoever is left out of the one is in the other."""
    counted, view = night
    counted.told("some", "region == 'sh'", view)
    counted.told("rest", "not received('some')", view)
    counted.told("one", "received_any() and id == 'u4'", view)
    asked = ("received('some')", "received('rest')", "received('one')", "received('some', 'one')", "received_any()")
    assert [counted.count(one, view) for one in asked] == [3, 2, 1, 4, 5]
