"""How carefully a notice leaves the house: what its step says, else what the playbook's guard says. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from incident.delivery.rules.canary import Canary
from incident.delivery.rules.frozen import Rules
from incident.delivery.rules.pause import PauseIf
from incident.delivery.rules.quiet import URGENT, QuietHours
from incident.playbook.model import Guard, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from incident.playbook import sending

R = TypeVar("R")


def rules_of(
    step: Step, guard: Guard, *, people: int, severity: str, legal_basis: str, time_zone: str, by_hand: bool
) -> Rules:
    """The rules that are frozen with a notice.

    1. The step's own rule, else the guard's; `false` is none. 2. A canary of everybody is none. 3. Quiet hours bind
    neither what the law obliges to send nor the worst severity; without a zone they are those of `time_zone`. 4. A
    notice asked for by hand takes the place of older ones unless it says otherwise; a step's does not.
    """
    fields: Mapping[str, Any] = step.fields
    canary: sending.Canary | None = _own(fields.get("canary"), guard.canary)
    pause: sending.PauseIf | None = _own(fields.get("pause_if"), guard.pause_if)
    quiet: sending.QuietHours | None = _own(fields.get("quiet_hours"), guard.quiet_hours)
    first = canary.first.of(people) if canary else 0
    supersede = fields.get("supersede")
    return Rules(
        canary=Canary(first=first, hold=canary.hold, then=canary.then) if canary and first < people else None,
        pause_if=PauseIf(hard_bounce=pause.hard_bounce, error=pause.error, after=pause.after) if pause else None,
        quiet_hours=None
        if quiet is None or legal_basis or severity == URGENT
        else QuietHours(start=quiet.start, end=quiet.end, zone=quiet.zone or time_zone),
        supersede=by_hand if supersede is None else supersede,
    )


def _own(own: Any, shared: R | None) -> R | None:
    """A step's rule, if it says one; `false` says that it has none."""
    return shared or None if own is None else own or None
