"""Open places in a rendered text, filled per recipient without rendering again.

A text is rendered once per language; the name of each of 48,210 people is put in afterwards. An open place is the
variable's name between two characters of the private-use area, which no escaping touches. Data cannot forge one:
`clean` takes these characters out of everything that comes from outside.

    \\ue000 name \\ue001                                  the value of a variable
    \\ue002 words with open places \\ue003 other words \\ue004     the first if all its variables have a value
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from incident.message.medium import HEADERS

_OPEN, _CLOSE, _IF, _ELSE, _END = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
_PLACE = re.compile(f"{_OPEN}([^{_OPEN}-{_END}]*){_CLOSE}")
_CHOICE = re.compile(f"{_IF}([^{_IF}{_ELSE}{_END}]*){_ELSE}([^{_IF}{_ELSE}{_END}]*){_END}")
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but tab and line feed
    "\u200b\u202a-\u202e\u2060-\u2069\ufeff"  # invisible ones, and those that turn the text around them
    r"\ue000-\ue004\ud800-\udfff\ufffe\uffff]"  # our own marks, and what is no character
)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;"})
_MAY_TURN: Final = re.compile(
    "[\u200f\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Every block that holds characters written from right to left, and some that hold none."""
_FIRST_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


def place(variable: str) -> str:
    """The open place of a variable."""
    return f"{_OPEN}{variable}{_CLOSE}"


def or_else(text: str, other: str) -> str:
    """A filter: `text`, or `other` for a recipient of whom a variable in `text` is unknown. Keeps HTML safe."""
    kind: Any = type(text)  # Markup escapes what is added to it; plain text does not. Any: or native code forgets that
    together: str = kind(_IF) + text + _ELSE + other + _END
    return together


def clean(text: str) -> str:
    """Text from outside, of several lines: no control, invisible, direction-turning or marking characters."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean_line(text: str) -> str:
    """Text from outside, of one line: as `clean`, each white space one blank."""
    return " ".join(clean(re.sub(r"[\r\u0085\u2028\u2029]", "\n", text)).split())


def value(text: str) -> str:
    """A recipient's value as it is put in: one line, and written right to left without turning its surroundings.

    The isolates are Unicode's own means (UAX 9, section 2.4.2), the plain-text form of <bdi>.
    """
    # Most names: nothing invisible, no blank but the plain one. `clean_line` would give them back as they are.
    line = text if text.isprintable() and "  " not in text and text.strip() == text else clean_line(text)
    if line.isascii():
        return line
    if _MAY_TURN.search(line) and any(unicodedata.bidirectional(each) in ("R", "AL") for each in line):
        return f"{_FIRST_ISOLATE}{line}{_POP_ISOLATE}"
    return line


def escape(text: str) -> str:
    """For HTML text and attributes, as the templates' own escaping writes it."""
    return text.translate(_ESCAPES)


def one_line(text: str) -> str:
    """A rendered header or title on one line; open places stay."""
    return " ".join(text.split())


def variables(text: str) -> frozenset[str]:
    """The variables of the open places."""
    return frozenset(_PLACE.findall(text))


def choices(text: str) -> list[str]:
    """`text` cut at each choice: plain, the first, the other, plain, the first, the other … plain."""
    return _CHOICE.split(text)


def places(text: str) -> list[str]:
    """`text` (without choices) cut at each open place: plain, variable, plain, variable … plain."""
    return _PLACE.split(text)


def fill_part(part: str, text: str, fields: Mapping[str, str]) -> str:
    """One part with its open places filled: escaped in `html`, on one line in headers.

    A variable that `fields` lacks is empty: a text that needs it otherwise says so with `or_else`.
    """
    values = {variable: value(fields.get(variable, "")) for variable in variables(text)}
    written = {name: escape(known) for name, known in values.items()} if part == "html" else values

    def chosen(match: re.Match[str]) -> str:
        return match[1] if all(values[name] for name in variables(match[1])) else match[2]

    filled = _PLACE.sub(lambda match: written[match[1]], _CHOICE.sub(chosen, text))
    return one_line(filled) if part in HEADERS else filled
