"""Words that messages share: one YAML file per locale, each value a text (or a list of texts) with `{{ }}` in it.

`templates/words/<case>/<locale>.yaml` says what happened in one kind of case; `templates/layout/<locale>.yaml` holds
the phrases of every message (greeting, labels, footer).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from incident.errors import Mistake
from incident.shape import ListOf, MapOf, Reader, Text
from incident.yamlfile import Node, parse

_KEY = Text(pattern="[a-z][a-z0-9_]*", hint="a name of lower-case words joined by _")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`values`: key to its lines (one or more texts). `lists`: keys that were written as lists."""

    file: str
    values: Mapping[str, tuple[str, ...]]
    lists: frozenset[str]
    places: Mapping[str, tuple[int, int]]

    def texts(self) -> Iterator[tuple[str, str, int, int]]:
        """(key, text, line, column) of every text in it."""
        for key, texts in self.values.items():
            for index, text in enumerate(texts):
                line, column = self.places.get(f"{key}[{index}]", self.places[key])
                yield key, text, line, column


def read(file: Path, mistakes: list[Mistake]) -> Sheet | None:
    """The sheet, or None; every mistake is added to `mistakes`."""
    reader = Reader(str(file), mistakes)
    before = len(mistakes)
    node = parse(file.read_text(encoding="utf-8"), reader.file, mistakes)
    if node is None:
        return None
    values = MapOf(value=ListOf(item=Text(), single=True, least=1), key=_KEY).read(node, "", reader)
    if len(mistakes) > before:
        return None
    places = {path.removeprefix("."): place for path, place in reader.places.items()}
    return Sheet(file=str(file), values=values, lists=_lists(node), places=places)


def _lists(node: Node) -> frozenset[str]:
    return frozenset(key for key, child in node.value.items() if child.kind == "list")
