"""The review of an incident: what happened, how well we did by our own figures, and what is left to be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from incident import journal, lifecycle
from incident.delivery.reconcile import COLUMNS, BroadcastSum, reconcile
from incident.duty import clocks, promises
from incident.duty.clocks import LegalClock
from incident.duty.promises import Promise
from incident.journal import Entry
from incident.lifecycle import Action, Incident, family
from incident.now import duration_text
from incident.review import figures as numbers
from incident.review.document import BREAK_GLASS, Document, Quote, Section, table
from incident.review.evidence import approvals
from incident.review.figures import Figures, Reach
from incident.review.words import Spoken, spoken
from incident.store import Store

_TOO_SMALL = ("step.", "broadcast.", "gate.opened", "notice.requested", "incident.viewed")
"""Beginnings of kinds that the review leaves to the timeline."""
_KEPT = ("step.failed", "broadcast.released", "broadcast.stopped", "broadcast.held")

AFTERWARDS = timedelta(minutes=1)
"""What was written down longer after it happened is a person's word for it."""

When = Callable[[datetime | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """All that the review tells, as values."""

    incident: Incident
    title: str
    figures: Figures
    reach: tuple[Reach, ...]
    sums: tuple[BroadcastSum, ...]
    gates: tuple[dict[str, Any], ...]
    promises: tuple[Promise, ...]
    clocks: tuple[LegalClock, ...]
    actions: tuple[Action, ...]
    roles: dict[str, str]
    entries: tuple[Entry, ...]
    spoken: tuple[Spoken, ...]
    last: Entry | None
    merged: tuple[str, ...]
    children: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """For scripts; the timeline has a document of its own."""
        return {
            "incident": self.incident.id,
            "title": dict(self.incident.title),
            "state": self.incident.state,
            "severity": self.incident.severity,
            "declared_at": self.incident.declared_at,
            "began_at": self.incident.began_at,
            "ended_at": self.incident.ended_at,
            "figures": self.figures.to_json(),
            "reach": [one.to_json() for one in self.reach],
            "notices": [
                {"step": s.broadcast["step"], "people": s.broadcast["people"], **s.total.to_json()} for s in self.sums
            ],
            "gates": list(self.gates),
            "promises": [_promise_json(one) for one in self.promises],
            "clocks": [_clock_json(one, stated_later(self.entries, one.id)) for one in self.clocks],
            "actions": [asdict(one) for one in self.actions],
            "merged": list(self.merged),
            "merged_into": self.incident.merged_into,
            "parent": self.incident.parent,
            "children": list(self.children),
            "spoken": [asdict(one) for one in self.spoken],
        }


def gather(store: Store, incident: Incident, title: str, now: datetime, locale: str = "") -> Review:
    """Everything, read in one moment; what the public read in `locale`."""
    with store.transaction():
        entries = tuple(journal.read(store, incident.id))
        return Review(
            incident=incident,
            title=title,
            figures=numbers.figures(store, incident, now),
            reach=tuple(numbers.reach(store, incident.id)),
            sums=tuple(one for one in reconcile(store, incident.id) if one.is_notice),
            gates=tuple(approvals(store, incident.id)),
            promises=tuple(promises.listed(store, incident.id)),
            clocks=tuple(clocks.of_incident(store, incident.id)),
            actions=tuple(lifecycle.actions(store, incident.id)),
            roles=lifecycle.holders(store, incident.id),
            entries=tuple(entry for entry in entries if _is_told(entry.kind)),
            spoken=tuple(spoken(store, incident.id, locale)),
            last=entries[-1] if entries else None,
            merged=tuple(lifecycle.merged_into(store, incident.id)),
            children=tuple(family.told_to_all(store, incident.id)),
        )


def _is_told(kind: str) -> bool:
    return kind in _KEPT or not kind.startswith(_TOO_SMALL)


def document(found: Review, when: When, told: Callable[[Entry], str]) -> Document:
    """The review for people. `when` writes an instant in the workspace's zone, `told` the words of an entry."""
    one = found.incident
    lead = [
        f"{one.severity}, {one.state}. Began {when(one.began_at)}, declared {when(one.declared_at)} "
        f"by {one.declared_by}" + (f", ended {when(one.ended_at)}." if one.ended_at else "."),
        f"Playbook {one.playbook}. "
        + (", ".join(f"{role} was {who}" for role, who in found.roles.items()) or "No roles held")
        + ".",
    ]
    lead += family.lines(one.parent, found.children)
    if one.merged_into:
        lead.append(f"It was merged into {one.merged_into}, in which it lives on.")
    if found.merged:
        lead.append(f"Merged into this one: {', '.join(found.merged)}.")
    if found.last:
        lead.append(f"Its timeline ends at row {found.last.seq}, {found.last.hash[:16]}…: incident verify proves it.")
    sections = (
        _figures(found.figures),
        _spoken(found.spoken, when),
        _sent(found),
        _reached(found.reach),
        _gates(found, when),
        _promises(found.promises, when),
        _clocks(found, when),
        _actions(found.actions, when),
        Section(
            heading="What happened",
            table=table(
                ("when", "who", "what", "details"),
                [(when(e.happened_at), e.actor, e.kind, told(e)) for e in found.entries],
            ),
        ),
    )
    return Document(title=f"Review of {one.id}: {found.title}", lead=tuple(lead), sections=sections)


def lines(figures: Figures) -> list[tuple[str, str]]:
    """The figures as (name, words); the review and `show` tell the same."""
    return [
        ("time to acknowledge", _duration(figures.to_acknowledge, f" by {figures.acknowledged_by}")),
        ("time to first notice", _duration(figures.to_first_notice)),
        ("time to resolve", _duration(figures.to_resolve)),
        ("promises", _counts(figures.promises)),
        ("clocks", _counts(figures.clocks)),
        ("gates", _counts(figures.gates)),
    ]


def _figures(figures: Figures) -> Section:
    alone = f"{figures.alone} gate(s) were opened by one person alone." if figures.alone else ""
    return Section(heading="Figures", warning=alone, table=table(("figure", "value"), lines(figures), figures=True))


def _spoken(found: Sequence[Spoken], when: When) -> Section:
    return Section(
        heading="What the public read",
        quotes=tuple(
            Quote(caption=f"{one.step}, {when(one.at)}, to {one.people:,} people", text=one.text) for one in found
        ),
        nothing="Nothing.",
    )


def _sent(found: Review) -> Section:
    shown = [column for column in COLUMNS if any(one.total.counts[column] for one in found.sums)]
    rows = [
        (
            one.broadcast["step"],
            one.broadcast["people"],
            one.total.audience,
            *(one.total.counts[name] for name in shown),
        )
        for one in found.sums
    ]
    wrong = [one.broadcast["step"] for one in found.sums if not one.total.adds_up]
    return Section(
        heading="What went out",
        warning=f"The sums of {', '.join(wrong)} do not add up." if wrong else "",
        table=table(("notice", "people", "rows", *shown), rows),
        nothing="Nothing was sent to customers.",
    )


def _reached(found: Sequence[Reach]) -> Section:
    rows = [(r.step, r.channel, r.locale, r.accepted, *(_short(t) for t in (r.p50, r.p95, r.p99))) for r in found]
    return Section(
        heading="Time to reach, from approval to acceptance",
        table=table(("notice", "channel", "language", "accepted", "p50", "p95", "p99"), rows),
        nothing="Nothing was accepted.",
    )


def _gates(found: Review, when: When) -> Section:
    rows = [
        (
            gate["step"],
            gate["state"] + (f", {BREAK_GLASS}" if gate["break_glass"] else ""),
            ", ".join(map(_answer, gate["answers"])) or gate["answered_by"],
            when(gate["opened_at"]),
            when(gate["answered_at"]),
            gate["reason"],
        )
        for gate in found.gates
    ]
    return Section(heading="Approvals", table=table(("step", "state", "who", "asked", "answered", "reason"), rows))


def _answer(answer: Mapping[str, Any]) -> str:
    """`wang approved`, and who typed it when that was somebody else."""
    words = f"{answer['by']} {answer['answer']}"
    if not answer["typed_by"]:
        return words
    proof = "told a code" if answer["proof"] == "totp" else "by --as"
    return f"{words} ({proof}, typed by {answer['typed_by']})"


def _promises(found: Sequence[Promise], when: When) -> Section:
    rows = [(one.kind, when(one.due), one.state, one.ended_in, when(one.ended_at)) for one in found]
    return Section(heading="Promises", table=table(("kind", "due", "state", "kept by", "at"), rows))


def _clocks(found: Review, when: When) -> Section:
    rows = [
        (c.id, when(c.due), c.state, _submitted(found, c, when), c.ended_by, c.reference or c.reason)
        for c in found.clocks
    ]
    return Section(
        heading="Deadlines of authorities", table=table(("clock", "due", "state", "submitted", "by", "reference"), rows)
    )


def _submitted(found: Review, clock: LegalClock, when: When) -> str:
    """When its report went; who says so, and since when, where it was written down afterwards."""
    said = stated_later(found.entries, clock.id)
    return when(clock.submitted_at) + (f" (stated by {said.actor}, recorded {when(said.recorded_at)})" if said else "")


def stated_later(entries: Sequence[Entry], clock: str) -> Entry | None:
    """The entry of a clock's first submission, which decides, if it was written down afterwards: then the time is what
    a person says. Pure."""
    told = (one for one in entries if one.kind == "clock.submitted" and one.detail.get("clock") == clock)
    first = next(told, None)
    return first if first is not None and first.recorded_at - first.happened_at > AFTERWARDS else None


def _actions(found: Sequence[Action], when: When) -> Section:
    rows = [(one.no, one.text, one.owner, when(one.due), one.state, one.done_by) for one in found]
    return Section(
        heading="Follow-up actions",
        table=table(("no", "what", "owner", "due", "state", "done by"), rows),
        nothing="None yet.",
    )


def _duration(duration: timedelta | None, more: str = "") -> str:
    return "not yet" if duration is None else f"{duration_text(duration)}{more}"


def _short(duration: timedelta) -> str:
    """Under a minute in tenths of a second; longer in whole ones."""
    seconds = duration.total_seconds()
    return f"{seconds:.1f}s" if seconds < 60 else duration_text(duration)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "none"


def _promise_json(one: Promise) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("no", "kind", "made_in", "due", "state", "ended_in", "ended_at")}


def _clock_json(one: LegalClock, said: Entry | None) -> dict[str, Any]:
    stated = None if said is None else {"by": said.actor, "at": said.recorded_at}
    names = ("id", "due", "state", "submitted_at", "reference", "reason")
    return {**{name: getattr(one, name) for name in names}, "stated_later": stated}
