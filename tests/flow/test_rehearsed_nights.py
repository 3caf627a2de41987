"""A rehearsed night is the night: what a test of a playbook shows on paper is what the real program does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from incident import journal
from incident.now import parse_duration
from incident.playbook.params import check_params
from incident.playbook.testing import Act, Given
from incident.review.rehearsal import acting
from incident.review.rehearsal.night import Night as OnPaper
from incident.review.rehearsal.play import Theatre
from incident.run.paper import Note
from tests.clock import START
from tests.flow.night import Night
from tests.playbook.test_shipped import NAMES

SAID = {
    "broadcast.released": "sent",
    "promise.kept": "promise kept",
    "promise.broken": "promise broken",
    "promise.caught_up": "promise caught up",
    "promise.nudged": "reminded",
    "clock.started": "clock start",
    "clock.warned": "clock warned",
    "clock.missed": "clock missed",
    "role.unclaimed": "role",
    "role.escalated": "role",
    "gate.opened": "gate opened",
    "task.opened": "tasked",
}
"""What the real timeline calls it, and the rehearsed one."""

_UPDATE = Act(verb="update", values={"phase": "identified"})
Happened = list[tuple[int, str]]


def test_nobody_answers(night: Night) -> None:
    """Two thirds of an hour in which nobody does anything: the same things at the same minutes."""
    night.declare("datacenter-loss")
    night.pass_time("42m")
    paper = _paper(night, "datacenter-loss", dc="sh1")
    paper.advance(timedelta(minutes=42))
    assert _real(night) == _rehearsed(paper)


def test_people_answer(night: Night) -> None:
    """A role is taken, the notice is approved after three minutes, an update follows: the same things, too."""
    night.declare("datacenter-loss")
    night.claim("commander", "chen")
    night.pass_time("3m")
    night.approve("first-notice")
    night.pass_time("12m")
    night.request("update", phase="identified")
    night.pass_time("10m")
    paper = _paper(night, "datacenter-loss", dc="sh1")
    paper.take_role("commander", "chen")
    for span, act in (("3m", Act(verb="approve", name="first-notice")), ("12m", _UPDATE)):
        paper.advance(parse_duration(span))
        acting.perform(act, paper)
    paper.advance(timedelta(minutes=10))
    assert _real(night) == _rehearsed(paper)


@pytest.mark.soak
@pytest.mark.parametrize("playbook", [name for name in NAMES if name != "datacenter-loss"])
def test_nobody_answers_for_long(night: Night, playbook: str) -> None:
    """Three hours of every other shipped playbook."""
    night.declare(playbook)
    night.pass_time("182m")
    paper = _paper(night, playbook)
    paper.advance(timedelta(minutes=182))
    assert _real(night) == _rehearsed(paper)


def _real(night: Night) -> Happened:
    """(minute, what) of what the timeline knows."""
    entries = journal.read(night.console.store, night.incident)
    return sorted((_minute(one.recorded_at, START), SAID[one.kind]) for one in entries if one.kind in SAID)


def _paper(night: Night, playbook: str, **params: str) -> OnPaper:
    """The same night on paper, begun."""
    book = night.console.playbook(playbook)
    paper = Theatre(rules=night.console.rules).night(book, Given(declared_by="li"))
    paper.declare(check_params(book, params))
    return paper


def _rehearsed(paper: OnPaper) -> Happened:
    """The same of the night on paper."""
    told = [(note.at, _what(note)) for note in paper.notes]
    return sorted((_minute(at, paper.declared_at), what) for at, what in told if what in SAID.values())


def _what(note: Note) -> str:
    return "role" if str(note.detail.get("because", "")).startswith("role/") else note.what


def _minute(at: datetime, start: datetime) -> int:
    return (at - start) // timedelta(minutes=1)
