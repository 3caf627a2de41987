"""Open places: filled without rendering again, whatever stands in the data."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from incident.message import marker
from incident.message.catalog import Catalog
from incident.message.cldr import Formats
from incident.message.press import Press
from incident.message.rendered import Rendered, fill, needed

HOSTILE = [
    "王小明",
    "👩‍🚀 Zoë",
    'O\'Neil "Jr" & <b>',
    "مريم",
    "a\r\nBcc: x@y.z",
    "{{ organisation.name }}",
    "{% for i in x %}",
    "<script>alert(1)</script>",
    "\u202egnihsihp",
    "\ue000unsubscribe_url\ue001",
    "\ue002\ue003\ue004",
    "\x00\x1b[31m",
    "",
    "  ",
]
names = st.sampled_from(HOSTILE) | st.text(max_size=40)
_PRESS = Press(Catalog.open(), Formats(locale="en", time_zone="UTC"))
_HTML = _PRESS.html.from_string("<p title=\"{{ name }}\">{{ said|or_else('Hello') }}</p>{{ data }}")
_PLAIN = _PRESS.plain.from_string("{{ said|or_else('Hello') }} {{ name }} {{ data }}")


@given(names, st.text(max_size=30))
def test_filling_equals_rendering(name: str, data: str) -> None:
    """What is filled in afterwards is escaped exactly as if the template had been rendered with it."""
    data = marker.clean(data)
    known = marker.value(name)
    for part, template in (("html", _HTML), ("text", _PLAIN)):
        open_text = template.render(name=marker.place("name"), said=f"Dear {marker.place('name')},", data=data)
        whole = template.render(name=known, said=f"Dear {known}," if known else "Hello", data=data)
        plain = template.render(name=known, said="@@", data=data)
        rendered = marker.fill_part(part, open_text, {"name": name})
        expected = whole.replace("\ue002", "").replace("\ue004", "")
        expected = expected.replace("\ue003Hello", "")
        assert rendered == expected
        assert not set(plain) & {"\ue000", "\ue001"}


@given(names)
def test_a_name_never_opens_a_header_or_a_tag(name: str) -> None:
    """No line break in a subject, no bracket in HTML, no control or direction-turning character anywhere."""
    place = marker.place("name")
    rendered = Rendered("email", {"subject": f"To {place}", "preheader": place, "text": place, "html": place})
    parts = fill(rendered, {"name": name})
    assert len(parts["subject"].splitlines()) == 1
    assert not set(parts["html"]) & set("<>\"'")
    for text in parts.values():
        assert not [c for c in text if unicodedata.category(c) == "Cc" or c in "\u202a\u202b\u202d\u202e"]
        assert not set(text) & set("\ue000\ue001\ue002\ue003\ue004")


def test_a_name_written_right_to_left_does_not_turn_its_surroundings() -> None:
    """It is set between Unicode's isolates."""
    assert marker.value("مريم") == "\u2068مريم\u2069"
    assert marker.value("Ann") == "Ann"


def test_a_greeting_without_a_name_reads_well() -> None:
    """The other words are used when a variable is unknown, empty or only blanks."""
    text = marker.or_else(f"Dear {marker.place('name')},", "Hello,")
    assert marker.fill_part("text", text, {"name": "Ann"}) == "Dear Ann,"
    for fields in ({}, {"name": ""}, {"name": " \n"}):
        assert marker.fill_part("text", text, fields) == "Hello,"


def test_needed_tells_the_variables_that_are_used() -> None:
    """Who fills knows what to look up."""
    rendered = Rendered("sms", {"text": marker.or_else(marker.place("name"), "") + marker.place("reference")})
    assert needed(rendered) == {"name", "reference"}


@given(st.dictionaries(st.sampled_from(["text", "html"]), st.text()))
def test_json_and_back(parts: dict[str, str]) -> None:
    """The ledger keeps what was approved."""
    rendered = Rendered("email", parts)
    assert Rendered.from_json(rendered.to_json()) == rendered
