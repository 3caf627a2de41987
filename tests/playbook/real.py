"""The vocabulary of the real step types and the real audience grammar, for tests of what is shipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from incident.audience import parse
from incident.duty.rules import shelf
from incident.message.catalog import Catalog
from incident.playbook.vocabulary import Vocabulary
from incident.run.announcing import SOURCES
from incident.wiring import step_types
from tests.playbook.words import VOCABULARY


def real_vocabulary() -> Vocabulary:
    """As `wiring` fills it: every file in the folder of step types, audiences by their own grammar."""
    return replace(
        VOCABULARY,
        step_types=step_types(),
        audience=lambda text: parse(text, SOURCES).names,
        clocks=shelf(Path("nowhere")),
        messages=frozenset(Catalog.open().names()),
    )
