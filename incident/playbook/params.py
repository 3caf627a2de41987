"""Parameters and answers: from what a person typed to a typed value, or a sentence that says what would fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from incident import registry
from incident.errors import BadValue
from incident.now import duration_text, iso, parse_duration, parse_iso
from incident.playbook.model import Param, Playbook

MASK = "***"
_WORDS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


def check_params(playbook: Playbook, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of the playbook with its typed value: given, or by default, or None.

    `given` holds texts (`--param dc=sh1`) or values that are typed already. Lists are split at `;` or `,`.
    Raises BadValue naming every problem at once; the value of a secret is never repeated.
    """
    return check_values(playbook.params, given, f"playbook '{playbook.id}'")


def check_notice(playbook: Playbook, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a notice of this playbook reads: parameters and vars, each given or by default. A var takes what its default
    is: a number, a text, a list; a mapping cannot be typed. Raises BadValue as `check_params` does."""
    fixed = {name: value for name, value in playbook.vars.items() if isinstance(value, Mapping)}
    typed = {name: value for name, value in playbook.vars.items() if name not in fixed}
    declared = tuple(Param(name=name, type=_type_of(value), default=value) for name, value in typed.items())
    return {**fixed, **check_values((*declared, *playbook.params), given, f"playbook '{playbook.id}'")}


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    return "list" if isinstance(value, list | tuple) else "string"


def check_values(declared: tuple[Param, ...], given: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """As `check_params`, for any declarations (the fields of a question)."""
    known = {param.name: param for param in declared}
    problems = [f"{owner} has no '{name}'. {registry.nearest(name, known)}" for name in given if name not in known]
    values: dict[str, Any] = {}
    for name, param in known.items():
        raw = given.get(name)
        if raw is None or raw == "":
            values[name] = param.default
            if param.required and param.default is None:
                problems.append(f"'{name}' is missing: {describe(param)}")
            continue
        try:
            values[name] = value_of(param, raw)
        except ValueError as error:
            problems.append(f"'{name}' {error}")
    if problems:
        raise BadValue("\n".join(problems), problems=problems)
    return values


def describe(param: Param) -> str:
    """The parameter for whoever must give it: `string, one of sh1, hz2 - the data centre that is lost`."""
    allowed = f", one of {', '.join(map(str, param.enum))}" if param.enum else ""
    return f"{param.type}{allowed}" + (f" - {param.help}" if param.help else "")


def value_of(param: Param, raw: Any) -> Any:
    """The typed value of `raw`. Raises ValueError with the end of a sentence: `must be a whole number, not 'x'`."""
    value = _typed(param, raw)
    for one in value if isinstance(value, tuple) else (value,):
        _check(param, one)
    return value


def _typed(param: Param, raw: Any) -> Any:
    try:
        return _READERS[param.type](raw.strip() if isinstance(raw, str) else raw)
    except (ValueError, TypeError, OverflowError):
        shown = "this" if param.secret else f"'{raw}'"
        raise ValueError(f"must be {TYPE_WORDS[param.type]}, not {shown}.") from None


def _check(param: Param, value: Any) -> None:
    shown = "this value" if param.secret else f"'{value}'"
    if param.enum and value not in param.enum:
        known = [str(word) for word in param.enum]
        raise ValueError(f"may not be {shown}. {registry.nearest(str(value), known)}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if param.min is not None and value < param.min:
            raise ValueError(f"must be {param.min:g} or more, not {shown}.")
        if param.max is not None and value > param.max:
            raise ValueError(f"must be {param.max:g} or less, not {shown}.")
    if param.pattern and isinstance(value, str) and not re.fullmatch(param.pattern, value):
        raise ValueError(f"must look like {param.pattern}, not {shown}.")


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


def _integer(raw: Any) -> int:
    if isinstance(raw, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", raw):
        return int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise TypeError
    return raw


def _number(raw: Any) -> float:
    if isinstance(raw, str) and re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", raw):
        return float(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise TypeError
    return raw


def _boolean(raw: Any) -> bool:
    if isinstance(raw, str) and raw.lower() in _WORDS:
        return _WORDS[raw.lower()]
    if not isinstance(raw, bool):
        raise TypeError
    return raw


def _list(raw: Any) -> tuple[str, ...]:
    words = re.split("[;,]", raw) if isinstance(raw, str) else raw
    if not isinstance(words, list | tuple):
        raise TypeError
    return tuple(_text(word).strip() for word in words if _text(word).strip())


def _datetime(raw: Any) -> datetime:
    return raw if isinstance(raw, datetime) and raw.tzinfo else parse_iso(_text(raw))


def _duration(raw: Any) -> timedelta:
    return raw if isinstance(raw, timedelta) else parse_duration(_text(raw))


_READERS: dict[str, Callable[[Any], Any]] = {
    "string": _text,
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "list": _list,
    "datetime": _datetime,
    "duration": _duration,
}
TYPE_WORDS = {
    "string": "text",
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list such as payment;refund",
    "datetime": "an instant with its offset such as 2026-11-21T03:10:00+08:00",
    "duration": "a duration such as 90s, 5m, 2h or 3d",
}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Typed values as JSON can hold them; `check_params` reads them back to the same values."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    return list(value) if isinstance(value, tuple) else value


def masked(declared: tuple[Param, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """`plain` values for eyes and records: what was declared `secret` shows as `***`."""
    secret = {param.name for param in declared if param.secret}
    return {name: MASK if name in secret and value is not None else _plain(value) for name, value in values.items()}
