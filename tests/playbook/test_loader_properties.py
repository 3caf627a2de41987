"""Whatever stands in a file: a playbook, or mistakes at places inside the file; never a crash."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from incident.playbook.loader import lint, load
from incident.playbook.sections import file_section
from incident.playbook.step_fields import STEP
from tests.playbook.words import TYPES, VOCABULARY

SHIPPED = sorted((Path(__file__).parents[2] / "playbooks").glob("*.yaml"))
NAME = "datacenter-loss.yaml"
FILE = f"playbooks/{NAME}"
VALID = [
    (Path(__file__).parents[2] / "playbooks" / NAME).read_text(encoding="utf-8"),
    *(file.read_text(encoding="utf-8") for file in SHIPPED if file.name != NAME),
]
BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
WORDS = sorted({word for text in VALID for word in re.findall(r"[\w'\[\]{}:.-]+", text)})
ODD = st.sampled_from(
    [
        "",
        "no",
        "on",
        "22:00",
        "0123",
        "1.10",
        "~",
        "&x",
        "*x",
        "<<",
        "[",
        "{",
        "}",
        "!!set",
        "|",
        "\t",
        "{{",
        "%",
        "'",
        "-",
    ]
)


def holds(text: str) -> None:
    """A playbook, or mistakes that all lie inside the file."""
    mistakes = lint(text, FILE, VOCABULARY)
    if not mistakes:
        assert load(text, FILE, VOCABULARY).steps
    lines = BREAKS.split(text)
    for mistake in mistakes:
        assert 1 <= mistake.line <= len(lines) + 1, mistake
        assert mistake.column >= 1, mistake
        assert mistake.message.strip(), mistake
        assert mistake.code.isidentifier(), mistake


@given(st.text())
@example("[" * 200_000)
@example("{a: " * 3_000)
@example("- " * 20_000)
@example("1" * 5_000)
@example("steps: [{when: '" + "(" * 3_000 + "'}]")
@example("steps: [{id: a, type: task, when: '" + "9" * 5_000 + "'}]")
@example("steps: [{id: a, type: task, when: '" + "not " * 2_000 + "x'}]")
@example("steps: [{id: a, type: task, when: \"'%999999999d' % 1\"}]")
@example("steps: [{id: a, type: task, when: \"'a'.center(999999999)\"}]")
@example("params: [{name: x, pattern: '((((a+)+)+'}]")
@example("vars: {params.x: 1, 'a.b[0]': 2}")
@example("\x00")
@settings(deadline=None, max_examples=150)
def test_any_text(text: str) -> None:
    """Noise, and the texts that once ended the process or ate its memory."""
    holds(text)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.sampled_from(WORDS), st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(), inner, max_size=4),
    max_leaves=12,
)
KEYS = sorted(file_section(TYPES).fields)
STEP_KEYS = sorted({*STEP, *(name for kind in TYPES.values() for name in kind.fields)})
A_STEP = st.dictionaries(
    st.sampled_from(STEP_KEYS), VALUES | st.sampled_from([*TYPES, "first-notice", "everyone"]), max_size=6
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), st.lists(A_STEP | VALUES, max_size=4))
@settings(deadline=None, max_examples=150)
def test_any_structure(values: dict, steps: list) -> None:
    """Well-formed YAML with known keys and senseless values."""
    holds(yaml.safe_dump({**values, "steps": steps}, allow_unicode=True, sort_keys=False))


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A shipped playbook after one to three small accidents of an editor."""
    lines = draw(st.sampled_from(VALID)).split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        accident = draw(st.sampled_from(("delete", "double", "indent", "outdent", "word", "swap")))
        if accident == "delete" and len(lines) > 1:
            del lines[at]
        elif accident == "double":
            lines.insert(at, lines[at])
        elif accident == "indent":
            lines[at] = " " * draw(st.integers(1, 4)) + lines[at]
        elif accident == "outdent":
            lines[at] = lines[at].removeprefix("  ")
        elif accident == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            words = re.findall(r"\S+", lines[at])
            if words:
                lines[at] = lines[at].replace(draw(st.sampled_from(words)), draw(st.sampled_from(WORDS) | ODD), 1)
    return "\n".join(lines)


@given(damaged())
@settings(deadline=None, max_examples=150)
def test_a_damaged_playbook(text: str) -> None:
    """What a tired person's slip makes of a good file is told, not crashed on."""
    holds(text)
