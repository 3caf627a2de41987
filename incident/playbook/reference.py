"""docs/playbook-reference.md, printed from the declarations that also read the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from incident.now import duration_text
from incident.playbook.clock_sections import ClocksShape
from incident.playbook.declaration import DeclarationShape
from incident.playbook.sections import ConditionShape, file_section
from incident.playbook.sending_shapes import RuleShape
from incident.playbook.shapes import ApprovalShape
from incident.playbook.step_fields import STEP, ForEachShape, OnErrorShape
from incident.playbook.structure import STEPS_HELP, UNDO_HELP, StepSection, UndoShape
from incident.playbook.testing_sections import TEST
from incident.playbook.testing_shapes import OrNever, Short
from incident.playbook.vocabulary import INCIDENT, NAMES, StepType
from incident.shape import Field, ListOf, MapOf, Section

HEAD = """\
# Playbook reference

Every field that a playbook file may hold. This page is printed from the declarations that read the files:
`incident playbook schema --format markdown > docs/playbook-reference.md`; a test holds the two together.
`incident playbook schema` prints the same for editors, `incident playbook lint` checks a file and tells every
mistake at once. How to write one: copy a shipped playbook into the workspace's `playbooks/` and change it.

Durations are written `90s`, `5m`, `2h`, `1h30m`, `3d`; days and instants are quoted; ids are lower-case words with
hyphens; texts are one text or a mapping of locale to text.
"""

TESTS_HEAD = """\
## Tests

Each test plays the playbook in virtual time: nothing is sent, nobody is called, a night is over in milliseconds.
`incident playbook test` plays them. Nobody does anything unless the test says so. In each moment the time passes first,
then people act in the order of the file, then it is looked whether all is as expected. `then` holds more moments, with
the same fields as the first. `{}` stands for a mapping without anything in it.
"""

NAMES_HEAD = """\
## Expressions

`when`, `until`, `that` … are bare expressions without braces: `steps['decide'].choice == 'go' and est_users > 1000`.
Texts such as `prompt` may hold `{{ dc }}`. Both are compiled when the file is read; an unknown name is a mistake.
A step that is skipped by its `when` counts as done for the steps that need it.

What nobody answered is known all the same: a question that was skipped, ran out of time or failed has the `default` of
each of its fields, and `none` where it declares no default; so has everything that any other step would have brought.
A comparison with `none` does not hold (`none > 5` and `5 > none` are both false), `not` turns that round, `x is none`
asks for it, and in a text it is nothing. Only arithmetic with it is a failure.
"""

_MEANING = {
    "params": "all parameters: `params.dc`",
    "vars": "all vars: `vars.region`",
    "incident": "the incident, with " + ", ".join(f"`{name}`" for name in sorted(INCIDENT)) + ", and each parameter",
    "steps": "what steps brought: `steps['ask-impact'].state`, and for questions each field or `choice`",
    "roles": "who holds which role: `roles.commander`",
    "clocks": "how a deadline of an authority stands: `clocks['eu-gdpr-33'].state` is none, running, submitted or "
    "dismissed; `.met` is true, false, or none while it still can be",
    "answers": "all answers by the id of their question",
}


_INNER: Mapping[str, Field] = {
    "undo": Field(shape=UndoShape(steps=StepSection(types={}), type=None), help=UNDO_HELP),
    "steps": Field(shape=ListOf(item=StepSection(types={})), help=f"{STEPS_HELP} For: group, parallel, repeat."),
}


def page(step_types: Mapping[str, StepType]) -> str:
    """The whole page as Markdown."""
    section = file_section(step_types)
    parts = [
        HEAD,
        "## The file\n",
        _table(_rows(section.fields, "")),
        "## Every step\n",
        _table(_rows({**STEP, **_INNER}, "")),
    ]
    for name, kind in sorted(step_types.items()):
        parts += [f"## {name}\n", f"{kind.help}\n", f"Effect: {kind.effect}.\n", _table(_rows(kind.fields, ""))]
    parts += [TESTS_HEAD, _table(_rows(TEST.section.fields, "tests[]."))]
    names = [f"- `{name}`: {_MEANING.get(name, 'known to every expression')}" for name in sorted(NAMES)]
    own = "- each parameter and each var by its own name"
    return "\n".join([*parts, NAMES_HEAD, "\n".join([own, *names])]) + "\n"


def _rows(fields: Mapping[str, Field], above: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in fields.items():
        yield f"{above}{name}", field.shape.words(), _default(field), field.help
        inner, below = _inner(field.shape, f"{above}{name}")
        if isinstance(inner, Section) and not name.startswith(("resolved", "correction")):
            yield from _rows(inner.fields, f"{below}.")


_WITH_SECTION = (
    ApprovalShape,
    ClocksShape,
    ConditionShape,
    DeclarationShape,
    ForEachShape,
    OnErrorShape,
    RuleShape,
    Short,
)
"""Shapes that are a section, or may be written as one."""


def _inner(shape: Any, path: str) -> tuple[Any, str]:
    """The section inside lists, mappings and other shapes, and the path that leads into it."""
    while True:
        if isinstance(shape, ListOf):
            shape, path = shape.item, f"{path}[]"
        elif isinstance(shape, MapOf):
            shape, path = shape.value, f"{path}.<name>"
        elif isinstance(shape, OrNever):
            shape = shape.short
        elif isinstance(shape, _WITH_SECTION):
            shape = shape.section
        else:
            return (None if isinstance(shape, StepSection) else shape), path


def _default(field: Field) -> str:
    if field.required:
        return "required"
    value = field.default
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return duration_text(value)
    return str(value) if isinstance(value, str | int | float) and value != "" else ""


def _table(rows: Iterator[tuple[str, str, str, str]]) -> str:
    told = list(rows)
    if not told:
        return "Nothing but the fields of every step.\n"
    lines = ["| Field | Value | Default | Meaning |", "|---|---|---|---|"]
    for path, words, default, meaning in told:
        lines.append(f"| `{path}` | {_cell(words)} | {_cell(default)} | {_cell(meaning)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
