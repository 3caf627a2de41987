"""Who would be told in a rehearsed night: as many as a test says, or the people of a workspace, counted."""

from __future__ import annotations

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


@dataclass(kw_only=True)
class Counted:
    """The people of a workspace. Who has `received` a notice is who was meant by it: every delivery arrives."""

    store: Store
    _told: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def count(self, audience: str, view: View) -> int:
        where, values = self._where(audience, view)
        return sum(count_people(self.store, where, values).values())

    def told(self, key: str, audience: str, view: View) -> None:
        self._told.append((key, *self._where(audience, view)))

    def _where(self, audience: str, view: View) -> tuple[str, dict[str, str]]:
        try:
            return to_sql(bind(parse(audience, SOURCES), view.variables()), dict.fromkeys(SOURCES, self))
        except SegmentError as error:
            raise Held(f"The audience {audience} cannot be asked for: {error}.") from error

    # --- a source of audiences

    def sql(self, args: Sequence[str], prefix: str) -> tuple[str, dict[str, Any]]:
        """Everybody who was meant by the notices of these steps, by any when none is named."""
        parts, values = ["1 = 0"], dict[str, Any]()
        for index, (key, where, known) in enumerate(self._told):
            if not args or any(meant(name, key.removesuffix(".holding")) for name in args):
                parts.append(re.sub(r":audience_", f":{prefix}{index}_audience_", where))
                values |= {f"{prefix}{index}_{name}": value for name, value in known.items()}
        return " OR ".join(f"({part})" for part in parts), values

    def matches(self, args: Sequence[str], recipient_id: str) -> bool:
        where, values = self.sql(args, "x_")
        row = self.store.execute(
            f"SELECT count(*) AS hit FROM recipient r WHERE r.id = :recipient AND ({where})",
            {**values, "recipient": recipient_id},
        ).fetchone()
        return bool(row["hit"])
