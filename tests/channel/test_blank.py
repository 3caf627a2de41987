"""What is posted from a printed form is what would be posted from the whole delivery, for whoever it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.channel import document
from incident.channel.blank import Blank
from incident.channel.port import Delivery
from incident.message import marker, stencil
from incident.message.rendered import Rendered, fill

NAME, LINK = marker.place("name"), marker.place("unsubscribe_url")
RENDERED = Rendered(
    "email",
    {
        "subject": f"  {NAME}:  支付 {NAME}服务",
        "title": marker.or_else(f"Dear {NAME}", "Dear customer"),
        "text": f'{NAME}\n"quoted" \\ {marker.or_else(f"为您 {NAME}", "为您")}\t{LINK}',
        "html": f"<p title='{NAME}'>{NAME} &amp; {{address}}</p>",
        "link": "https://status.wallet.example/1",
    },
)
CUT = stencil.cut(RENDERED)
SHAPE = {
    "to": ["{address}"],
    "m": {"title": "{title}", "text": "{text} {unknown}", "html": "{html}"},
    "n": 1,
    "key": "{key}",
}
names = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", " ", "李小龙", 'O\'Brien "x" <b>', "{address}", "\r\nBcc: x@y.z", "שלום", "👩‍👩‍👧", "\\u0041", "\x00"]
    ),
)


def person(name: str, address: str, key: str = "b1.7") -> Delivery:
    fields = {"name": name, "unsubscribe_url": f"https://w.example/u/{key}"}
    return Delivery(
        no=7,
        key=key,
        address=address,
        recipient="u7",
        locale="zh-Hans",
        medium="email",
        parts=partial(fill, RENDERED),
        thread="INC-1",
        stencil=CUT,
        fields=stencil.values(fields),
    )


def written(delivery: Delivery, shape: Any) -> Any:
    return document.whole(delivery) if shape is None else document.filled(shape, delivery)


@pytest.mark.parametrize("shape", [None, SHAPE], ids=["whole", "shape"])
@settings(max_examples=300, deadline=None)
@given(several=st.lists(st.tuples(names, names), min_size=1, max_size=4))
def test_equal_to_the_whole(shape: Mapping[str, Any] | None, several: list[tuple[str, str]]) -> None:
    """Whatever the first person was: the next one's document is the same as if it were made anew."""
    people = [person(name, address) for name, address in several]
    blank = Blank(CUT, people[0], lambda delivery: written(delivery, shape))
    for one in people:
        try:
            whole = document.as_json(written(one, shape))
        except UnicodeError:
            with pytest.raises(UnicodeError):
                blank.fill(one)
            continue
        assert json.loads(blank.fill(one)) == json.loads(whole)


def test_written_once() -> None:
    """People of whom the same is known share one form."""
    asked: list[str] = []

    def write(delivery: Delivery) -> Any:
        asked.append(delivery.key)
        return document.whole(delivery)

    blank = Blank(CUT, person("Li", "t"), write)
    for number in range(20):
        blank.fill(person(f"Li {number}" if number % 2 else "", f"t{number}"))
    assert len(asked) == 2
