"""incident.yaml: where it is found, and how it is read strictly in one pass.

Each package declares its own section (`SECTION` in its `settings.py` or module); `wiring` hands them all to `read`,
so that every mistake of the whole file is told at once. Secrets stand only as references: `env:NAME`, `file:path`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from incident.errors import Mistake, NoWorkspace, SettingsMistakes
from incident.shape import Field, Reader, Section
from incident.yamlfile import Node, parse

FILE = "incident.yaml"
ENVIRONMENT = "INCIDENT_WORKSPACE"


def find_workspace(given: str | None, environ: Mapping[str, str], start: Path) -> Path:
    """The workspace's folder: `given` (--workspace), else INCIDENT_WORKSPACE, else upward from `start`.

    Raises NoWorkspace with the way to make one.
    """
    named = given or environ.get(ENVIRONMENT)
    if named:
        folder = Path(named).expanduser().resolve()
        if (folder / FILE).is_file():
            return folder
        source = "--workspace" if given else ENVIRONMENT
        raise NoWorkspace(f"There is no {FILE} in {folder} (from {source}). Make one with: incident init {folder}")
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    raise NoWorkspace(
        f"There is no {FILE} here or above. Name the workspace with --workspace DIR or {ENVIRONMENT}, "
        "or make one with: incident init ~/oncall"
    )


@dataclass(frozen=True, slots=True)
class Secret:
    """A reference to a secret, resolved when the file was read. Prints as `***`; `reveal()` is for the wire only.
    `missing` says why there is none, where the rest works without it."""

    reference: str
    _value: str = field(repr=False, compare=False)
    missing: str = field(default="", compare=False)

    def reveal(self) -> str:
        return self._value

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return f"Secret({self.reference!r})"


_REFERENCE = re.compile(r"(env|file):(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretShape:
    """`env:NAME` or `file:path` (relative to the workspace) -> Secret. With `plain`, a literal value is allowed too
    (an URL on loopback has no secret in it); it is masked all the same. One that is `dispensable` may be missing: only
    what it is for does not work then (another login's file that this one may not read)."""

    plain: bool = False
    dispensable: bool = False
    hint: str = "a secret by reference: env:NAME or file:path"

    def read(self, node: Node, path: str, reader: Reader) -> Secret:
        text = str(node.value) if node.kind == "text" else ""
        match = _REFERENCE.fullmatch(text)
        if match is None:
            if self.plain and text:
                return Secret("plain", text)
            reader.wrong(node, "not_a_secret", f"Expected {self.hint}; the value itself must not stand in this file.")
            return Secret("missing", "")
        source, name = match.groups()
        value = os.environ.get(name) if source == "env" else _read_secret_file(Path(reader.file).parent, name)
        if value is None or not value.strip():
            kept = {"env": f"the environment variable {name} is not set", "file": f"the file {name} cannot be read"}
            where = kept[source]
            if self.dispensable:
                return Secret(text, "", where)
            reader.wrong(node, "missing_secret", f"The secret is missing: {where}.")
            return Secret(text, "")
        return Secret(text, value.strip())

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def words(self) -> str:
        return self.hint


def _read_secret_file(folder: Path, name: str) -> str | None:
    try:
        return (folder / Path(name).expanduser()).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def read(file: Path, sections: Mapping[str, Field]) -> tuple[dict[str, Any], Reader]:
    """The whole file as a dict of section to value, and the reader (its places serve later checks).

    Mistakes are collected in the reader, not raised: `wiring` adds those found by looking across sections and then
    calls `complain`.
    """
    reader = Reader(str(file))
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoWorkspace(f"{file} cannot be read: {error}.") from error
    node = parse(text, str(file), reader.mistakes)
    values: dict[str, Any] = {}
    if node is not None:
        values = Section(fields=sections, name="the settings: a mapping of sections").read(node, "", reader)
    if node is None:
        complain(reader)
    return values, reader


def complain(reader: Reader) -> None:
    """Raises SettingsMistakes when anything in the file is wrong."""
    if reader.mistakes:
        found: list[Mistake] = sorted(set(reader.mistakes))
        raise SettingsMistakes(
            "\n".join([f"{len(found)} mistake{'s' * (len(found) > 1)} in the settings:", *map(str, found)]), found
        )
