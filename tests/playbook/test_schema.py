"""What editors are told agrees with what the loader says, and so does the reference page."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from incident.playbook.reference import page
from incident.playbook.schema import json_schema
from incident.playbook.sections import file_section
from incident.playbook.step_fields import STEP
from tests.playbook.real import real_vocabulary
from tests.playbook.words import TYPES

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "playbooks").glob("*.yaml"))
FORM = (
    "unknown-field",
    "unknown-kind",
    "unknown-step-type",
    "wrong-duration",
    "missing-fields",
    "no-steps",
    "bad-locale",
)


def validator(types: dict | None = None) -> jsonschema.Draft202012Validator:
    schema = json_schema(types or TYPES)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_playbooks_validate(file: Path) -> None:
    """An editor shows no red line in what we ship."""
    types = dict(real_vocabulary().step_types)
    assert [e.message for e in validator(types).iter_errors(yaml.safe_load(file.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize("name", FORM)
def test_mistakes_of_form_are_seen_by_the_editor(name: str) -> None:
    """Of the bad files, those whose mistake is one of form."""
    file = ROOT / "tests" / "mistakes" / "playbook" / f"{name}.yaml"
    assert not validator().is_valid(yaml.safe_load(file.read_text(encoding="utf-8")))


def test_the_reference_page_is_current() -> None:
    """docs/playbook-reference.md is what the declarations print."""
    printed = page(real_vocabulary().step_types)
    written = (ROOT / "docs" / "playbook-reference.md").read_text(encoding="utf-8")
    assert written == printed, "incident playbook schema --format markdown > docs/playbook-reference.md"


def test_every_field_has_a_sentence() -> None:
    """The page and the editor explain each of them."""
    for name, field in (*file_section(TYPES).fields.items(), *STEP.items()):
        assert field.help.strip(), name
