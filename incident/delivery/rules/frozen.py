"""The rules of one broadcast as they stand in the ledger: plain JSON, written once, when it is frozen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time, timedelta
from functools import lru_cache
from typing import Any

from incident.delivery.rules.canary import Canary
from incident.delivery.rules.pause import Counts, PauseIf
from incident.delivery.rules.quiet import QuietHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for a broadcast. None: no such rule. `supersede`: it takes the place of older ones."""

    canary: Canary | None = None
    pause_if: PauseIf | None = None
    quiet_hours: QuietHours | None = None
    supersede: bool = False

    def released(self, seen: Mapping[str, Counts]) -> Rules:
        """The rules after a person released it knowing `seen`: from here on it is counted anew."""
        return replace(self, pause_if=replace(self.pause_if, seen=seen)) if self.pause_if else self


NONE = Rules()


def write(rules: Rules) -> str:
    """As JSON; what is not there is left out."""
    told: dict[str, Any] = {"supersede": True} if rules.supersede else {}
    if rules.canary:
        canary = rules.canary
        told["canary"] = {"first": canary.first, "hold": canary.hold.total_seconds(), "then": canary.then}
    if rules.pause_if:
        rule = rules.pause_if
        seen = {name: [one.accepted, one.failed, one.hard, one.deferred] for name, one in rule.seen.items()}
        limits = {"hard_bounce": rule.hard_bounce, "error": rule.error, "after": rule.after, "seen": seen or None}
        told["pause_if"] = {name: value for name, value in limits.items() if value is not None}
    if rules.quiet_hours:
        quiet = rules.quiet_hours
        told["quiet_hours"] = {"from": f"{quiet.start:%H:%M}", "to": f"{quiet.end:%H:%M}", "zone": quiet.zone}
    return json.dumps(told, sort_keys=True)


@lru_cache(maxsize=256)
def read(text: str) -> Rules:
    """From what `write` wrote."""
    told = json.loads(text)
    return Rules(
        canary=_canary(told["canary"]) if "canary" in told else None,
        pause_if=_pause_if(told["pause_if"]) if "pause_if" in told else None,
        quiet_hours=_quiet(told["quiet_hours"]) if "quiet_hours" in told else None,
        supersede=told.get("supersede", False),
    )


def _canary(told: Mapping[str, Any]) -> Canary:
    return Canary(first=told["first"], hold=timedelta(seconds=told["hold"]), then=told["then"])


def _pause_if(told: Mapping[str, Any]) -> PauseIf:
    seen = {
        name: Counts(accepted=accepted, failed=failed, hard=hard, deferred=deferred)
        for name, (accepted, failed, hard, deferred) in told.get("seen", {}).items()
    }
    return PauseIf(hard_bounce=told.get("hard_bounce"), error=told.get("error"), after=told["after"], seen=seen)


def _quiet(told: Mapping[str, Any]) -> QuietHours:
    return QuietHours(start=time.fromisoformat(told["from"]), end=time.fromisoformat(told["to"]), zone=told["zone"])
