"""Drills: every shipped playbook from end to end, its score, and the word that ends one at once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from incident import lifecycle, respond
from incident.errors import NotFound, WrongState
from incident.playbook.drill import Targets
from incident.review.score import Score, judged, score
from incident.run import acts, life
from incident.run.live import no_confirmation
from tests.flow.night import Night
from tests.flow.test_shipped_nights import KNOWN, play
from tests.playbook.test_shipped import NAMES
from tests.run import house

MARKS = {"en": "[EXERCISE]", "zh-Hans": "【演练】", "zh-Hant": "【演練】"}
TAKES = {"commander": "wang", "comms": "chen"}
MARKED = (
    "id,name,locale,email,segments,drill",
    "d1,练习者,zh-Hans,d1@drill.example,leaked,true",
    "d2,練習者,zh-Hant,d2@drill.example,,true",
    "d3,Alex Drill,en,d3@drill.example,,true",
)


@pytest.fixture
def drill(night: Night) -> Night:
    """The same night, as an exercise; three people are marked for drills, one for each language."""
    house.import_rows(night.console, MARKED)
    night.drill = True
    return night


def scored(night: Night, targets: Targets | None = None) -> Score:
    playbook = acts.seen(night.office, night.incident).playbook
    incident = lifecycle.get(night.console.store, night.incident, 0)
    return score(night.console.store, incident, playbook, targets or Targets(), night.clock())


def everything_said(night: Night) -> list[dict[str, object]]:
    """Every delivery, also to staff, and every post."""
    files = [*(night.folder / "out").rglob("*.json"), *(night.folder / "drill").rglob("*.json")]
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_playbook_is_drilled_from_end_to_end(drill: Night, name: str) -> None:
    """Two people answer whatever is asked, until it is resolved; only marked people hear of it, every text says that it
    is an exercise, and the score has a line for each thing that was to be done."""
    answers = KNOWN.get(name, {})
    drill.declare(name)
    for role, known in drill.console.playbook(name).roles.items():
        if known.required:
            drill.claim(role, by=TAKES.get(role, "li"))
    play(drill, answers)
    drill.dismiss_clocks()
    drill.request("resolved", texts={})
    play(drill, answers)
    drill.pass_time("1h")
    play(drill, answers)
    assert (drill.incident, drill.state()) == ("DRILL-2026-001", "resolved")
    said = everything_said(drill)
    assert {str(one["recipient"]) for one in said} <= {"d1", "d2", "d3", "person:li", "person:wang", "person:chen"}
    for one in said:
        parts = one["parts"]
        assert isinstance(parts, dict)
        assert [part for part in ("subject", "text") if not parts[part].startswith(MARKS[str(one["locale"])])] == []
    found = scored(drill)
    assert found.passed, [line for line in found.lines if line.met is False]
    assert {"acknowledged", "role commander", "first notice", "gate first-notice"} <= {one.what for one in found.lines}
    assert name in lifecycle.last_drilled(drill.console.store)


def test_what_was_not_done_in_time_has_failed(drill: Night) -> None:
    """Nobody answers for a while: each target that passed is a line that failed, and the drill is not passed."""
    drill.declare()
    drill.pass_time("16m")
    found = {one.what: one.met for one in scored(drill).lines}
    assert (found["acknowledged"], found["role commander"], found["gate first-notice"]) == (False, False, False)
    assert scored(drill).passed is False


def test_targets_of_the_playbook_come_first(drill: Night) -> None:
    """Then those of the settings, then the usual ones; what has no target is told and not judged."""
    own = Targets(acknowledged_within=timedelta(minutes=1))
    both = own.over(Targets(acknowledged_within=timedelta(minutes=9), resolved_within=timedelta(hours=2)))
    assert both == Targets(acknowledged_within=timedelta(minutes=1), resolved_within=timedelta(hours=2))
    drill.declare()
    (resolved,) = [one for one in scored(drill).lines if one.what == "resolved"]
    assert (resolved.target, resolved.met) == (None, None)


@pytest.mark.parametrize(
    ("took", "passed", "over", "met"),
    [
        (5, 60, True, True),
        (10, 60, True, True),
        (11, 60, True, False),
        (None, 5, False, None),
        (None, 11, False, False),
    ],
)
def test_a_line_is_judged(took: int | None, passed: int, over: bool, met: bool | None) -> None:
    """In time, at the last moment, too late; not yet, and not at all."""
    minutes = None if took is None else timedelta(minutes=took)
    found = judged("x", timedelta(minutes=10), minutes, timedelta(minutes=passed), over=over)
    assert found.met is met


def test_no_play_ends_it_for_everybody(drill: Night) -> None:
    """Nothing goes on, nobody is called any more; staff and whoever got a notice are told NO PLAY, marked."""
    drill.declare()
    drill.approve("first-notice")
    drill.work()
    respond.cancel(drill.office, drill.actor("wang"), drill.incident, "a real fire", abort=True)
    drill.work()
    before = len(drill.mails())
    last = [one for one in drill.mails() if "NO PLAY" in one["parts"]["text"]]
    assert sorted(one["recipient"] for one in last) == ["d1", "d2", "d3", "person:chen", "person:li", "person:wang"]
    assert all(one["parts"]["subject"].startswith(MARKS[one["locale"]]) for one in last)
    assert (drill.state(), "drill.no_play" in drill.timeline()) == ("cancelled", True)
    drill.pass_time("6h")
    assert len(drill.mails()) == before
    assert lifecycle.last_drilled(drill.console.store) == {}


def test_no_play_is_no_word_for_what_is_real(night: Night) -> None:
    """A real incident does not end by it, and goes on as it was."""
    night.declare()
    with pytest.raises(WrongState, match="no drill"):
        respond.cancel(night.office, night.actor("li"), night.incident, "x", abort=True)
    assert night.state() == "open"


def test_drills_count_on_their_own(drill: Night) -> None:
    """Their numbers, their figures, and the words by which they are found; they never become part of what is real."""
    store = drill.console.store
    drill.declare()
    drill.drill = False
    drill.declare()
    assert drill.incident == "INC-2026-001"
    assert [lifecycle.get(store, name, 2026).id for name in ("1", "latest", "inc-1")] == ["INC-2026-001"] * 3
    assert [lifecycle.get(store, name, 2026).id for name in ("drill-1", "latest-drill")] == ["DRILL-2026-001"] * 2
    with pytest.raises(NotFound):
        lifecycle.get(store, "2", 2026)
    with pytest.raises(WrongState, match="one is a drill"):
        life.merge(drill.office, "DRILL-2026-001", drill.actor("li"), "INC-2026-001", None)
    book = drill.console.playbook("datacenter-loss")
    third = respond.declare(drill.office, drill.actor("li"), book, {"dc": "sh1"}, no_confirmation, drill=True)
    assert third.incident == "DRILL-2026-002"


def test_what_leaves_the_house_is_simulated(drill: Night) -> None:
    """A command of a step is not run, unless the step says so; the timeline tells it."""
    text = """\
schema: incident.playbook/v1
id: cut
title: Cut
kind: outage
steps:
  - {id: cut, type: run, argv: ["touch", "cut-off"], effect: external}
  - {id: left, type: run, argv: ["touch", "left-out"], effect: external, drill: skip}
  - {id: quiet, type: task, title: Call the fire brigade, drill: skip}
  - {id: tell, type: announce, template: first-notice, audience: everyone, promise_next: 20m, drill: simulate}
  - {id: wait, type: task, title: Look}
"""
    (drill.folder / "playbooks" / "cut.yaml").write_text(text, encoding="utf-8")
    drill.again().declare("cut")
    drill.work()
    assert drill.timeline().count("effect.simulated") == 1
    view = acts.seen(drill.office, drill.incident).view()
    states = [view.of(step).state for step in ("cut", "left", "quiet", "tell")]
    assert states == ["done", "skipped", "skipped", "done"]
    assert view.of("left").reason == view.of("quiet").reason == "left out in a drill"
    assert drill.mails("first-notice") == []
    assert {one["status"] for one in everything_said(drill)} == {"Exercise"}
    assert sorted(str(one["recipient"]) for one in everything_said(drill)) == ["d1", "d2", "d3"]
