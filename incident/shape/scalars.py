"""Shapes of single values: text, numbers, durations, days, locales, choices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from incident import registry
from incident.ident import is_slug
from incident.now import parse_duration
from incident.shape.reader import Reader, Refusing
from incident.yamlfile import Node

_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Refusing):
    """Text. A bare number is refused: `1.10` would have become 1.1 on the way."""

    pattern: str = ""
    hint: str = "text"
    longest: int = 0

    def read(self, node: Node, path: str, reader: Reader) -> str:
        if node.kind in ("integer", "number", "boolean"):
            reader.wrong(node, "wrong_type", f"Expected {self.words()}, found {node.raw}; quote it: '{node.raw}'.")
            return str(node.raw)
        if node.kind != "text" or not node.value.strip():
            self._refuse(node, reader)
            return ""
        value = str(node.value)
        if self.pattern and not re.fullmatch(self.pattern, value):
            reader.wrong(node, "bad_text", f"'{value}' is not {self.words()}.")
        if self.longest and len(value) > self.longest:
            reader.wrong(node, "too_long", f"{len(value)} characters; at most {self.longest} are allowed here.")
        return value

    def schema(self) -> dict[str, Any]:
        extra = {"pattern": f"^(?:{self.pattern})$"} if self.pattern else {}
        return {"type": "string", **extra}

    def words(self) -> str:
        return self.hint


class Slug(Refusing):
    """Lower-case words joined by hyphens: durable ids."""

    def read(self, node: Node, path: str, reader: Reader) -> str:
        if node.kind != "text":
            self._refuse(node, reader)
            return str(node.raw)
        if not is_slug(node.value):
            hint = "use lower-case words with hyphens: first-notice"
            reader.wrong(node, "bad_id", f"'{node.value}' is not an id; {hint}.")
        return str(node.value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"}

    def words(self) -> str:
        return "an id (lower-case words with hyphens)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer(Refusing):
    least: int | None = None
    most: int | None = None

    def read(self, node: Node, path: str, reader: Reader) -> int:
        if node.kind != "integer":
            self._refuse(node, reader)
            return self.least or 0
        value = int(node.value)
        if (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            reader.wrong(node, "out_of_range", f"{value} is not {self.words()}.")
        return value

    def schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.least, "maximum": self.most}
        return {"type": "integer", **{key: value for key, value in bounds.items() if value is not None}}

    def words(self) -> str:
        if self.least is not None and self.most is not None:
            return f"a whole number from {self.least} to {self.most}"
        return "a whole number" + (f" of {self.least} or more" if self.least is not None else "")


class Boolean(Refusing):
    def read(self, node: Node, path: str, reader: Reader) -> bool:
        if node.kind != "boolean":
            self._refuse(node, reader)
            return False
        return bool(node.value)

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def words(self) -> str:
        return "true or false"


class Duration(Refusing):
    """`5m`, `2h`, `1h30m` -> timedelta. A leading plus (`+20m`: from then on) is allowed and changes nothing."""

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        from datetime import timedelta

        if node.kind != "text":
            self._refuse(node, reader)
            return timedelta(0)
        try:
            return parse_duration(node.value.removeprefix("+"))
        except ValueError:
            self._refuse(node, reader)
            return timedelta(0)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^\\+?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$", "minLength": 2}

    def words(self) -> str:
        return "a duration such as 90s, 5m, 2h or 3d"


class Day(Refusing):
    """A quoted ISO date -> date."""

    def read(self, node: Node, path: str, reader: Reader) -> date | None:
        try:
            return date.fromisoformat(node.value if node.kind == "text" else "")
        except ValueError:
            self._refuse(node, reader)
            return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def words(self) -> str:
        return "a quoted date such as '2026-12-31'"


class Locale(Refusing):
    """A CLDR / BCP 47 language tag: `en`, `zh-Hans`, `pt-BR`."""

    def read(self, node: Node, path: str, reader: Reader) -> str:
        if node.kind != "text" or not _LOCALE.fullmatch(node.value):
            self._refuse(node, reader)
            return ""
        return str(node.value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_LOCALE.pattern}$"}

    def words(self) -> str:
        return "a locale such as en or zh-Hans"


class TimeZone(Refusing):
    """An IANA time zone that this machine knows."""

    def read(self, node: Node, path: str, reader: Reader) -> str:
        from zoneinfo import ZoneInfo

        name = str(node.value) if node.kind == "text" else ""
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            reader.wrong(node, "unknown_time_zone", f"'{node.raw}' is not {self.words()}.")
            return "UTC"
        return name

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def words(self) -> str:
        return "an IANA time zone such as Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Choice(Refusing):
    """One of a closed list of words."""

    known: tuple[str, ...]

    def read(self, node: Node, path: str, reader: Reader) -> str:
        if node.kind == "text" and node.value in self.known:
            return str(node.value)
        if node.kind == "text":
            reader.wrong(
                node, "unknown_value", f"'{node.value}' is not allowed here. {registry.nearest(node.value, self.known)}"
            )
        else:
            self._refuse(node, reader)
        return self.known[0]

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.known)}

    def words(self) -> str:
        return "one of " + ", ".join(self.known)


class Anything(Refusing):
    """Any plain value: a parameter's default, a constant."""

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        return node.plain()

    def schema(self) -> dict[str, Any]:
        return {}

    def words(self) -> str:
        return "any value"
