"""The documents that scripts read are those that docs/machine-contract.md tells, key by key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import run
from tests.docs import pages
from tests.docs.story import play

BY_NAME = {
    "roles",
    "params",
    "title",
    "contact",
    "reasons",
    "detail",
    "locales",
    "vars",
    "cadence",
    "notices",
    "steps",
    "authority",
    "who",
    "counsel",
    "held",
}
"""Keys whose value is a mapping with names as keys, or a playbook's own content."""

FREE = {"incident.playbook-schema/v1", "incident.playbook-show/v1"}
"""Their inner keys are those of JSON Schema and of a playbook."""

SECTIONS = pages.sections("machine-contract.md")


def told(schema: str) -> set[str]:
    """The keys that a schema's part names, with those of the shapes it refers to."""
    part = SECTIONS[schema]
    shapes = re.findall(r"\]\(#(\w+)\)", part)
    return set(re.findall(r"`(\w+)`", " ".join([part, *(SECTIONS[shape] for shape in shapes)]))) | {"schema"}


def keys(value: Any, depth: int = 0) -> set[str]:
    """The keys of a document and of what is in it, down to mappings whose keys are names."""
    if isinstance(value, list):
        return set().union(*(keys(one, depth) for one in value))
    if not isinstance(value, dict) or depth > 1:
        return set()
    below = [keys(inner, depth + 1) for name, inner in value.items() if name not in BY_NAME and not _sums(name, inner)]
    return set(value).union(*below)


def _sums(name: str, value: Any) -> bool:
    """`channels` of a reconciliation is a mapping of names; elsewhere it is a list."""
    return isinstance(value, dict) and name == "channels"


def emitted() -> set[str]:
    """The names of documents that the code of the commands prints."""
    folder = pages.ROOT / "incident" / "cli"
    code = "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
    names = set(re.findall(r'(?:emit|emit_line|settle)\(\s*(?:session, )?"([a-z-]+)"', code))
    names |= set(re.findall(r'name="(correct|resolve)"', code)) | {"update", "error"}
    return names | {f"outbox-{name}" for name in re.findall(r'act_on\(\s*session,\s*"(\w+)"', code)}


def test_every_document_is_told() -> None:
    """Each schema has its place in the contract, and the contract names no other."""
    text = pages.text("machine-contract.md")
    headings = {name for name in SECTIONS if name.startswith("incident.")}
    assert {f"incident.{name}/v1" for name in emitted()} - headings == {"incident.error/v1"}
    assert headings - {f"incident.{name}/v1" for name in emitted()} == set()
    assert "incident.error/v1" in text


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, dict[str, Any]]]:
    """Every command once, as scripts see it."""
    return list(play(tmp_path_factory.mktemp("night") / "oncall"))


@pytest.mark.timeout(600)
def test_a_night_goes_well(night: list[tuple[str, int, dict[str, Any]]]) -> None:
    """Every command of the story does its work."""
    assert [(line, document.get("message")) for line, code, document in night if code not in (0, 100)] == []


def test_the_story_shows_every_document(night: list[tuple[str, int, dict[str, Any]]]) -> None:
    """No command is left out, so that no document goes unchecked."""
    seen = {document["schema"] for _, _, document in night}
    assert {f"incident.{name}/v1" for name in emitted()} - seen == {"incident.error/v1"}


def test_every_key_is_told(night: list[tuple[str, int, dict[str, Any]]]) -> None:
    """Each key of each document stands in its part of the contract."""
    untold = {
        document["schema"]: sorted(found)
        for _, _, document in night
        if document["schema"] not in FREE and (found := keys(document) - told(document["schema"]))
    }
    assert untold == {}


def test_errors_are_told(tmp_path: Path) -> None:
    """A count that was not confirmed and a file with bad rows: the keys that the contract promises, and no others."""
    folder, bad = tmp_path / "oncall", tmp_path / "bad.csv"
    run("init", folder)
    run("audience", "import", folder / "audience" / "sample.csv", "--workspace", folder)
    bad.write_text("id,locale\nc-9,nowhere!\n", encoding="utf-8")
    declared = run("declare", "datacenter-loss", "--param", "dc=sh1", "--workspace", folder)
    assert declared.exit == 0
    unconfirmed = run("approve", "1", "first-notice", "--as", "second", "--workspace", folder, "--output", "json")
    rejected = run("audience", "import", bad, "--workspace", folder, "--output", "json")
    assert (unconfirmed.exit, unconfirmed.json["count"], rejected.exit) == (20, 8, 11)
    promised = set(re.findall(r"`(\w+)`", SECTIONS["Errors"] + SECTIONS["mistake"])) | {"schema"}
    assert (set(unconfirmed.json) | set(rejected.json) | set(rejected.json["mistakes"][0])) - promised == set()
