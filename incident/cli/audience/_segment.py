"""A segment as it is typed on a command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from incident.errors import BadValue

if TYPE_CHECKING:
    from incident.audience import Segment


def read_segment(text: str, params: Sequence[str]) -> Segment:
    """The segment with its parameters' values (`services=payment;login` is a list).

    Raises BadValue with the place and what to write. Questions about an incident (`received`) cannot be answered here.
    """
    from incident.audience import SegmentError, bind, parse

    try:
        return bind(parse(text, sources=()), dict(map(_pair, params)))
    except SegmentError as error:
        raise BadValue(f"The segment {text!r}: {error}.") from error


def _pair(text: str) -> tuple[str, str | list[str]]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadValue(f"--param {text} has no value; write --param NAME=VALUE")
    words = [word.strip() for word in re.split("[;,]", value)]
    return name.strip(), words if len(words) > 1 else value
