"""What playbooks are rehearsed with in this workspace, for the commands that do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from incident.errors import IncidentError

if TYPE_CHECKING:
    from incident.review.rehearsal.house import House
    from incident.review.rehearsal.lines import Line
    from incident.review.rehearsal.play import Theatre
    from incident.wiring import Console


def theatre(console: Console, house: House | None = None) -> Theatre:
    """The workspace's deadlines and messages; `house` counts people, else there are as many as a test says."""
    from incident.review.rehearsal.play import Theatre

    last_words = frozenset(name for name in console.catalog.names() if _is_last(console, name))
    return Theatre(rules=console.rules, last_words=last_words, house=house)


def _is_last(console: Console, message: str) -> bool:
    """Whether a message promises no further word. One that cannot be read is `message lint`'s to tell."""
    try:
        return console.catalog.get(message).about.stage == "resolved"
    except IncidentError:
        return False


def to_json(line: Line) -> dict[str, Any]:
    """A line of a night for scripts."""
    return {
        "after": int(line.after.total_seconds()),
        "step": line.step,
        "what": line.what,
        "to": line.to,
        "channels": list(line.channels),
        "people": line.people,
    }
