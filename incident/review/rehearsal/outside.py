"""How what is done outside of this program ends in a rehearsed night. Nothing is really done. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from incident.outside.request import Command, Connect, Outcome, Request
from incident.playbook.testing import Ending
from incident.review.rehearsal.meaning import meant
from incident.review.rehearsal.stage import Stage
from incident.run.history import Event

_FAILED = {Command: ("exit_code", {"exit_code": 1}), Connect: ("connection", {})}


def landings(night: Stage) -> Iterator[tuple[datetime, Event, Outcome]]:
    """What is under way: when it ends, by which intent, and how. What takes longer than its time has failed then."""
    for key, no in night.flights():
        event, request = night.history[no - 1], night.requests[no]
        told = next((list(e) for name, e in night.given.outcomes.items() if meant(name, key)), [Ending()])
        ending = told[min(night.intents[key], len(told)) - 1]
        if ending.after.total_seconds() > request.seconds:
            late = Outcome(state="failed", code="timeout", words="its time was over")
            yield event.at + timedelta(seconds=request.seconds), event, late
        else:
            yield event.at + ending.after, event, _outcome(ending, request)


def _outcome(ending: Ending, request: Request) -> Outcome:
    """What is known of it: its code and outputs where the test does not say."""
    if ending.state == "lost":
        return Outcome(state="lost", words=ending.words)
    if ending.state == "ok":
        return Outcome(state="ok", outputs={**request.simulated(), **ending.outputs})
    code, outputs = _FAILED.get(type(request), ("status", {"status": 503}))
    words = ending.words or f"the test lets it fail ({ending.code or code})"
    return Outcome(
        state="failed",
        code=ending.code or code,
        words=words,
        outputs={**request.simulated(), **outputs, **ending.outputs},
    )
