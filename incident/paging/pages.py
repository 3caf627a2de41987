"""Pages as rows: opened, sent round by round, acknowledged, and called again when an acknowledgement runs out."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incident import ident, journal
from incident.delivery import staff
from incident.delivery.station import Station
from incident.journal import Actor
from incident.lifecycle import Incident, record
from incident.now import at, maybe_at, maybe_ms, ms
from incident.paging import owner, plan, policy, reading
from incident.paging.plan import USUAL, Terms
from incident.paging.policy import Page, Turn
from incident.paging.resolve import RESTRICTED, Gap, Roster
from incident.store import Row, Store

WIDEST = 200
"""Places of a page's text (a Chinese character takes two): it must fit into SMS and be read half asleep."""
_ALIVE = ("open", "acknowledged")
SKEW = timedelta(minutes=2)
"""A round that went out this far in the future was timed by a clock that has gone back since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """A page that somebody has acknowledged. `missing` must still do so before it is over."""

    page: Row
    missing: tuple[str, ...] = ()


def open_page(
    station: Station,
    actor: Actor,
    incident: Incident,
    targets: Sequence[str],
    text: str,
    repeat_after: timedelta,
    *,
    run: str = "",
    step: str = "",
    now: datetime,
    terms: Terms = USUAL,
) -> str:
    """Opens a page and sends its first round; returns its id (the first one's, when the targets need several). In the
    caller's transaction.

    `targets` are persons, roles, `rota/NAME` and `policy/NAME`; where no policy says otherwise they are called again
    after `repeat_after`, for ever.
    """
    roster = reading.roster(station, incident.id, now)
    known = plan.Known(policies=station.oncall.policies, held=roster.held, role_pages=terms.role_pages)
    if terms.policy is not None:
        plans = [plan.Plan(target=";".join(targets), policy=terms.policy)]
    else:
        plans = plan.plans(targets, known, wait=repeat_after, priority=terms.priority)
    pages = [ident.token(10) for _ in plans]
    reached: list[str] = []
    for page, planned in zip(pages, plans, strict=True):
        data = {**plan.to_data(planned.policy), "owners": list(terms.owners), "blind": terms.blind}
        station.store.queries("incident.paging").insert_page(
            id=page,
            incident=incident.id,
            run=run,
            step=step,
            target=planned.target,
            text=shortened(text),
            repeat_ms=repeat_after // timedelta(milliseconds=1),
            policy=json.dumps(data, ensure_ascii=False),
            priority=terms.priority,
            opened_at=ms(now),
        )
        reached += _turn(station, incident, page, roster, now, opening=True)
    record(
        station.store,
        actor,
        now,
        "page.sent",
        incident.id,
        to=list(targets),
        reached=reached,
        text=text,
        priority=None if terms.priority == "high" else terms.priority,
    )
    return pages[0]


def repeat(station: Station, incident: Incident, page_id: str, now: datetime) -> None:
    """Goes on with a page that is due, or whose last round reached nobody. Safe when several try at once."""
    queries = station.store.queries("incident.paging")
    with station.store.transaction():
        journal.hold(station.store)  # everybody locks the journal first, then their rows
        row = queries.locked_page(id=page_id)  # who comes second looks at what the first has done
        roster = reading.roster(station, incident.id, now)
        if row["state"] == "acknowledged":
            if queries.reopen_page(id=page_id, now=ms(now)) != 1:
                return
            queries.drop_acks(page=page_id)
            by = row["acknowledged_by"]
            record(station.store, staff.worker(), now, "page.ack_expired", incident.id, person=by, to=row["target"])
        elif not _is_due(row, now) and not _unheard(station, incident, row, roster, now):
            return
        _turn(station, incident, page_id, roster, now)


def was_called(store: Store, incident: str, person: str) -> bool:
    """Whether a page of the incident that is not over has called the person out."""
    return any(_has_called(store, row, person) for row in listed(store, incident) if row["state"] in _ALIVE)


def _has_called(store: Store, row: Row, person: str) -> bool:
    calls = store.queries("incident.paging").calls_of(incident=row["incident"], steps=f"page.{row['id']}.%")
    return any(call["recipient"] == f"person:{person}" for call in list(calls))


def acknowledge(station: Station, actor: Actor, incident: Incident, now: datetime) -> list[Acknowledged]:
    """Acknowledges every page of the incident that is open, for the actor, and renews those whose acknowledgement
    would run out. Who may not see the incident does so for the pages that have called them. Returns those that were
    open."""
    queries = station.store.queries("incident.paging")
    found: list[Acknowledged] = []
    with station.store.transaction():
        journal.hold(station.store)
        called_alone = actor.person in reading.roster(station, incident.id, now).unseen
        for row in list(queries.pages_of(incident=incident.id)):
            if called_alone and not _has_called(station.store, row, actor.person):
                continue
            expires = reading.policy_of(row).ack_expires
            until = maybe_ms(None if expires is None else now + expires)
            if row["state"] == "acknowledged":
                if queries.renew_page(id=row["id"], person=actor.person, at=ms(now), next_due=until) == 1:
                    found.append(Acknowledged(page=row))
            elif row["state"] == "open":
                queries.insert_ack(page=row["id"], person=actor.person, at=ms(now))
                page = reading.page(station.store, queries.page_by_id(id=row["id"]))
                if not policy.is_answered(page):
                    found.append(Acknowledged(page=row, missing=tuple(policy.missing(page))))
                elif queries.acknowledge_page(id=row["id"], person=actor.person, at=ms(now), next_due=until) == 1:
                    found.append(Acknowledged(page=row))
        if found:
            left = sorted({person for one in found for person in one.missing})
            record(station.store, actor, now, "page.acknowledged", incident.id, pages=len(found), missing=left)
    return found


def close_all(store: Store, incident: str, *, but: tuple[str, ...] = ()) -> None:
    """Ends the open pages of an incident that has ended, but those whose step begins with one of `but`."""
    for step in {row["step"] for row in listed(store, incident)}:
        if not step.startswith(but):
            close_step(store, incident, step)


def close_step(store: Store, incident: str, step: str) -> None:
    """Ends the open pages of a step that is skipped: there is nothing left to be called out for."""
    store.queries("incident.paging").close_pages_of_step(incident=incident, step=step)


def postpone(store: Store, page: str, due: datetime) -> None:
    """Looks at an open page again at `due`."""
    store.queries("incident.paging").postpone_page(id=page, next_due=ms(due))


def listed(store: Store, incident: str) -> list[Row]:
    return list(store.queries("incident.paging").pages_of(incident=incident))


def rounds(store: Store, page: str) -> int:
    """The number of a page's last round."""
    return int(store.queries("incident.paging").page_by_id(id=page)["round"])


def missing(store: Store, incident: str) -> list[str]:
    """Who must still acknowledge pages that some have acknowledged and all must."""
    pages = [reading.page(store, row) for row in listed(store, incident) if row["state"] == "open"]
    return list(dict.fromkeys(person for page in pages if page.acked for person in policy.missing(page)))


def overdue(store: Store, now: datetime) -> list[Row]:
    """Pages that want to be looked at: due, or their last round has reached nobody, or the clock has gone back."""
    queries = store.queries("incident.paging")
    due = [row["id"] for row in list(queries.due_pages(now=ms(now), ahead=ms(now + SKEW)))]
    unheard = [row["id"] for row in list(queries.unheard_pages())]
    return [queries.page_by_id(id=page) for page in dict.fromkeys((*due, *unheard))]


def earliest_due(store: Store) -> datetime | None:
    queries = store.queries("incident.paging")
    unheard = [at(row["called_at"]) for row in list(queries.unheard_pages()) if row["called_at"] is not None]
    due = maybe_at(queries.earliest()["due"])
    return min((one for one in (due, *unheard) if one is not None), default=None)


def shortened(text: str) -> str:
    """The beginning of a text that fits a page; the whole of it stands on the timeline."""
    places = 0
    for index, letter in enumerate(text):
        places += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if places > WIDEST:
            return text[:index].rstrip() + "…"
    return text


def _is_due(row: Row, now: datetime) -> bool:
    due, called = maybe_at(row["next_due"]), maybe_at(row["called_at"])
    return due is not None and (due <= now or (called is not None and called > now + SKEW))


def _unheard(station: Station, incident: Incident, row: Row, roster: Roster, now: datetime) -> bool:
    """Whether the last round reached nobody and another way was not tried yet: then the next round goes out at once.
    When no way is left, that is said, and the next round keeps its time."""
    queries = station.store.queries("incident.paging")
    unheard = {one["id"] for one in list(queries.unheard_pages())}
    if row["id"] not in unheard or queries.notice_page(id=row["id"], round=row["round"]) != 1:
        return False
    page = reading.page(station.store, row)
    if policy.untried(page, replace(roster, unseen=frozenset()) if reading.is_blind(row) else roster):
        return True
    if not any(call.reached for call in page.calls):
        gap = Gap(target=row["target"], code="unreached", words="No call has reached anybody, by any way.")
        owner.tell(station, incident, row, (gap,), roster, now)
    return False


def _turn(
    station: Station, incident: Incident, page_id: str, roster: Roster, now: datetime, *, opening: bool = False
) -> list[str]:
    """One turn of an open page; returns who was written to and how, for the record (names and channels only)."""
    queries = station.store.queries("incident.paging")
    row = queries.page_by_id(id=page_id)
    page: Page = reading.page(station.store, row)
    blind = reading.is_blind(row)
    turn = policy.decide(page, replace(roster, unseen=frozenset()) if blind else roster, now)
    told = owner.added(row["told"], turn.gaps)
    won = queries.turn_page(
        id=page_id,
        before=row["round"],
        told_before=row["told"],
        round=turn.round,
        called_at=ms(now) if turn.calls else row["called_at"],
        next_due=maybe_ms(turn.due),
        told=told,
    )
    if won != 1:  # another worker was first; nothing is lost
        return []
    told_as = bare(incident) if blind else incident
    reached = _call(station, told_as, row, turn, now)
    if turn.done:
        queries.acknowledge_page(id=page_id, person=sorted(page.acked)[0], at=ms(now), next_due=None)
    if turn.calls and turn.begins and not opening and len(page.policy.steps) > 1:
        record(station.store, staff.worker(), now, "page.escalated", incident.id, to=row["target"], reached=reached)
    owner.tell_new(station, incident, row, turn.gaps, roster, now)
    return reached


def bare(incident: Incident) -> Incident:
    """The incident with nothing but its id: for who may not see it, and must hear that something happened."""
    return replace(incident, title={"": incident.id}, params={}, contact={})


def _call(station: Station, incident: Incident, row: Row, turn: Turn, now: datetime) -> list[str]:
    """Whoever is called in the place of others, because of a restriction, reads why."""
    why = [gap.words for gap in turn.gaps if gap.code == RESTRICTED][:1]
    staff.tell(
        station,
        incident,
        now,
        kind="page",
        step=f"page.{row['id']}.{turn.round}",
        message="page",
        texts={"": " ".join([row["text"], *why])},
        rows=turn.calls,
    )
    return [f"{person.id} by {channel}" for person, channel in turn.calls]
