"""The order of steps as a graph: circles in `needs`, and what can never be reached because of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

Needs = Mapping[str, tuple[str, ...]]
"""Each step's id and the ids that it needs. Ids that are no key are ignored (they are a mistake of their own)."""


def before(needs: Needs) -> dict[str, frozenset[str]]:
    """For each step, every step that it directly or indirectly waits for; a step in a circle waits for itself."""
    found: dict[str, frozenset[str]] = {}
    for id in needs:
        seen: set[str] = set()
        todo = list(needs[id])
        while todo:
            one = todo.pop()
            if one not in seen and one in needs:
                seen.add(one)
                todo.extend(needs[one])
        found[id] = frozenset(seen)
    return found


def circles(needs: Needs) -> list[tuple[str, ...]]:
    """Each circle once, as its steps in an order in which each needs the next, from the first one in the file."""
    ahead = before(needs)
    told: set[str] = set()
    found = []
    for id in needs:
        if id in ahead[id] and id not in told:
            path = _way_round(id, needs, ahead)
            found.append(path)
            told.update(one for one in ahead[id] if id in ahead[one])
    return found


def _way_round(start: str, needs: Needs, ahead: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """A shortest way from `start` back to itself along `needs`."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:  # grows while it is read: breadth first
        for one in needs[way[-1]]:
            if one == start:
                return way
            if one in needs and one not in seen and start in ahead[one]:
                seen.add(one)
                ways.append((*way, one))
    return (start,)


def behind_circles(needs: Needs) -> dict[str, str]:
    """Each step that is in no circle but waits for one, and a step of that circle."""
    ahead = before(needs)
    inside = [id for id in needs if id in ahead[id]]
    return {
        id: next(one for one in inside if one in ahead[id])
        for id in needs
        if id not in ahead[id] and any(one in ahead[id] for one in inside)
    }
