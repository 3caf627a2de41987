"""Each field that the reference tells has its mistake in these folders: no field is added whose mistakes go unread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from incident.playbook.loader import lint_file
from incident.playbook.vocabulary import Vocabulary
from incident.yamlfile import Node, parse
from tests.mistakes.test_mistakes import PLAYBOOKS, STEPS, of_steps
from tests.playbook.words import VOCABULARY

REFERENCE = Path(__file__).parents[2] / "docs" / "playbook-reference.md"
Place = tuple[int, int]
Field = tuple[str, str]
"""Of what (the file, every step, a type of step), and the path inside it."""
Keys = tuple[str, ...]
"""The keys that lead to a value; `[]` for a place in a list, `[run]` for that of a step of type run."""


def test_each_field_has_its_mistake() -> None:
    """By the place at which a mistake is told; `notices.update` has the fields of an announcement."""
    made = {field for file, words in _cases() for field in mistaken(file, words)}
    assert sorted(set(declared()) - made) == []


def test_the_measure_measures() -> None:
    """A file with one mistake names its field, and no other."""
    file = REFERENCE.parents[1] / "tests" / "mistakes" / "playbook" / "unknown-role-assignee.yaml"
    assert {path for owner, path in mistaken(file, VOCABULARY) if owner == "Every step"} == {"assignee", "<name>"}


def _cases() -> Iterator[tuple[Path, Vocabulary]]:
    yield from ((file, VOCABULARY) for file in PLAYBOOKS)
    yield from ((file, of_steps()) for file in STEPS)


def declared() -> Iterator[Field]:
    """Every row of the reference."""
    owner = ""
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        row = re.match(r"\| `([^`]+)` \|", line)
        if line.startswith("## "):
            owner = line.removeprefix("## ").replace("Tests", "The file")  # a part of the file, in a table of its own
        elif row and not row[1].startswith("notices.update."):
            yield owner, row[1]


def mistaken(file: Path, words: Vocabulary) -> set[Field]:
    """The fields at which a mistake of this file is told."""
    node = parse(file.read_text(encoding="utf-8"), file.name, [])
    told = {(one.line, one.column) for one in lint_file(file, words)}
    found = set(_at(node, (), told)) if node is not None else set()
    return {field for keys in found for field in _fields(keys)}


def _at(node: Node, keys: Keys, told: set[Place]) -> Iterator[Keys]:
    """The values that stand at one of these places, or whose keys do."""
    if node.kind == "map":
        for name, child in node.value.items():
            here = (*keys, name)
            if node.keys[name] in told or (child.line, child.column) in told:
                yield here
            yield from _at(child, here, told)
    if node.kind == "list":
        for child in node.value:
            step = child.value.get("type") if child.kind == "map" else None
            here = (*keys, f"[{step.value}]" if step is not None and keys[-1:] != ("params",) else "[]")
            if (child.line, child.column) in told:
                yield keys
            yield from _at(child, here, told)


def _fields(keys: Keys) -> Iterator[Field]:
    """What the reference may call this value."""
    steps = [place for place, part in enumerate(keys) if re.fullmatch(r"\[[a-z]+\]|undo", part)]
    inner = keys[steps[-1] + 1 :] if steps else ()
    kind = next((keys[place][1:-1] for place in reversed(steps) if keys[place] != "undo"), "")
    if inner:
        yield from ((owner, text) for owner in (kind, "Every step") for text in _texts(inner))
    else:
        yield from (("The file", text) for text in _texts(keys))
    if steps and not inner:
        yield "Every step", keys[-1]


def _texts(keys: Keys) -> Iterator[str]:
    """`a.b[].c`, with and without `<name>` for each part that a person may have chosen."""
    texts = [""]
    for part in keys:
        if part == "[]":
            texts = [f"{text}[]" for text in texts]
        else:
            texts = [f"{text}.{one}".lstrip(".") for text in texts for one in {part, "<name>"}]
    return iter(texts)
