"""Steps inside steps, and what lets a step start: needs, groups, repetitions, lists, other playbooks."""

from __future__ import annotations

from tests.run.scenes import BAD, Scene

INNER = """\
schema: incident.playbook/v1
id: inner
title: Inner
kind: outage
params: [{name: place, type: string, required: true}]
vars: {mood: still}
outputs: {said: "steps['pick'].choice", where: place}
steps:
  - {id: pick, type: ask, choices: [left, right]}
finally:
  - {id: tidy, type: task, title: "Tidy {{ place }}"}
"""


def test_a_skipped_step_counts_as_done_for_those_that_need_it() -> None:
    """`when` leaves it out, and what follows starts."""
    scene = Scene("  - {id: a, type: task, title: a, when: dc == 'x'}\n  - {id: b, type: task, title: b}\n")
    assert scene.states("a", "b") == ["skipped", "open"]


def test_a_failed_step_keeps_what_needs_it_from_starting() -> None:
    """The run has failed and names who lets it go on; what needs nothing of it goes on."""
    scene = Scene(
        """\
  - {id: a, type: check, that: 1 > 2}
  - {id: b, type: task, title: b}
  - {id: beside, type: task, title: c, needs: []}
"""
    )
    assert scene.states("a", "b", "beside") == ["failed", "new", "open"]
    scene.answer("beside")
    assert scene.run.view.state == "failed"
    (wait,) = scene.run.plan().waiting
    assert (wait.role, wait.command) == ("commander", "incident run resume INC-0000-001")


def test_a_person_lets_a_failed_run_go_on() -> None:
    """Resumed, the failure no longer stops what needs it."""
    scene = Scene("  - {id: a, type: check, that: 1 > 2}\n  - {id: b, type: task, title: b}\n")
    scene.happens("resumed")
    assert scene.states("a", "b") == ["failed", "open"]


def test_a_failure_that_does_not_matter_lets_the_next_one_start() -> None:
    """`on_error: continue`."""
    scene = Scene("  - {id: a, type: check, that: 1 > 2, on_error: continue}\n  - {id: b, type: task, title: b}\n")
    assert scene.states("a", "b") == ["failed", "open"]


def test_a_step_waits_for_all_that_it_needs() -> None:
    """Two start at once, the third after both."""
    scene = Scene(
        """\
  - {id: a, type: task, title: a, needs: []}
  - {id: b, type: task, title: b, needs: []}
  - {id: c, type: task, title: c, needs: [a, b]}
"""
    )
    scene.answer("b")
    assert scene.states("a", "b", "c") == ["open", "done", "new"]
    scene.answer("a")
    assert scene.state("c") == "open"


def test_a_group_goes_in_order_and_a_parallel_side_by_side() -> None:
    """What follows waits for all inside."""
    scene = Scene(
        """\
  - id: one
    type: group
    steps:
      - {id: a, type: task, title: a}
      - {id: b, type: task, title: b}
  - id: two
    type: parallel
    steps:
      - {id: c, type: task, title: c}
      - {id: d, type: task, title: d}
  - {id: last, type: task, title: e}
"""
    )
    assert scene.states("one.a", "one.b", "two") == ["open", "new", "new"]
    scene.answer("one.a")
    scene.answer("one.b")
    assert scene.states("one", "two.c", "two.d", "last") == ["done", "open", "open", "new"]
    scene.answer("two.d")
    scene.answer("two.c")
    assert scene.states("two", "last") == ["done", "open"]


def test_one_that_fails_beside_others_keeps_none_of_them_from_going_on() -> None:
    """A parallel fails when all inside is over, with the reason of the first."""
    scene = Scene(
        """\
  - id: two
    type: parallel
    steps:
      - {id: c, type: check, that: 1 > 2}
      - {id: d, type: task, title: d}
"""
    )
    assert scene.states("two", "two.c", "two.d") == ["open", "failed", "open"]
    scene.answer("two.d")
    assert scene.state("two") == "failed"
    assert "'two.c'" in scene.run.view.of("two").reason


LOOP = """\
  - id: loop
    type: repeat
    every: 30m
    until: steps['look'].choice == 'calm'
    max: 3
    steps:
      - {id: look, type: ask, choices: [calm, busy]}
  - {id: after, type: task, title: a, when: "steps['look'].choice == 'calm'", needs: [loop]}
"""


def test_a_repetition_ends_when_its_condition_holds() -> None:
    """Each turn begins its time after the one before; the last turn's answer is what later steps read."""
    scene = Scene(LOOP)
    scene.answer("loop[1].look", choice="busy")
    assert scene.states("loop", "loop[2].look") == ["open", "new"]
    scene.passes("30m")
    scene.answer("loop[2].look", choice="calm")
    assert scene.states("loop", "loop[1].look", "loop[2].look", "after") == ["done", "done", "done", "open"]
    assert scene.brought("loop") == {"turns": 2}


def test_a_repetition_that_was_often_enough_has_failed() -> None:
    """After `max` turns without what it waits for."""
    scene = Scene(LOOP)
    for turn in (1, 2, 3):
        scene.answer(f"loop[{turn}].look", choice="busy")
        scene.passes("30m")
    assert scene.state("loop") == "failed"
    assert scene.run.view.of("loop").reason == "steps['look'].choice == 'calm' does not hold after 3 turns"


def test_a_step_is_done_for_each_value_of_a_list() -> None:
    """Side by side, each known by its number; the whole tells how many."""
    scene = Scene(
        """\
  - id: each
    type: run
    for_each: {in: "['sh1', 'hz2', 'bj3']", as: place}
    argv: [drain, "{{ place }}", "{{ turn }}"]
    when: place != 'hz2'
    on_error: continue
  - {id: after, type: task, title: a, when: "steps['each'].failed == 1"}
"""
    )
    assert scene.states("each[1]", "each[2]", "each[3]") == ["open", "skipped", "open"]
    assert [scene.run.view.of(f"each[{n}]").flight.shown for n in (1, 3)] == ["drain sh1 1", "drain bj3 3"]  # type: ignore[union-attr]
    scene.lands("each[3]")
    scene.lands("each[1]", BAD)
    assert {name: scene.brought("each")[name] for name in ("count", "done", "failed")} == {
        "count": 3,
        "done": 1,
        "failed": 1,
    }
    assert scene.state("after") == "open"


def test_a_list_is_read_once_when_the_step_begins() -> None:
    """A variable that changes later neither adds nor takes away."""
    scene = Scene(
        """\
  - {id: each, type: task, title: "{{ item }}", for_each: places, needs: []}
  - {id: more, type: set, vars: {places: "['x', 'y', 'z']"}, needs: []}
vars: {places: [sh1, hz2]}
"""
    )
    assert scene.states("each[1]", "each[2]", "each[3]") == ["open", "open", "new"]
    scene.answer("each[1]")
    scene.answer("each[2]")
    assert scene.state("each") == "done"


CALL = """\
  - {id: other, type: call, playbook: inner, with: {place: "{{ dc }}"}}
  - {id: a, type: task, title: a, when: "steps['other'].said == 'left' and steps['other'].where == 'sh1'"}
"""


def test_a_called_playbook_plays_its_steps_and_its_finally_and_brings_its_outputs() -> None:
    """Its parameters are its own."""
    scene = Scene(CALL, called={"inner": INNER})
    scene.answer("other.pick", choice="left")
    assert scene.states("other", "other.finally.tidy") == ["open", "open"]
    scene.answer("other.finally.tidy")
    assert scene.states("other", "a") == ["done", "open"]


def test_a_parameter_that_does_not_fit_fails_the_call() -> None:
    """Known only when it begins: nothing of the called playbook has started."""
    steps = "  - {id: other, type: call, playbook: inner, with: {place: '{{ dc }}'}}\n"
    picky = INNER.replace("required: true", "required: true, enum: [hz2]")
    scene = Scene(steps, called={"inner": picky})
    assert scene.state("other") == "failed"
    assert "hz2" in scene.run.view.of("other").reason


def test_outputs_are_names_of_the_playbooks_own() -> None:
    """`result` is what the type brings; what cannot be worked out is a failure of its own kind."""
    scene = Scene(
        """\
  - {id: a, type: run, argv: ['true'], outputs: {fine: result.exit_code == 0}}
  - {id: b, type: task, title: b, when: "steps['a'].fine"}
  - {id: c, type: run, argv: ['true'], outputs: {broken: result.nothing}, needs: []}
"""
    )
    scene.lands("a")
    scene.lands("c")
    assert scene.states("b", "c") == ["open", "failed"]


def test_the_last_part_follows_when_the_others_are_over() -> None:
    """`finally`, also when a failure that was waved through is among them."""
    scene = Scene(
        """\
  - {id: a, type: task, title: a}
finally:
  - {id: review, type: task, title: Review}
"""
    )
    assert scene.states("finally.review") == ["new"]
    scene.answer("a")
    assert scene.state("finally.review") == "open"
    scene.answer("finally.review")
    assert scene.run.view.state == "finished"
