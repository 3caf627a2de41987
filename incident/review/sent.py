"""The ledger as an explanation needs it: what was decided about rows, when, by which rule, and in which attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident.audience.mask import mask
from incident.delivery.care import Waiting
from incident.now import at, maybe_at
from incident.review import reasons
from incident.run.history import View
from incident.store import Row, Store

NOT_MEANT = "not meant"
Waits = Callable[[Row], Waiting | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One row of the ledger, an earlier attempt of it, or `rows` alike. `address` is masked. `line` is that of the
    step in the playbook."""

    step: str
    channel: str
    locale: str
    state: str
    reason: str
    rule: str
    why: str
    rows: int = 1
    at: datetime | None = None
    attempt: int = 0
    address: str = ""
    words: str = ""
    line: int = 0


def broadcasts(store: Store, incident: str, name: str) -> list[Row]:
    """The broadcasts of a step or message of that name."""
    rows = store.queries("incident.review").broadcasts_of(incident=incident)
    return [row for row in list(rows) if name in (row["step"], row["message"])]


def names(store: Store, incident: str) -> set[str]:
    """Every step and message that was sent."""
    rows = list(store.queries("incident.review").broadcasts_of(incident=incident))
    return {name for row in rows for name in (row["step"], row["message"])}


def is_known(store: Store, incident: str, recipient: str) -> bool:
    """Whether there is such a recipient, now or in the incident's ledger."""
    queries = store.queries("incident.review")
    return queries.recipient_known(incident=incident, recipient=recipient) is not None


def why_of(broadcast: Mapping[str, Any], wait: Waiting | None = None) -> tuple[str, str]:
    """(the rule, the sentence) for what holds or ended a whole broadcast, or what it waits for now; else empty."""
    if not broadcast["reason"]:
        return (reasons.why("pending", wait.reason)[0], f"waits for: {wait.why}") if wait else ("", "")
    rule, words = reasons.why(broadcast["state"], broadcast["reason"])
    figures = f" ({broadcast['why']})" if broadcast["why"] else ""
    return rule, f"{broadcast['state']}: {words}{figures}"


def sums(store: Store, incident: str, step: str) -> Iterator[Decided]:
    """The rows of a step's broadcast, counted by what became of them and why."""
    for broadcast in broadcasts(store, incident, step):
        if broadcast["step"] != step:
            continue
        for row in list(store.queries("incident.review").kinds_of(broadcast=broadcast["no"])):
            rule, words = reasons.why(row["state"], row["reason"])
            yield Decided(
                step=step,
                channel=row["channel"],
                locale=row["locale"],
                state=row["state"],
                reason=row["reason"] or "",
                rule=rule,
                why=words,
                rows=int(row["rows_"]),
            )


def rows(store: Store, incident: str, recipient: str, view: View, waits: Waits) -> Iterator[Decided]:
    """Each row that the recipient has in the incident, its earlier attempts first; a notice that was not for this
    person is told by its audience. `waits` says what a broadcast waits for now."""
    queries = store.queries("incident.review")
    for broadcast in list(queries.broadcasts_of(incident=incident)):
        step = view.step(broadcast["step"])
        line = step.line if step else 0
        found = list(queries.rows_of_recipient(broadcast=broadcast["no"], recipient=recipient))
        for row in found:
            for earlier in list(queries.attempts_of(broadcast=broadcast["no"], delivery=row["no"])):
                yield _decided(broadcast, {**row, **earlier}, line, None)
            yield _decided(broadcast, {**row, "attempt": row["attempts"]}, line, waits(broadcast))
        if not found and broadcast["lane"] == 1:
            yield _not_meant(broadcast, line)


def _decided(broadcast: Row, row: Mapping[str, Any], line: int, wait: Waiting | None) -> Decided:
    rule, words = reasons.why(row["state"], row["reason"])
    held, because = why_of(broadcast, wait) if row["state"] in ("pending", "deferred", "standby") else ("", "")
    return Decided(
        step=broadcast["step"],
        channel=row["channel"],
        locale=row["locale"],
        state=row["state"],
        reason=row["reason"] or "",
        rule=held or rule,
        why=because or words,
        at=maybe_at(row["ended_at"]) or maybe_at(broadcast["frozen_at"]),
        attempt=row["attempt"],
        address=mask(row["address"]),
        words=" ".join(part for part in (row["code"], row["words"]) if part),
        line=line,
    )


def _not_meant(broadcast: Row, line: int) -> Decided:
    gone = f"its rows were archived: {broadcast['archived']}" if broadcast["archived"] else ""
    return Decided(
        step=broadcast["step"],
        channel="",
        locale="",
        state=NOT_MEANT,
        reason="",
        rule=f"audience: {broadcast['audience']}",
        why=gone or "the person was not in this audience when it was frozen",
        at=maybe_at(broadcast["frozen_at"]),
        line=line,
    )


def calls(store: Store, incident: str, step: str) -> Iterator[tuple[datetime, str | None, str]]:
    """Pages of a step: when it was opened, who acknowledged, and whom it called how often."""
    for page in list(store.queries("incident.review").pages_of_step(incident=incident, step=step)):
        rounds = page["round"] + 1
        words = f"{page['state']}; called {page['target'].replace(';', ' and ')} {rounds} times: {page['text']}"
        yield at(page["opened_at"]), page["acknowledged_by"], words
