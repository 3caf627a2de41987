"""What is asked of the table of recipients: one person, a page of them, and how many are meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from incident.audience.recipient import Recipient, from_row
from incident.audience.segment import Segment, to_sql
from incident.audience.translate import Source
from incident.errors import NotFound
from incident.store import Store

NO_SOURCES: Mapping[str, Source] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many people a live notice to a segment means, how many have an address of each kind. `locales` sums to
    `people`; those who are marked for drills stand beside it in `drill`."""

    people: int
    locales: Mapping[str, int]
    email: int
    phone: int
    push: int
    opted_out: int
    drill: int


def show(store: Store, recipient_id: str) -> Recipient:
    """One recipient. Raises NotFound."""
    row = store.queries("incident.audience").recipient(id=recipient_id)
    if row is None:
        raise NotFound("There is no recipient of that id. Look for one with: incident audience list")
    return from_row(row)


def find(
    store: Store, segment: Segment, *, most: int, sources: Mapping[str, Source] = NO_SOURCES
) -> Iterator[Recipient]:
    """The first `most` recipients of a segment by id. Raises SegmentError for an unbound or unanswerable one."""
    where, values = to_sql(segment, sources)
    sql = f"SELECT r.* FROM recipient r WHERE {where} ORDER BY r.id LIMIT :most"
    return map(from_row, store.execute(sql, {**values, "most": most}))


def count(store: Store, segment: Segment, sources: Mapping[str, Source] = NO_SOURCES) -> Count:
    """Counts the people of a segment. Raises SegmentError for an unbound or unanswerable one."""
    where, values = to_sql(segment, sources)
    sql = f"""
        SELECT r.locale AS locale, count(*) AS people,
            sum(CASE WHEN r.email <> '' THEN 1 ELSE 0 END) AS email,
            sum(CASE WHEN r.phone <> '' THEN 1 ELSE 0 END) AS phone,
            sum(CASE WHEN r.push <> '' THEN 1 ELSE 0 END) AS push,
            sum(CASE WHEN r.opt_out <> '' THEN 1 ELSE 0 END) AS opted_out
        FROM recipient r WHERE ({where}) AND r.drill = 0 GROUP BY r.locale ORDER BY r.locale
    """
    rows = store.execute(sql, values).fetchall()
    marked = store.execute(f"SELECT count(*) AS people FROM recipient r WHERE ({where}) AND r.drill = 1", values)
    return Count(
        people=sum(int(row["people"]) for row in rows),
        locales={row["locale"]: int(row["people"]) for row in rows},
        drill=int(marked.fetchone()["people"]),
        **{name: sum(int(row[name]) for row in rows) for name in ("email", "phone", "push", "opted_out")},
    )
