"""The only door to PyYAML: a strict tree of nodes, each with its line and column.

YAML 1.1 turns `on` into true, `22:00` into 1320, `0123` into 83 and a repeated key into silence. In a file read at
3 a.m. each of these is a mistake, so this reader tells them all at once instead of guessing:

1. a key is text, and stands once in its mapping;
2. `true` and `false` are the only booleans; `on`, `off`, `yes`, `no`, `y`, `n` are told to be quoted or changed;
3. whole numbers are decimal without leading zeros, `_` or `:`; dates and times are quoted;
4. no aliases and no tags: what is written in one place means the same thing when copied to another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from incident.errors import Mistake

try:  # the C parser is ten times faster; PyYAML's wheels carry it, some distributions do not
    from yaml import CSafeLoader as _Loader
except ImportError:  # pragma: no cover
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

Kind = Literal["map", "list", "text", "integer", "number", "boolean", "null"]

_TAG = "tag:yaml.org,2002:"
_TAGS = (_TAG + "str", _TAG + "map", _TAG + "seq")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_DEEPEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value where it stands. `value` is a dict of nodes, a list of nodes, or a scalar; `raw` is a scalar as written.

    `keys` holds the place (line, column) of each key of a map. Lines and columns count from 1.
    """

    kind: Kind
    value: Any
    line: int
    column: int
    raw: str = ""
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)

    def plain(self) -> Any:
        """The value without places: dicts, lists and scalars."""
        if self.kind == "map":
            return {key: child.plain() for key, child in self.value.items()}
        if self.kind == "list":
            return [child.plain() for child in self.value]
        return self.value


def parse(text: str, file: str, mistakes: list[Mistake]) -> Node | None:
    """Reads one YAML document; every mistake is added to `mistakes`. None when nothing can be read at all."""
    try:
        if (deep := _too_deep(text)) is not None:
            line, column = deep.line + 1, deep.column + 1
            mistakes.append(Mistake(file, line, column, "yaml_depth", f"Nested deeper than {_DEEPEST} levels."))
            return None
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = " ".join(part for part in (error.context, error.problem) if part)
        mistakes.append(
            Mistake(file, line, column, "yaml", f"This is not YAML: {problem}. Check indentation and quotes.")
        )
        return None
    except yaml.YAMLError as error:
        mistakes.append(Mistake(file, 1, 1, "yaml", f"This is not YAML: {error}."))
        return None
    if root is None:
        mistakes.append(Mistake(file, 1, 1, "empty", "The file is empty."))
        return None
    return _Builder(file, mistakes).node(root)


def _too_deep(text: str) -> Any:
    """The mark of the first value nested too deep, or None. Composing recurses in C: deep nesting ends the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                return event.start_mark
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


class _Builder:
    def __init__(self, file: str, mistakes: list[Mistake]) -> None:
        self.file = file
        self.mistakes = mistakes
        self.seen: set[int] = set()

    def node(self, raw: yaml.Node) -> Node:
        line, column = raw.start_mark.line + 1, raw.start_mark.column + 1
        if id(raw) in self.seen:
            self._mistake(raw, "yaml_alias", "Anchors and aliases (&x, *x) are not read here; write the value out.")
            return Node(kind="null", value=None, line=line, column=column)
        self.seen.add(id(raw))
        if raw.tag not in _TAGS and not (isinstance(raw, yaml.ScalarNode) and not raw.style):
            self._mistake(raw, "yaml_tag", f"Tags such as {raw.tag} are not read here; remove it.")
        if isinstance(raw, yaml.ScalarNode):
            return self._scalar(raw, line, column)
        if isinstance(raw, yaml.MappingNode):
            return self._map(raw, line, column)
        children = [self.node(child) for child in raw.value]
        return Node(kind="list", value=children, line=line, column=column)

    def _map(self, raw: yaml.MappingNode, line: int, column: int) -> Node:
        values: dict[str, Node] = {}
        places: dict[str, tuple[int, int]] = {}
        for key_node, value_node in raw.value:
            key = self._key(key_node)
            child = self.node(value_node)
            if key is None:
                continue
            if key in values:
                first = places[key][0]
                self._mistake(
                    key_node, "duplicate_key", f"'{key}' stands twice (first on line {first}); keep one of them."
                )
                continue
            values[key] = child
            places[key] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        return Node(kind="map", value=values, line=line, column=column, keys=places)

    def _key(self, raw: yaml.Node) -> str | None:
        if not isinstance(raw, yaml.ScalarNode):
            self._mistake(raw, "key_not_text", "A key must be text, not a list or a mapping.")
            return None
        if not raw.style and raw.tag == _TAG + "merge":
            self._mistake(raw, "yaml_alias", "Merge keys (<<) are not read here; write the values out.")
            return None
        if not raw.style and raw.tag != _TAG + "str":
            self._mistake(
                raw,
                "key_not_text",
                f"YAML 1.1 does not read the key {raw.value} as text; quote it ('{raw.value}') or choose another word.",
            )
            return None
        return str(raw.value)

    def _scalar(self, raw: yaml.ScalarNode, line: int, column: int) -> Node:
        text = str(raw.value)
        kind: Kind = "text"
        value: Any = text
        tag = raw.tag.removeprefix(_TAG)
        if raw.style or tag == "str":  # a plain scalar has no style: None in Python's parser, '' in C's
            pass
        elif tag == "null":
            kind, value = "null", None
        elif tag == "bool" and text.lower() in ("true", "false"):
            kind, value = "boolean", text.lower() == "true"
        elif tag == "bool":
            self._mistake(
                raw, "yaml_1_1_boolean", f"YAML 1.1 reads {text} as true or false; write true, false or '{text}'."
            )
        elif tag == "int" and _INTEGER.fullmatch(text):
            kind, value = "integer", int(text)
        elif tag == "float" and _NUMBER.fullmatch(text):
            kind, value = "number", float(text)
        elif tag in ("int", "float"):
            self._mistake(
                raw,
                "yaml_1_1_number",
                f"YAML 1.1 may read {text} as another number; quote it ('{text}') or write it in plain decimal.",
            )
        elif tag == "timestamp":
            self._mistake(raw, "yaml_1_1_date", f"YAML 1.1 reads {text} as a date; quote it: '{text}'.")
        else:
            self._mistake(raw, "yaml_tag", f"Tags such as {raw.tag} are not read here; remove it.")
        return Node(kind=kind, value=value, line=line, column=column, raw=text)

    def _mistake(self, raw: yaml.Node, code: str, message: str) -> None:
        mark = raw.start_mark
        self.mistakes.append(Mistake(self.file, mark.line + 1, mark.column + 1, code, message))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, top down."""
    yield node
    children = node.value.values() if node.kind == "map" else node.value if node.kind == "list" else ()
    for child in children:
        yield from walk(child)
