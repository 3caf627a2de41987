"""What the outbox commands share: naming broadcasts, acting on each, writing it down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from incident.errors import WrongState

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.delivery.care import Waiting
    from incident.store import Row


_DONE = {"hold": "held", "release": "resumed", "stop": "stopped", "retry": "retried", "drop": "dropped"}
"""The timeline tells what was done; the document is named by the command."""


def act_on(
    session: Session,
    name: str,
    incident: str,
    step: str | None,
    act: Callable[[Row], int | None],
    reason: str | None = None,
) -> list[Row]:
    """Acts on the broadcasts of an incident (one step's, if named) that are in the right state; emits what was done.

    Returns them. Raises WrongState when that is none of them.
    """
    from incident import lifecycle
    from incident.cli._values import the_incident
    from incident.delivery import outbox

    console = session.console()
    found = the_incident(session, incident)
    done: list[dict[str, Any]] = []
    acted: list[Row] = []
    refused: WrongState | None = None
    with console.store.transaction():
        for broadcast in outbox.find(console.store, found.id, step):
            try:
                rows = act(broadcast)
            except WrongState as error:
                refused = error
                continue
            detail = {"step": broadcast["step"], **({} if rows is None else {"rows": rows})}
            done.append(detail)
            acted.append(broadcast)
            lifecycle.record(
                console.store,
                console.actor,
                console.clock(),
                f"broadcast.{_DONE[name]}",
                found.id,
                reason=reason,
                **detail,
            )
        if not done and refused is not None:
            raise refused
    words = [f"{one['step']}: {_DONE[name]}" + (f", {one['rows']} deliveries" if "rows" in one else "") for one in done]
    session.emit(f"outbox-{name}", {"incident": found.id, "broadcasts": done}, "\n".join(words))
    return acted


def refusal(reason: str | None) -> str:
    """A reason for which a channel refuses for good; '' for none. Raises NotFound with those there are."""
    from incident import registry
    from incident.channel.port import REFUSED
    from incident.errors import NotFound

    if reason is not None and reason not in REFUSED:
        raise NotFound(f"Nothing is refused for '{reason}'. {registry.nearest(reason, REFUSED)}")
    return reason or ""


def waits_of(session: Session, broadcasts: Iterable[Row]) -> dict[int, Waiting | None]:
    """What each of these broadcasts waits for now, by its number in the ledger."""
    from incident.delivery import care

    console = session.console()
    return {row["no"]: care.waiting(console.store, row, console.clock(), console.channels) for row in broadcasts}


def waiting_json(wait: Waiting | None) -> dict[str, Any]:
    if wait is None:
        return {"waits_for": None, "why": "", "until": None}
    return {"waits_for": wait.reason, "why": wait.why, "until": wait.until}


def waiting_words(session: Session, wait: Waiting | None) -> str:
    if wait is None:
        return ""
    return f"{wait.why}, until {session.when(wait.until)}" if wait.until else wait.why


def wait_of(session: Session, broadcast: Row) -> tuple[str, str]:
    """What one broadcast waits for now: the word and the words; both '' when for nothing."""
    wait = waits_of(session, [broadcast])[broadcast["no"]]
    return ("" if wait is None else wait.reason), waiting_words(session, wait)
