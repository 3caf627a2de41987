"""The score of a drill: how long each thing took, against its target. One line a target; passed or not.

1. A line without a target is told and not judged. 2. What has not happened is missed once its time is over, or when the
drill has ended. 3. Promises and clocks were kept or not, as for any incident. One that was withdrawn or dismissed is
not judged, nor is a gate that became void.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incident import journal
from incident.duty import clocks, promises
from incident.lifecycle import Incident
from incident.now import at, duration_text, maybe_at
from incident.playbook.drill import USUAL, Targets
from incident.playbook.model import Playbook
from incident.review import figures as numbers
from incident.review.document import Section, table
from incident.store import Store

_TAKES = ("role.claimed", "role.handed_over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that a drill is measured by. `met` is None while it is `open`, and where nothing is to be judged."""

    what: str
    target: timedelta | None
    took: timedelta | None
    met: bool | None
    words: str = ""
    open: bool = False

    @property
    def verdict(self) -> str:
        return {True: "pass", False: "FAIL", None: "-"}[self.met]

    def to_json(self) -> dict[str, Any]:
        """Durations in whole seconds."""
        target, took = (None if one is None else int(one.total_seconds()) for one in (self.target, self.took))
        return {"what": self.what, "target": target, "took": took, "met": self.met, "words": self.words}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`passed` is None while something that can still be met is open."""

    lines: tuple[Line, ...]

    @property
    def met(self) -> int:
        return sum(one.met is True for one in self.lines)

    @property
    def missed(self) -> int:
        return sum(one.met is False for one in self.lines)

    @property
    def passed(self) -> bool | None:
        if self.missed:
            return False
        return None if any(one.open for one in self.lines) else True

    def to_json(self) -> dict[str, Any]:
        lines = [one.to_json() for one in self.lines]
        return {"passed": self.passed, "met": self.met, "missed": self.missed, "lines": lines}


def score(store: Store, incident: Incident, playbook: Playbook, targets: Targets, now: datetime) -> Score:
    """The score as it stands now. `targets` are those of the settings; the playbook's own come before them."""
    wanted = playbook.drill.over(targets).over(USUAL)
    figures = numbers.figures(store, incident, now)
    end = incident.ended_at or now

    def line(what: str, target: timedelta | None, took: timedelta | None, words: str = "") -> Line:
        return judged(what, target, took, end - incident.declared_at, over=incident.state != "open", words=words)

    return Score(
        lines=(
            line("acknowledged", wanted.acknowledged_within, figures.to_acknowledge, figures.acknowledged_by or ""),
            *(
                line(f"role {role}", wanted.claimed_within, took, who)
                for role, (who, took) in _claims(store, incident, playbook).items()
            ),
            line("first notice", wanted.first_notice_within, figures.to_first_notice),
            *_gates(store, incident, wanted.approved_within, end),
            *_promises(store, incident),
            *_clocks(store, incident, now),
            line("resolved", wanted.resolved_within, figures.to_resolve),
        )
    )


def judged(
    what: str, target: timedelta | None, took: timedelta | None, passed: timedelta, *, over: bool, words: str = ""
) -> Line:
    """Rules 1 and 2. `passed` is how much time there was so far."""
    if target is None:
        met = None
    elif took is not None:
        met = took <= target
    else:
        met = False if over or passed > target else None
    return Line(what=what, target=target, took=took, met=met, words=words, open=target is not None and met is None)


def _claims(store: Store, incident: Incident, playbook: Playbook) -> Mapping[str, tuple[str, timedelta | None]]:
    """Each required role: who took it first, and when."""
    found: dict[str, tuple[str, timedelta | None]] = {
        name: ("", None) for name, role in playbook.roles.items() if role.required
    }
    for entry in journal.read(store, incident.id):
        role = str(entry.detail.get("role", ""))
        if entry.kind in _TAKES and role in found and found[role][1] is None:
            who = str(entry.detail.get("person") or entry.detail.get("after") or entry.actor)
            found[role] = (who, max(timedelta(0), entry.recorded_at - incident.declared_at))
    return found


def _gates(store: Store, incident: Incident, target: timedelta | None, end: datetime) -> Iterator[Line]:
    for gate in store.queries("incident.review").gates_of(incident=incident.id):
        if gate["state"] == "void":
            continue
        opened, answered = at(gate["opened_at"]), maybe_at(gate["answered_at"])
        decided = gate["state"] in ("approved", "rejected") and answered is not None
        took = answered - opened if decided and answered is not None else None
        over = gate["state"] == "expired" or incident.state != "open"
        words = " by ".join(part for part in (gate["state"], gate["answered_by"]) if part)
        yield judged(f"gate {gate['step']}", target, took, end - opened, over=over, words=words)


def _promises(store: Store, incident: Incident) -> Iterator[Line]:
    for one in promises.listed(store, incident.id):
        met = {"kept": True, "broken": False}.get(one.state)
        took = None if one.ended_at is None else one.ended_at - one.made_at
        what = "first notice, as the cadence asks" if one.kind == "first" else f"promise of {one.made_in}"
        is_open = one.state == "open"
        yield Line(what=what, target=one.due - one.made_at, took=took, met=met, words=one.state, open=is_open)


def _clocks(store: Store, incident: Incident, now: datetime) -> Iterator[Line]:
    for one in clocks.of_incident(store, incident.id):
        met = None if one.state == "dismissed" else one.met(now)
        took = None if one.submitted_at is None else one.submitted_at - one.anchor_at
        is_open = one.state == "running" and met is None
        target = one.due - one.anchor_at
        yield Line(what=f"clock {one.id}", target=target, took=took, met=met, words=one.state, open=is_open)


def section(found: Score) -> Section:
    """How the review of a drill begins."""
    verdict = {True: "passed", False: "not passed", None: "still open"}[found.passed]
    rows = [(one.what, _duration(one.target), _duration(one.took), one.verdict, one.words) for one in found.lines]
    return Section(
        heading=f"The drill: {verdict}, {found.met} met, {found.missed} missed",
        table=table(("what", "target", "took", "verdict", "details"), rows),
    )


def _duration(duration: timedelta | None) -> str:
    return "" if duration is None else duration_text(timedelta(seconds=round(duration.total_seconds())))
