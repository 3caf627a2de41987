"""A playbook file as JSON Schema (2020-12), so that editors complete and check while one writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident.playbook.model import SCHEMA
from incident.playbook.sections import file_section
from incident.playbook.structure import StepSection
from incident.playbook.vocabulary import StepType


def json_schema(step_types: Mapping[str, StepType]) -> dict[str, Any]:
    """The schema for these step types. It checks form; names and order are the loader's to check."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A playbook ({SCHEMA})",
        **file_section(step_types).schema(),
        "$defs": StepSection(types=step_types).definitions(),
    }
