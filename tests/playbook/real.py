"""The vocabulary of the real step types and the real audience grammar, for tests of what is shipped."""

from __future__ import annotations

from dataclasses import replace

from incident import registry
from incident.audience.segment import parse
from incident.playbook.vocabulary import StepType, Vocabulary
from tests.playbook.words import VOCABULARY

STEPS = "incident.run.steps"


def real_vocabulary() -> Vocabulary:
    """As `wiring` fills it: every file in the folder of step types, audiences by their own grammar."""
    types = {}
    for name in registry.names(STEPS):
        module = registry.load(STEPS, name)
        types[name] = StepType(
            fields=module.FIELDS,
            effect=module.EFFECT,
            help=module.HELP,
            answers=getattr(module, "answers", None),
            check=getattr(module, "check", None),
        )
    return replace(VOCABULARY, step_types=types, audience=lambda text: frozenset(parse(text).names))
