"""What the next person must know: how it stands, what is open, what the public heard last, what is owed and by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from incident import journal, lifecycle, paging
from incident.duty import clocks, promises
from incident.lifecycle import Incident, family
from incident.now import at
from incident.review.document import Document, Quote, Section, table
from incident.review.words import spoken
from incident.run import acts
from incident.run.acts import Office
from incident.store import Store

_NOTES = 5
When = Callable[[datetime | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The hand-over as values; all of it plain data, so that what was read can be kept."""

    incident: str
    title: str
    status: str
    written_at: datetime
    parent: str | None
    children: tuple[dict[str, Any], ...]
    open_questions: tuple[dict[str, Any], ...]
    last_public: dict[str, Any] | None
    next_promise: datetime | None
    clocks: tuple[dict[str, Any], ...]
    roles: dict[str, str]
    pages: tuple[dict[str, Any], ...]
    tasks: tuple[dict[str, Any], ...]
    actions: tuple[dict[str, Any], ...]
    notes: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def brief(office: Office, incident: Incident, title: str) -> Brief:
    """As it stands now."""
    store, now = office.station.store, office.station.clock()
    standing = acts.look(office, incident.id)
    told = incident.phase if last_public(store, incident.id, "") else "nothing yet"
    return Brief(
        incident=incident.id,
        title=title,
        status=f"{incident.severity}, {incident.state}, the run is {standing.state}, the public was told: {told}",
        written_at=now,
        parent=incident.parent,
        children=tuple(family.told_to_all(store, incident.id)),
        open_questions=tuple(
            {
                "what": wait.step or wait.type,
                "why": wait.why,
                "role": wait.role,
                "due": wait.due,
                "command": wait.command,
            }
            for wait in standing.waiting
        ),
        last_public=last_public(store, incident.id, office.station.organisation.default_locale),
        next_promise=_promised(store, incident),
        clocks=tuple(
            {"clock": one.id, "due": one.due, "authority": dict(one.rule.authority), "late": one.late(now)}
            for one in clocks.running_of(store, incident.id)
        ),
        roles=lifecycle.holders(store, incident.id),
        pages=tuple(
            {"to": row["target"], "text": row["text"], "since": at(row["opened_at"]), "rounds": row["round"] + 1}
            for row in paging.listed(store, incident.id)
            if row["state"] == "open"
        ),
        tasks=tuple(
            {"task": one.id, "title": one.title, "role": one.role, "due": one.due}
            for one in lifecycle.tasks(store, incident.id)
            if one.state == "open"
        ),
        actions=tuple(
            {"action": one.no, "text": one.text, "owner": one.owner, "due": one.due}
            for one in lifecycle.actions(store, incident.id)
            if one.state == "open"
        ),
        notes=tuple(_notes(store, incident.id)),
    )


def _promised(store: Store, incident: Incident) -> datetime | None:
    """The next public word that is owed, kept in time or already late."""
    last = promises.last(store, incident.id)
    return last.due if last and last.ended_at is None else incident.promised_at


def last_public(store: Store, incident: str, locale: str) -> dict[str, Any] | None:
    """The last notice that was released: its step, when, to how many, and its words in `locale`, if it has them."""
    found = list(spoken(store, incident, locale))
    return asdict(found[-1]) if found else None


def _notes(store: Store, incident: str) -> list[dict[str, Any]]:
    found = [entry for entry in journal.read(store, incident) if entry.kind == "note"][-_NOTES:]
    return [{"at": entry.happened_at, "by": entry.actor, "text": entry.detail.get("text", "")} for entry in found]


def document(found: Brief, when: When) -> Document:
    """The hand-over for people."""
    last = found.last_public
    public = [(f"'{last['step']}' at {when(last['at'])}, to {last['people']:,} people:", last["text"])] if last else []
    waits = [(w["what"], w["why"], w["role"], when(w["due"]), w["command"]) for w in found.open_questions]
    return Document(
        title=f"Hand-over of {found.incident}: {found.title}",
        lead=(f"{found.status}.", *family.lines(found.parent, found.children), f"Written {when(found.written_at)}."),
        sections=(
            Section(heading="Open questions", table=table(("what", "why", "who", "until", "type"), waits)),
            Section(
                heading="Last public word",
                quotes=tuple(Quote(caption=caption, text=text) for caption, text in public),
                nothing="The public has heard nothing yet.",
            ),
            Section(
                heading="Next public word",
                paragraphs=(f"Promised for {when(found.next_promise)}.",) if found.next_promise else (),
                nothing="None is promised.",
            ),
            Section(
                heading="Deadlines of authorities",
                table=table(
                    ("clock", "due", ""),
                    [(c["clock"], when(c["due"]), "LATE" if c["late"] else "") for c in found.clocks],
                ),
            ),
            Section(heading="Who holds what", table=table(("role", "person"), list(found.roles.items()))),
            Section(
                heading="Pages that nobody acknowledged",
                table=table(
                    ("to", "text", "since", "times"),
                    [(p["to"], p["text"], when(p["since"]), p["rounds"]) for p in found.pages],
                ),
            ),
            Section(
                heading="Open tasks",
                table=table(
                    ("task", "what", "who", "due"),
                    [(t["task"], t["title"], t["role"], when(t["due"])) for t in found.tasks]
                    + [(f"action {a['action']}", a["text"], a["owner"], when(a["due"])) for a in found.actions],
                ),
            ),
            Section(
                heading="Latest notes",
                table=table(("when", "who", "note"), [(when(n["at"]), n["by"], n["text"]) for n in found.notes]),
            ),
        ),
    )
