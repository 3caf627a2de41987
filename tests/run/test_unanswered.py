"""What nobody answered has its declared default, else nothing: conditions that read it can still be told."""

from __future__ import annotations

import pytest

from incident.expression import compile_expression, compile_inline
from tests.run.scenes import BAD, Scene

QUESTION = """\
  - id: reach
    type: ask
    fields: {people: {type: integer, default: 500}, region: {type: string}, worse: {type: boolean}}
    choices: [go, stay]
"""
READERS = """\
  - {id: many, type: task, title: a, needs: [reach], when: "steps['reach'].people > 100"}
  - {id: far, type: task, title: b, needs: [reach], when: "steps['reach'].region == 'north'"}
  - {id: bad, type: task, title: c, needs: [reach], when: "answers.reach.worse"}
  - {id: go, type: task, title: d, needs: [reach], when: "steps['reach'].choice == 'go'"}
  - {id: none, type: task, title: e, needs: [reach], when: "steps['reach'].region is none"}
"""
HELD = {"many": "open", "far": "skipped", "bad": "skipped", "go": "skipped", "none": "open"}


def held(scene: Scene) -> dict[str, str]:
    return {step: scene.state(step) for step in HELD}


@pytest.mark.parametrize("more", ["when: dc == 'elsewhere'", "timeout: 5m, on_timeout: continue"])
def test_a_question_without_an_answer_has_its_defaults(more: str) -> None:
    """Skipped by its condition, or timed out: 500 people, and nothing else."""
    extra = "".join(f"    {part}\n" for part in more.split(", "))
    scene = Scene(QUESTION + extra + READERS)
    scene.passes("10m")
    assert held(scene) == HELD


def test_a_question_that_failed_has_its_defaults_too() -> None:
    """It ran out of time, and the playbook goes on all the same."""
    scene = Scene(QUESTION + "    timeout: 5m\n    on_error: continue\n" + READERS)
    scene.passes("10m")
    assert scene.state("reach") == "failed"
    assert held(scene) == HELD


def test_a_question_that_a_person_skips_has_its_defaults() -> None:
    """`incident run skip` closes it without an answer."""
    scene = Scene(QUESTION + READERS)
    scene.happens("closed", "reach", state="skipped", reason="li went on without it")
    assert held(scene) == HELD


def test_a_step_that_was_jumped_over_brought_nothing() -> None:
    """A jump forwards leaves out steps that later conditions read."""
    scene = Scene(
        """\
  - {id: first, type: check, that: 1 > 2, on_error: {goto: last}}
  - {id: pick, type: ask, fields: {people: {type: integer, default: 7}}}
  - {id: last, type: task, title: a, needs: [pick], when: "steps['pick'].people == 7"}
"""
    )
    assert scene.states("first", "pick", "last") == ["failed", "skipped", "open"]


def test_what_else_was_skipped_brought_none() -> None:
    """A gate, a page, a command, a called program's JSON: no condition on them fails."""
    scene = Scene(
        """\
  - {id: gate, type: approve, by: [comms], prompt: Shall we?, when: dc == 'x'}
  - {id: page, type: page, to: commander, when: dc == 'x'}
  - {id: run, type: run, argv: ['true'], format: json, when: dc == 'x'}
  - {id: signal, type: wait, signal: up, when: dc == 'x'}
  - {id: a, type: task, title: a, needs: [gate], when: "not steps['gate'].approved"}
  - {id: b, type: task, title: b, needs: [page], when: "steps['page'].by == 'li'"}
  - {id: c, type: task, title: c, needs: [run], when: "steps['run'].exit_code > 0 or steps['run'].rows > 5"}
  - {id: d, type: task, title: d, needs: [signal], when: "steps['signal'].level in ['high']"}
"""
    )
    assert scene.states("a", "b", "c", "d") == ["open", "skipped", "skipped", "skipped"]


def test_a_handler_reads_what_was_never_asked() -> None:
    """The run failed before its question: the handler's condition holds by the default."""
    scene = Scene(
        """\
  - {id: first, type: run, argv: ['false']}
  - {id: pick, type: ask, fields: {people: {type: integer, default: 7}}}
handlers:
  failed:
    - {id: tell, type: page, to: commander, when: "steps['pick'].people == 7"}
"""
    )
    scene.lands("first", BAD)
    assert scene.run.view.state == "failed"
    assert scene.state("handlers.failed[1].tell") == "open"


def test_a_skipped_call_brought_none_of_its_outputs() -> None:
    """The called playbook's names are known, without values."""
    inner = book_of("outputs: {said: \"steps['pick'].choice\"}\nsteps:\n  - {id: pick, type: ask, choices: [a, b]}\n")
    scene = Scene(
        """\
  - {id: other, type: call, playbook: inner, when: dc == 'x'}
  - {id: a, type: task, title: a, needs: [other], when: "steps['other'].said == 'a'"}
""",
        called={"inner": inner},
    )
    assert scene.states("other", "a") == ["skipped", "skipped"]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a > 3", False),
        ("a <= 3", False),
        ("3 < a", False),
        ("a > 3 or b", True),
        ("not a > 3", True),
        ("'x' in a", False),
        ("'x' not in a", True),
        ("a == none", True),
        ("1 < c <= 2", True),
        ("1 < c < 2", False),
        ("'x' in d", True),
        ("c in d", False),
    ],
)
def test_nothing_is_neither_more_nor_less(text: str, holds: bool) -> None:
    """A comparison with an unanswered value does not hold; it is no mistake. Others are as ever."""
    assert compile_expression(text).holds({"a": None, "b": True, "c": 2, "d": ["x"]}) is holds


def test_an_unanswered_value_is_written_as_nothing() -> None:
    """A task's title never reads 'None'."""
    assert compile_inline("Call {{ name }}").render({"name": None}) == "Call "


def book_of(rest: str) -> str:
    return f"schema: incident.playbook/v1\nid: inner\ntitle: Inner\nkind: outage\n{rest}"
