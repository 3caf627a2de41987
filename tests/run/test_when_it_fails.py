"""What follows on a failure: again, elsewhere, a pause, a handler, an undoing; and what nobody knows."""

from __future__ import annotations

from incident.outside.request import Outcome
from tests.run.scenes import BAD, GOOD, LOST, Scene

TRIED = """\
  - id: a
    type: run
    argv: [drain]
    retry: {attempts: 3, initial: 1m, max: 90s, exit_codes: [1]}
"""


def test_a_failure_is_tried_again_after_a_while() -> None:
    """Three times in all, each wait double the one before up to the limit; then it has failed."""
    scene = Scene(TRIED)
    scene.lands("a", BAD)
    scene.passes("59s")
    assert scene.intents() == ["a"]
    scene.passes("1s")
    scene.lands("a", BAD)
    scene.passes("90s")
    assert scene.intents() == ["a", "a", "a"]
    scene.lands("a", BAD)
    assert scene.states("a") == ["failed"]


def test_only_the_failures_that_are_named_are_tried_again() -> None:
    """Another exit code is a failure at once."""
    scene = Scene(TRIED)
    scene.lands("a", Outcome(state="failed", code="exit_code", words="ended with 2", outputs={"exit_code": 2}))
    assert scene.states("a") == ["failed"]


BACK = """\
  - {id: ask, type: ask, choices: [north, south]}
  - {id: mid, type: task, title: m}
  - {id: do, type: run, argv: [move, "{{ steps['ask'].choice }}"], on_error: {goto: ask, most: 1}}
  - {id: after, type: task, title: a}
"""


def test_a_failure_goes_back_and_everything_on_the_way_begins_anew() -> None:
    """The question is asked again; so often at most, then the step has failed."""
    scene = Scene(BACK)
    for choice in ("north", "south"):
        scene.answer("ask", choice=choice)
        scene.answer("mid")
        scene.lands("do", BAD)
        if choice == "north":
            assert scene.states("ask", "mid", "do") == ["open", "new", "new"]
    assert scene.states("ask", "mid", "do", "after") == ["done", "done", "failed", "new"]


def test_a_failure_goes_on_and_leaves_out_what_lies_between() -> None:
    """The failed step stays failed, and stops nobody."""
    scene = Scene(
        """\
  - {id: do, type: run, argv: [move], on_error: {goto: by-hand}}
  - {id: told, type: task, title: t}
  - {id: by-hand, type: task, title: h}
"""
    )
    scene.lands("do", BAD)
    assert scene.states("do", "told", "by-hand") == ["failed", "skipped", "open"]


def test_a_failure_may_pause_the_run() -> None:
    """Nothing starts and no time passes until a person lets it go on."""
    scene = Scene(
        """\
  - {id: do, type: run, argv: [move], on_error: pause}
  - {id: beside, type: wait, for: 10m, needs: []}
  - {id: after, type: task, title: a, needs: [do]}
"""
    )
    scene.lands("do", BAD)
    scene.passes("1h")
    assert scene.states("beside", "after") == ["open", "new"]
    scene.happens("resumed")
    assert scene.states("beside", "after") == ["open", "open"]
    scene.passes("10m")
    assert scene.state("beside") == "done"


HANDLERS = """\
  - {id: do, type: run, argv: [move]}
  - {id: after, type: task, title: a}
handlers:
  failed:
    - {id: cry, type: page, to: commander}
  paused:
    - {id: sleep, type: task, title: s}
  aborted:
    - {id: sweep, type: task, title: w}
"""


def test_each_trouble_has_its_handler() -> None:
    """Failed, and let go on: what the handler left open is closed. Paused, aborted: the same for each."""
    scene = Scene(HANDLERS)
    scene.lands("do", BAD)
    assert scene.states("handlers.failed[1].cry", "after") == ["open", "new"]
    scene.happens("resumed")
    assert scene.states("handlers.failed[1].cry", "after") == ["skipped", "open"]
    scene.happens("paused")
    assert scene.states("handlers.paused[1].sleep") == ["open"]
    scene.happens("aborted")
    assert scene.states("handlers.paused[1].sleep", "after", "handlers.aborted[1].sweep") == [
        "skipped",
        "skipped",
        "open",
    ]


def test_a_handler_plays_again_each_time() -> None:
    """The second pause has steps of its own."""
    scene = Scene(HANDLERS)
    for _ in range(2):
        scene.happens("paused")
        scene.happens("resumed")
    scene.happens("paused")
    assert scene.states("handlers.paused[1].sleep", "handlers.paused[3].sleep") == ["skipped", "open"]


UNDOING = """\
  - {id: one, type: run, argv: [open, one], undo: {argv: [close, one]}}
  - {id: two, type: run, argv: [open, two], undo: {argv: [close, two]}}
  - {id: three, type: run, argv: [open, three], undo: {type: task, title: Close three by hand}}
  - {id: rest, type: task, title: r}
finally:
  - {id: review, type: task, title: Review}
"""


def test_an_aborted_run_undoes_what_was_done_in_reverse_order() -> None:
    """One after the other; what never began is not undone; then `finally`."""
    scene = Scene(UNDOING)
    scene.lands("one")
    scene.lands("two")
    scene.lands("three", BAD)
    scene.happens("aborted")
    assert scene.intents() == ["one", "two", "three", "two.undo"]
    scene.lands("two.undo")
    assert scene.intents()[-1] == "one.undo"
    assert scene.states("finally.review") == ["new"]
    scene.lands("one.undo")
    assert scene.states("one.undo", "two.undo", "three.undo", "finally.review") == ["done", "done", "new", "open"]


def test_a_run_that_is_over_undoes_nothing() -> None:
    """Undoing belongs to an abort or a false alarm."""
    scene = Scene(UNDOING)
    for step in ("one", "two", "three"):
        scene.lands(step)
    scene.answer("rest")
    scene.answer("finally.review")
    assert scene.run.view.state == "finished"
    assert not any(step.endswith(".undo") for step in scene.intents())


def test_what_is_under_way_is_waited_for_before_it_is_undone() -> None:
    """It cannot be called back; once it is done it is undone."""
    scene = Scene(UNDOING)
    scene.happens("aborted")
    assert scene.states("one", "rest") == ["open", "skipped"]
    scene.lands("one")
    assert scene.states("one") == ["done"]
    assert scene.intents() == ["one", "one.undo"]


def test_what_nobody_knows_is_a_persons_to_decide() -> None:
    """A command whose worker died is not run again by itself; the person who looks is told what to type."""
    scene = Scene("  - {id: do, type: run, argv: [move], retry: {attempts: 3}}\n  - {id: b, type: task, title: b}\n")
    scene.lands("do", LOST)
    scene.passes("10h")
    assert scene.intents() == ["do"]
    (wait,) = scene.run.plan().waiting
    assert (wait.role, wait.command) == ("commander", "incident run retry INC-0000-001 do")
    scene.happens("reopened", "do")
    scene.lands("do", GOOD)
    assert scene.states("do", "b") == ["done", "open"]


def test_what_may_be_done_twice_is_done_again() -> None:
    """Declared `repeatable`, or without an effect; a worker that dies of it each time is not fed a fifth one."""
    scene = Scene("  - {id: do, type: run, argv: [move], repeatable: true}\n")
    for _ in range(4):
        scene.lands("do", LOST)
    assert scene.intents() == ["do"] * 4
    assert scene.run.plan().waiting[0].command == "incident run retry INC-0000-001 do"


def test_a_timeout_may_fail_go_on_or_call_somebody() -> None:
    """The three endings of the common `timeout`."""
    scene = Scene(
        """\
  - {id: a, type: task, title: a, needs: [], timeout: 5m}
  - {id: b, type: task, title: b, needs: [], timeout: 5m, on_timeout: continue}
  - {id: c, type: task, title: c, needs: [], timeout: 5m, on_timeout: escalate}
"""
    )
    scene.passes("4m")
    assert scene.states("a", "b", "c") == ["open", "open", "open"]
    scene.passes("1m")
    assert scene.states("a", "b", "c") == ["failed", "done", "open"]
    assert [note.step for note in scene.run.notes if note.what == "paged"] == ["c"]


def test_a_drill_simulates_what_leaves_the_house() -> None:
    """A command with an effect is not handed to anybody; one that changes nothing may run."""
    scene = Scene(
        """\
  - {id: a, type: run, argv: [move], needs: []}
  - {id: b, type: check, tcp: "db:1", needs: []}
  - {id: c, type: run, argv: [move], drill: skip, needs: []}
""",
        drill=True,
    )
    assert scene.states("a", "b", "c") == ["done", "open", "skipped"]
    assert [step for step, _ in scene.run.flights()] == ["b"]
