"""What is asked of the outside, and how it ended, as plain frozen values that go through the store as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

STATES = ("ok", "failed", "lost")
"""It was done and is good; it was done, or tried, and is not; nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program with its arguments; no shell reads them. `env` is added to a minimal environment, `passed` names
    variables of the worker's own that it gets too, and whose values are masked in what it prints. `seconds` is its
    time; `ok` are the exit codes that count as done; `format` is text or json: how its output is read. `key` stays the
    same when it is done again."""

    kind: ClassVar[str] = "command"
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    stdin: str = ""
    seconds: float = 60.0
    ok: tuple[int, ...] = (0,)
    format: str = "text"
    key: str = ""
    secrets: tuple[str, ...] = ()

    def simulated(self) -> dict[str, Any]:
        """What it would bring if all went well."""
        return {"exit_code": self.ok[0], "output": "", "json": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """An HTTP request. `expect` are the statuses that count as done (empty: 200-299); `key` is what it is known by,
    also when it is sent again."""

    kind: ClassVar[str] = "web"
    method: str = "GET"
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    passed: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 30.0
    expect: tuple[int, ...] = ()
    contains: str = ""
    key: str = ""
    secrets: tuple[str, ...] = ()

    def simulated(self) -> dict[str, Any]:
        """What it would bring if all went well."""
        return {"status": self.expect[0] if self.expect else 200, "body": "", "json": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """A TCP connection that is opened and closed again."""

    kind: ClassVar[str] = "connect"
    host: str
    port: int
    seconds: float = 10.0
    key: str = ""
    secrets: tuple[str, ...] = ()

    def simulated(self) -> dict[str, Any]:
        """What it would bring if all went well."""
        return {}


Request = Command | WebRequest | Connect
_KINDS: dict[str, type[Command] | type[WebRequest] | type[Connect]] = {
    one.kind: one for one in (Command, WebRequest, Connect)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it ended: `state` is one of STATES, `code` the kind of failure, `words` a sentence for people, `outputs`
    what it brought. Nothing in it is secret."""

    state: str
    code: str = ""
    words: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)


def dump(request: Request) -> str:
    """As the store keeps it."""
    return json.dumps({"kind": request.kind, **asdict(request)}, ensure_ascii=False)


def load(text: str) -> Request:
    """What `dump` wrote."""
    data: dict[str, Any] = json.loads(text)
    made: Callable[..., Request] = _KINDS[data.pop("kind")]
    return made(**{name: tuple(value) if isinstance(value, list) else value for name, value in data.items()})
