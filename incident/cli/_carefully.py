"""How carefully a broadcast leaves, in the sentences that stand under its preview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from incident.now import duration_text


def sentences(preview: Mapping[str, Any]) -> Iterator[str]:
    """What is not to be seen from the counts: chains, the canary, quiet hours, when it is held, what it replaces."""
    for channel, before in preview.get("fallback", {}).items():
        yield f"By {channel} only to whom {before} does not reach."
    rules = preview.get("rules", {})
    if "canary" in rules:
        canary = rules["canary"]
        then = "asks" if canary["then"] == "ask" else "goes on by itself unless that went wrong"
        hold = duration_text(timedelta(seconds=canary["hold"]))
        yield f"The first {canary['first']} people first; after {hold} it {then}."
    if "quiet_hours" in rules:
        quiet = rules["quiet_hours"]
        yield f"Nothing leaves between {quiet['from']} and {quiet['to']} ({quiet['zone']})."
    if "pause_if" in rules:
        yield f"It is held above {_limits(rules['pause_if'])} on a channel."
    if rules.get("supersede"):
        yield "What older notices have not sent yet to these people, they do not send any more."


def _limits(rule: Mapping[str, Any]) -> str:
    words = {"hard_bounce": "dead addresses", "error": "failures"}
    return " or ".join(f"{rule[name] * 100:g} % {what}" for name, what in words.items() if name in rule)
