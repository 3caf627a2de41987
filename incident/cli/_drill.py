"""What is said about drills: hints when one begins, and when each playbook was drilled last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from incident.errors import IncidentError

if TYPE_CHECKING:
    from incident.playbook.model import Playbook
    from incident.wiring import Console


def hints(console: Console, drill: bool) -> Iterator[str]:
    """1. A drill in which nobody is marked reaches nobody. 2. When something real begins, the drills that go on are
    named, with the word that ends them."""
    from incident import lifecycle
    from incident.audience import parse
    from incident.audience.store import count

    if drill:
        if console.drills.people == "marked" and count(console.store, parse("everyone")).drill == 0:
            yield (
                "Nobody is marked for drills: its notices reach nobody. Mark people in the audience file (column "
                "drill), or write into files: drill: {people: files}"
            )
        return
    for one in lifecycle.listed(console.store, everything=False):
        if one.drill:
            yield f"A drill is going on. End it: incident cancel {one.id} --no-play"


def drilled(console: Console) -> Callable[[Playbook], date | None]:
    """The day on which a playbook was drilled last, in the workspace's time zone. Without a database only what stands
    in the playbooks is known: a list of them must not fail for that."""
    from incident import lifecycle
    from incident.playbook.drill import latest

    zone = ZoneInfo(console.organisation.time_zone)
    try:
        played = {name: at.astimezone(zone).date() for name, at in lifecycle.last_drilled(console.store).items()}
    except IncidentError:
        played = {}
    return lambda playbook: latest(played.get(playbook.id), playbook.last_drilled)


def stale(console: Console, playbooks: Sequence[Playbook]) -> str:
    """A sentence that names those that were not drilled for too long, or never; '' when there is none."""
    from incident.playbook.drill import is_stale

    last, today = drilled(console), console.clock().date()
    never = [one.id for one in playbooks if last(one) is None]
    long_ago = [
        f"{one.id} ({last(one)})"
        for one in playbooks
        if last(one) is not None and is_stale(last(one), console.drills.stale_after, today)
    ]
    told = [f"Never drilled: {', '.join(never)}."] * bool(never)
    told += [f"Not for {console.drills.stale_after.days} days: {', '.join(long_ago)}."] * bool(long_ago)
    return " ".join([*told, "Practise one: incident declare NAME --drill"]) if told else ""
