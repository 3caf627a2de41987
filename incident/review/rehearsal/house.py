"""Who would be told in a rehearsed night: as many as a test says, or the people of a workspace, counted."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from incident.audience import SegmentError, bind, parse, to_sql
from incident.delivery.freeze import count_people
from incident.errors import Held
from incident.review.rehearsal.meaning import meant
from incident.run.announcing import SOURCES
from incident.run.history import View
from incident.store import Store

_LISTED = {
    "sqlite": "r.id IN (SELECT value FROM json_each(:audience_ids))",
    "postgresql": "r.id IN (SELECT json_array_elements_text(CAST(:audience_ids AS json)))",
}
"""People by a list, which travels as one parameter however long it is."""


class House(Protocol):
    """Counts audiences, also of those who were told before."""

    def count(self, audience: str, view: View) -> int:
        """How many people are meant. Raises Held for an audience that cannot be asked for."""

    def told(self, key: str, audience: str, view: View) -> None:
        """A notice of that step went out to these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anybody:
    """Every audience is as many people."""

    people: int

    def count(self, audience: str, view: View) -> int:
        return self.people

    def told(self, key: str, audience: str, view: View) -> None:
        """Who was told before is as many as any audience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """People who were told together: a condition over `r` that names nobody who was told before, and its values."""

    where: str
    values: tuple[tuple[str, str], ...]


@dataclass(kw_only=True)
class Counted:
    """The people of a workspace. Who has `received` a notice is who was meant by it: every delivery arrives.

    Each group is kept once however often it is told. What is told to those who were told before adds no condition that
    holds theirs, else each word to them would double the next one: 1. Exactly they: the groups that they are made of.
    2. Some of them, or others besides: these people, as a list.
    """

    store: Store
    _groups: dict[_Group, int] = field(default_factory=dict)
    _told: list[tuple[str, frozenset[int]]] = field(default_factory=list)
    _counts: dict[_Group, int] = field(default_factory=dict)
    _lists: dict[_Group, _Group] = field(default_factory=dict)
    _asked: list[tuple[str, frozenset[int]]] = field(default_factory=list)

    def count(self, audience: str, view: View) -> int:
        group = self._group(audience, view)
        if group not in self._counts:
            self._counts[group] = sum(count_people(self.store, group.where, dict(group.values)).values())
        return self._counts[group]

    def told(self, key: str, audience: str, view: View) -> None:
        group = self._group(audience, view)
        if self._asked and group.where == f"({self._asked[0][0]})":
            self._told.append((key, self._asked[0][1]))
            return
        kept = self._listed(group) if self._asked else group
        self._told.append((key, frozenset({self._groups.setdefault(kept, len(self._groups))})))

    def _group(self, audience: str, view: View) -> _Group:
        self._asked.clear()
        try:
            where, values = to_sql(bind(parse(audience, SOURCES), view.variables()), dict.fromkeys(SOURCES, self))
        except SegmentError as error:
            raise Held(f"The audience {audience} cannot be asked for: {error}.") from error
        return _Group(where=where, values=tuple(values.items()))

    def _listed(self, group: _Group) -> _Group:
        """The people of a group by name, so that it hangs on no other."""
        if group not in self._lists:
            found = self.store.execute(
                f"SELECT r.id AS id FROM recipient r WHERE {group.where} ORDER BY r.id", dict(group.values)
            )
            ids = json.dumps([row["id"] for row in found.fetchall()])
            self._lists[group] = _Group(where=_LISTED[self.store.dialect], values=(("audience_ids", ids),))
        return self._lists[group]

    # --- a source of audiences

    def sql(self, args: Sequence[str], prefix: str) -> tuple[str, dict[str, Any]]:
        """Everybody who was meant by the notices of these steps, by any when none is named."""
        told = [
            numbers
            for key, numbers in self._told
            if not args or any(meant(name, key.removesuffix(".holding")) for name in args)
        ]
        among = frozenset[int]().union(*told)
        parts, values = ["1 = 0"], dict[str, Any]()
        for group, number in self._groups.items():
            if number in among:
                parts.append(re.sub(r":audience_", f":{prefix}{number}_audience_", group.where))
                values |= {f"{prefix}{number}_{name}": value for name, value in group.values}
        where = " OR ".join(f"({part})" for part in parts)
        self._asked.append((where, among))
        return where, values

    def matches(self, args: Sequence[str], recipient_id: str) -> bool:
        where, values = self.sql(args, "x_")
        row = self.store.execute(
            f"SELECT count(*) AS hit FROM recipient r WHERE r.id = :recipient AND ({where})",
            {**values, "recipient": recipient_id},
        ).fetchone()
        return bool(row["hit"])
