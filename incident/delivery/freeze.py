"""Freezing a broadcast: the whole audience, by channel, is in the ledger before the first byte leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from incident import journal
from incident.channel.spec import ChannelSpec
from incident.delivery.brakes import horizon
from incident.delivery.claims import ROWS
from incident.delivery.model import LANES, Broadcast, Route
from incident.delivery.rules import frozen, quiet
from incident.delivery.sinks import behind, diverted
from incident.now import maybe_ms, ms
from incident.store import Store


def rows_a_chunk(spec: ChannelSpec) -> int:
    """How many deliveries of a channel are claimed together at least.

    1. One where a person must decide about what is unknown after a crash. 2. What may start within a second. 3. `ROWS`.
    """
    if spec.on_unknown == "hold":
        return 1
    return min(ROWS, horizon(spec.rates, 1.0)) if spec.rates else ROWS


def freeze(store: Store, broadcast: Broadcast, now: datetime) -> int:
    """Writes the broadcast, its texts and one row per recipient x channel; returns its number in the ledger.

    In the caller's transaction: either all rows stand there or none. Set-based, so that a million rows take seconds.
    Whether it belongs to a drill is read off the incident, here and nowhere else: whoever calls cannot mix them up.
    """
    with store.transaction():
        journal.hold(store)  # numbering is serial, like the journal itself
        queries = store.queries("incident.delivery")
        drill = is_drill(store, broadcast.incident)
        broadcast = replace(diverted(broadcast) if drill else broadcast, where=of_side(broadcast.where, drill))
        hours = broadcast.rules.quiet_hours
        no = int(queries.last_no()["no"] or 0) + 1
        queries.insert_broadcast(
            no=no,
            id=broadcast.id,
            lane=LANES[broadcast.kind],
            incident=broadcast.incident,
            step=broadcast.step,
            revision=broadcast.revision,
            message=broadcast.message,
            audience=broadcast.audience,
            people=broadcast.people,
            hash=broadcast.hash,
            critical=int(broadcast.critical),
            thread=broadcast.thread,
            state="sending",
            frozen_at=ms(now),
            expires_at=maybe_ms(broadcast.expires_at),
            not_before=maybe_ms(quiet.until(hours, now) if hours else None),
            rules=frozen.write(broadcast.rules),
            drill=int(drill),
        )
        for (channel, locale), rendered in broadcast.renderings.items():
            content = json.dumps(rendered.to_json(), ensure_ascii=False)
            queries.insert_rendering(broadcast=no, channel=channel, locale=locale, content=content)
        with _numbered(store, broadcast):
            _lay_out(store, no, broadcast)
    return no


def is_drill(store: Store, incident: str) -> bool:
    """Whether the incident is a drill; it was fixed when it was declared."""
    row = store.queries("incident.delivery").is_drill(incident=incident)
    return row is not None and bool(row["drill"])


def of_side(where: str, drill: bool) -> str:
    """An audience as SQL, of which a drill gets only those who are marked for drills, and everything else only the
    others. Empty for what goes to no audience."""
    return where and f"({where}) AND r.drill = {int(drill)}"


def _lay_out(store: Store, no: int, broadcast: Broadcast) -> None:
    """Rows and chunks of each channel, one after the other."""
    queries = store.queries("incident.delivery")
    firsts: dict[str, int] = {}
    last = 0
    for route in broadcast.routes:
        first = firsts[route.channel] = last + 1
        last = _rows(store, no, broadcast, route, first)
        if route.after:
            shift = first - firsts[route.after]
            link = {"channel": route.channel, "before": route.after, "first": first, "shift": shift}
            queries.insert_fallback(broadcast=no, **link)
        for state, lo, hi in _pieces(broadcast, route, first, last):
            size = _size(broadcast, route)
            queries.insert_chunks(broadcast=no, channel=route.channel, state=state, first=lo, last=hi, size=size)


def _size(broadcast: Broadcast, route: Route) -> int:
    """Rows in a chunk: the channel's own number; the same for all that stand in a chain, because what one did not reach
    is looked for in the next one's chunk at the same place."""
    named = {one.after for one in broadcast.routes if one.after}
    chained = [one.chunk for one in broadcast.routes if one.after or one.channel in named]
    return min(chained) if route.after or route.channel in named else route.chunk


def _pieces(broadcast: Broadcast, route: Route, first: int, last: int) -> Iterator[tuple[str, int, int]]:
    """(state, lo, hi) of the chunks of one channel's rows. A canary's first people may go at once, on every channel the
    same ones; everybody else, and what is posted for all to see, is `later`. Behind another channel it is `standby`:
    that channel's chunks lie in the same places."""
    canary = broadcast.rules.canary if any(one.reach == "each" for one in broadcast.routes) else None
    slice_end = last if canary is None else first - 1 + (canary.first if route.reach == "each" else 0)
    slice_end = min(slice_end, last)
    pieces = (("todo", first, slice_end), ("later", slice_end + 1, last))
    yield from (("standby" if route.after else state, lo, hi) for state, lo, hi in pieces if lo <= hi)


def _rows(store: Store, no: int, broadcast: Broadcast, route: Route, first: int) -> int:
    """Writes the rows of one channel from number `first` on; returns the last number used."""
    if broadcast.direct:
        return _direct_rows(store, no, broadcast, route, first)
    if route.reach == "once":
        return _post_rows(store, no, broadcast, route, first)
    case, values = _locale_case(broadcast)
    number, people = _in_order(store, broadcast)
    store.execute(
        f"""
        INSERT INTO delivery (broadcast, no, recipient, channel, locale, address, name, copy, state)
        SELECT :broadcast_no, :before + {number}, r.id, :channel, {case}, r.{route.column}, r.name, 1, :state
        FROM {people}
        """,
        {
            "broadcast_no": no,
            "before": first - 1,
            "state": "standby" if route.after else "pending",
            "channel": route.channel,
            **values,
            **broadcast.values,
        },
    )
    last = max(first - 1, int(store.queries("incident.delivery").highest_delivery(broadcast=no)["no"]))
    _number_copies(store, no, broadcast, route, first, last)
    return last


@contextmanager
def _numbered(store: Store, broadcast: Broadcast) -> Iterator[None]:
    """On SQLite, the audience in a temporary table: a number for each id, from 1, for all channels alike. Numbering
    whole rows while they are written (row_number) takes it half as long again; PostgreSQL does that as quickly."""
    if store.dialect != "sqlite" or not broadcast.where:
        yield
        return
    queries = store.queries("incident.delivery")
    queries.create_numbered()
    found = f"SELECT r.id FROM recipient r WHERE {broadcast.where} ORDER BY r.id"
    store.execute(f"INSERT INTO numbered (recipient) {found}", dict(broadcast.values))
    yield
    queries.drop_numbered()


def _in_order(store: Store, broadcast: Broadcast) -> tuple[str, str]:
    """SQL of a recipient's number, and of where the recipients `r` come from."""
    if store.dialect == "sqlite":
        return "n.no", "numbered n JOIN recipient r ON r.id = n.recipient ORDER BY n.no"
    return "row_number() OVER (ORDER BY r.id)", f"recipient r WHERE {broadcast.where}"


def _number_copies(store: Store, no: int, broadcast: Broadcast, route: Route, first: int, last: int) -> None:
    """Numbers the people with one address, the first is 1. Behind another channel it is not known yet who will be the
    first: negative numbers stand for a shared address there.

    A statement of its own, because most people share no address: sorting addresses alone is quick, whole rows are not.
    """
    same = "lower(d.address)" if route.column == "email" else "d.address"  # push tokens tell cases apart
    mine = "d.broadcast = :broadcast_no AND d.no BETWEEN :first AND :last"
    copy = "-1" if route.after else f"row_number() OVER (PARTITION BY {same} ORDER BY {_unwilling(broadcast)}, r.id)"
    store.execute(
        f"""
        UPDATE delivery SET copy = shared.copy FROM (
            SELECT d.no AS no, {copy} AS copy FROM delivery d JOIN recipient r ON r.id = d.recipient
            WHERE {mine} AND {same} IN (
                SELECT {same} FROM delivery d WHERE {mine} AND d.address <> '' GROUP BY {same} HAVING count(*) > 1
            )
        ) AS shared
        WHERE delivery.broadcast = :broadcast_no AND delivery.no = shared.no AND shared.copy <> 1
        """,
        {"broadcast_no": no, "first": first, "last": last, "named": f"%;{behind(route.channel)};%"},
    )


def _unwilling(broadcast: Broadcast) -> str:
    """SQL that is 1 for whoever does not want this message on this channel: of several people with one address, the
    first who wants it gets it, so that nobody's opt-out keeps others from being told."""
    if broadcast.critical:
        return "0"
    return """CASE WHEN r.opt_out LIKE '%;all;%' OR r.opt_out LIKE :named
        OR (r.channels <> '' AND r.channels NOT LIKE :named) THEN 1 ELSE 0 END"""


def _locale_case(broadcast: Broadcast) -> tuple[str, dict[str, Any]]:
    """SQL that maps a recipient's locale to the locale of a text that exists."""
    values: dict[str, Any] = {"default_locale": broadcast.default_locale}
    arms = []
    for index, (wanted, given) in enumerate(sorted(broadcast.locales.items())):
        values |= {f"wanted_{index}": wanted, f"given_{index}": given}
        arms.append(f"WHEN :wanted_{index} THEN :given_{index}")
    return (f"CASE r.locale {' '.join(arms)} ELSE :default_locale END" if arms else ":default_locale"), values


def _post_rows(store: Store, no: int, broadcast: Broadcast, route: Route, first: int) -> int:
    """A channel that posts once: a row per locale that it has a text for."""
    locales = sorted(locale for channel, locale in broadcast.renderings if channel == route.channel)
    return _insert(store, no, first, [(f"post:{loc}", route.channel, loc, "", "") for loc in locales])


def _direct_rows(store: Store, no: int, broadcast: Broadcast, route: Route, first: int) -> int:
    mine = [d for d in broadcast.direct if d.channel == route.channel]
    return _insert(store, no, first, [(d.recipient, d.channel, d.locale, d.address, d.name) for d in mine])


def _insert(store: Store, no: int, first: int, rows: list[tuple[str, str, str, str, str]]) -> int:
    queries = store.queries("incident.delivery")
    for offset, (recipient, channel, locale, address, name) in enumerate(rows):
        queries.insert_delivery(
            broadcast=no,
            no=first + offset,
            recipient=recipient,
            channel=channel,
            locale=locale,
            address=address,
            name=name,
        )
    return first + len(rows) - 1


def count_people(store: Store, where: str, values: dict[str, Any]) -> dict[str, int]:
    """Distinct people of an audience (`of_side`) by locale; their sum is the number that must be confirmed."""
    rows = store.execute(
        f"SELECT r.locale AS locale, count(*) AS people FROM recipient r WHERE {where} GROUP BY r.locale", values
    )
    return {row["locale"]: int(row["people"]) for row in rows.fetchall()}


_WILLING = """AND (r.channels = '' OR r.channels LIKE :this_channel)
        AND r.opt_out NOT LIKE :this_channel AND r.opt_out NOT LIKE :every_channel"""
"""As `passes.choice` decides it for one; what the preview counts and what is sent must agree."""


def count_reachable(
    store: Store, where: str, values: dict[str, Any], route: Route, *, critical: bool
) -> dict[str, int]:
    """How many of an audience a channel would reach, by locale; for the preview.

    They have an address for it, and (a `critical` notice does not ask) have chosen it and not opted out of it.
    """
    willing = "" if critical else _WILLING
    rows = store.execute(
        f"""SELECT r.locale AS locale, count(*) AS people FROM recipient r
        WHERE ({where}) AND r.{route.column} <> '' {willing}
        GROUP BY r.locale""",
        {**values, **({} if critical else {"this_channel": f"%;{route.channel};%", "every_channel": "%;all;%"})},
    )
    return {row["locale"]: int(row["people"]) for row in rows.fetchall()}
