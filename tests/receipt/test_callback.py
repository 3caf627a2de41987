"""A line of a provider's callbacks: any rubbish gives a report that can be written down, or a reason."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from incident.receipt.callback import parse
from incident.receipt.report import LEFT, Nothing, Report

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = ("key", "message_id", "event", "code", "words", "at", "address", "id")
LINES = st.fixed_dictionaries(
    {}, optional={name: ANYTHING | st.sampled_from(["a.1", "<a.1@b>", "bounced", "5.1.1"]) for name in NAMES}
)


@settings(max_examples=150, deadline=None)
@given(line=LINES.map(lambda line: json.dumps(line).encode()) | st.binary(max_size=200))
def test_any_line(line: bytes) -> None:
    """Wrong types, halves of characters, endless numbers, no JSON at all."""
    said = parse(line)
    if isinstance(said, Nothing):
        assert said.reason in LEFT
        return
    (fate,) = said.fates
    assert all(text.isprintable() for text in (fate.words, *fate.addresses))


def test_two_events_are_two() -> None:
    """Read again an event is the same; another one, or another id of the provider's, is another."""
    line = {"key": "a.1", "event": "delayed", "at": "2026-03-14T03:00:00Z"}

    def identity(**more: str) -> str:
        said = parse(json.dumps({**line, **more}).encode())
        assert isinstance(said, Report)
        return said.id

    assert identity() == identity()
    assert len({identity(), identity(at="2026-03-14T04:00:00Z"), identity(id="e1"), identity(id="e2")}) == 4
    assert identity(id="e1") == identity(id="e1", words="told once more")


def test_numbers_as_codes() -> None:
    """Providers write codes as numbers, too."""
    said = parse(b'{"key": "a.1", "event": "bounced", "code": 550}')
    assert isinstance(said, Report)
    assert (said.fates[0].code, said.fates[0].permanent, said.fates[0].condemns) == ("550", True, False)
