"""Whether one row of an audience file is a recipient: pure, all its problems at once.

1. `id` names a person in output and logs: 1 to 128 ASCII letters, digits and . _ : + = / -, never an address.
2. `locale` is a tag of a known language.
3. No value holds a control character: nothing can be smuggled into a mail's header or a terminal. Only in `name` a
   quoted line break becomes a space, because spreadsheets write such names; unless a header would follow it.
4. Addresses follow `address`; `channels` and `opt_out` name channels of incident.yaml.
5. `drill` is true or false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from incident.audience import address
from incident.audience.locale import canonical
from incident.audience.mask import mask, shown
from incident.audience.recipient import EVERYTHING, stored
from incident.audience.rows import REQUIRED, Problem, Row, Value
from incident.registry import nearest

_Check = Callable[[str, Value], str]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+=/-]{0,127}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_BREAK = re.compile(
    r"[ \t]*+(?>\r\n|\r|\n)[ \t]*+(?![A-Za-z-]+\s*:)"
)  # gives nothing back: no blank hides a header
_EDGES = " \t\u00a0\u3000"
_LONGEST_TEXT = 200
_NOBODY = frozenset({"", "false", "no", "0"})
_YES = frozenset({"true", "yes", "1"})
_EVERYTHING = frozenset({*_YES, EVERYTHING})


class _Wrong(Exception):
    """One value is wrong: a code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__()
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the workspace knows: its channels' names, and the locale to suggest where one is missing."""

    channels: frozenset[str]
    default_locale: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The row's values as the store keeps them (only those columns that the file has), and what is wrong."""

    values: Mapping[str, str]
    problems: tuple[Problem, ...]


def check(row: Row, rules: Rules) -> Checked:
    """Applies the rules above to one row."""
    values: dict[str, str] = {}
    problems = list(row.problems)
    checks = _checks(rules)
    for name, value in row.values.items():
        try:
            values[name] = checks[name](name, value)
        except _Wrong as wrong:
            problems.append(Problem(row.places[name], wrong.code, wrong.message))
    if not row.problems:
        missing = [name for name in REQUIRED if name not in row.values]
        problems += [Problem(1, "missing_value", f"{name} is missing. Every row needs it.") for name in missing]
    return Checked(values, tuple(problems))


def _text(name: str, value: Value) -> str:
    text = value if isinstance(value, str) else ";".join(value)
    bad = None if text.isprintable() else _CONTROL.search(text)
    if bad:
        what = "a line break" if bad[0] in "\r\n\u2028\u2029" else "a control character"
        raise _Wrong("control_character", f"{name} holds {what}: '{shown(text)}'. Remove it.")
    return text.strip(_EDGES)


def _id(name: str, value: Value) -> str:
    text = _text(name, value)
    if _ID.fullmatch(text):
        return text
    if not text:
        raise _Wrong("missing_value", "id is empty. Every row needs one.")
    if "@" in text:
        raise _Wrong("bad_id", f"The id {mask(text)} is an address. Ids are printed and logged: use a customer number.")
    raise _Wrong("bad_id", f"'{shown(text)}' is not an id: use 1 to 128 letters, digits and . _ : + = / -")


def _locale(name: str, value: Value, default: str) -> str:
    text = _text(name, value)
    tag = canonical(text)
    if tag is None:
        found = f"'{shown(text)}' is not a known language" if text else "locale is empty"
        raise _Wrong("bad_locale", f"{found}. Write a tag such as en or zh-Hans; if unknown, {default}.")
    return tag


def _name(name: str, value: Value) -> str:
    if isinstance(value, str) and not value.isprintable():
        value = _LINE_BREAK.sub(" ", value.strip())
    return _line(name, value)


def _line(name: str, value: Value) -> str:
    text = _text(name, value)
    if len(text) > _LONGEST_TEXT:
        raise _Wrong("too_long", f"{name} has {len(text)} characters; at most {_LONGEST_TEXT} are kept.")
    return text


def _address(kind: str, words: str, read: Callable[[str], str]) -> _Check:
    def checked(name: str, value: Value) -> str:
        text = _text(name, value)
        try:
            return read(text) if text else ""
        except address.AddressError as error:
            raise _Wrong(f"bad_{kind}", f"'{mask(text)}' is not {words}: {error}.") from error

    return checked


def _channels(name: str, value: Value, known: frozenset[str]) -> str:
    return _known(_list(name, value), known)


def _opt_out(name: str, value: Value, known: frozenset[str]) -> str:
    word = _text(name, value).lower()
    if word in _NOBODY:
        return ""
    if _EVERYTHING.intersection(word.split(";")):
        return stored((EVERYTHING,))
    return _known(_list(name, value), known)


def _drill(name: str, value: Value) -> str:
    word = _text(name, value).lower()
    if word in _NOBODY:
        return "0"
    if word in _YES:
        return "1"
    raise _Wrong("bad_drill", f"drill is true or false, not '{shown(word)}'.")


def _list(name: str, value: Value) -> str:
    if not isinstance(value, str) and any(";" in item for item in value):
        raise _Wrong("bad_list", f"A word in {name} holds ';', which separates words.")
    text = _text(name, value)
    if max(map(len, text.split(";"))) > _LONGEST_TEXT:
        raise _Wrong("too_long", f"A word in {name} has more than {_LONGEST_TEXT} characters.")
    return _stored_list(text)


@lru_cache(maxsize=4096)
def _stored_list(text: str) -> str:
    items = (item.strip(_EDGES) for item in text.split(";"))
    return stored(tuple(dict.fromkeys(item for item in items if item)))


def _known(text: str, known: frozenset[str]) -> str:
    for item in text.split(";"):
        if item and item not in known:
            raise _Wrong("unknown_channel", f"There is no channel '{shown(item)}'. {nearest(item, known)}")
    return text


_email = _address("email", "an e-mail address", address.email)
_phone = _address("phone", "a phone number", address.phone)
_push = _address("push", "a push address", address.push)


@lru_cache(maxsize=8)
def _checks(rules: Rules) -> Mapping[str, _Check]:
    """The check of each column."""
    return {
        "id": _id,
        "name": _name,
        "locale": partial(_locale, default=rules.default_locale),
        "region": _line,
        "segments": _list,
        "email": _email,
        "phone": _phone,
        "push": _push,
        "channels": partial(_channels, known=rules.channels),
        "opt_out": partial(_opt_out, known=rules.channels),
        "drill": _drill,
    }
