"""A resolved incident says nothing more, whatever was still due."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from incident.run.validity import wrongs
from tests.run import generated
from tests.run.rehearsal import Rehearsal

HOLDING: dict[str, Any] = {"by": ["comms"], "within": "5m", "on_expire": "send-holding"}
STEPS: dict[str, dict[str, Any]] = {
    "holding": {"type": "announce", "template": "first-notice", "audience": "everyone", "approval": HOLDING},
    "escalation": {"type": "task", "title": "Work", "timeout": "5m", "on_timeout": "escalate"},
    "question": {"type": "ask", "choices": ["go"], "timeout": "5m", "on_timeout": "escalate"},
    "page": {"type": "page", "to": "commander", "timeout": "5m", "on_timeout": "escalate"},
}


@pytest.mark.parametrize("name", STEPS)
def test_what_became_due_while_it_was_paused_is_not_said_after_the_last_word(name: str) -> None:
    """Paused, time passes, resolved: no holding statement and no call follows the resolution."""
    document = {
        "schema": "incident.playbook/v1",
        "id": "made-up",
        "revision": 1,
        "title": "Made up",
        "kind": "outage",
        "roles": {"commander": {}, "comms": {}},
        "steps": [{"id": "step", **STEPS[name]}],
    }
    run = Rehearsal.of(generated.playbook(json.dumps(document)))
    run.start()
    run.commit([("paused", "", {})])
    run.now += timedelta(minutes=6)
    run.commit([("requested", "resolved-1", {"notice": "resolved", "texts": {}, "author": "li"})])
    assert wrongs(run.playbook, run.history) == []
    assert run.view.of("resolved-1").state == "done"


def test_a_step_that_fails_after_the_end_pauses_nothing() -> None:
    """A paused run could be resumed, and would go on speaking: one that is over stays over."""
    document = {
        "schema": "incident.playbook/v1",
        "id": "made-up",
        "revision": 1,
        "title": "Made up",
        "kind": "outage",
        "roles": {"commander": {}},
        "steps": [
            {"id": "work", "type": "task", "title": "Work"},
            {"id": "books", "type": "check", "that": "incident.severity == 'sev1'", "on_error": "pause"},
        ],
    }
    run = Rehearsal.of(generated.playbook(json.dumps(document)))
    run.start()
    run.commit([("requested", "resolved-1", {"notice": "resolved", "texts": {}, "author": "li"})])
    run.commit([("answered", "work", {})])
    assert run.view.of("books").state == "failed"
    assert run.view.state == "finished"
