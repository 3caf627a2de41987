"""Playbooks made up by hypothesis: every step type, needs, conditions, time-outs; each is read by the real loader."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from hypothesis import strategies as st

from incident.playbook.loader import load
from incident.playbook.model import Playbook
from incident.playbook.vocabulary import Vocabulary
from tests.playbook.real import real_vocabulary

DURATIONS = ("5m", "20m", "1h")
TYPES = ("announce", "approve", "ask", "task", "wait", "set", "page", "check")
CONDITIONS = ("incident.severity == 'sev1'", "level > 1", "level < 5", "vars.unset.deep == 1")


@cache
def vocabulary() -> Vocabulary:
    return real_vocabulary()


@st.composite
def texts(draw: st.DrawFn, types: tuple[str, ...] = TYPES, most: int = 6) -> str:
    """A playbook's text (JSON is YAML)."""
    count = draw(st.integers(1, most))
    kinds = [draw(st.sampled_from(types)) for _ in range(count)]
    steps = []
    before: dict[str, set[str]] = {}
    for index, kind in enumerate(kinds):
        name = f"s{index}"
        needs = sorted(draw(st.sets(st.sampled_from([f"s{i}" for i in range(index)]), max_size=2))) if index else []
        before[name] = set(needs).union(*(before[need] for need in needs))
        steps.append(_step(draw, name, kind, needs, before[name]))
    document = {
        "schema": "incident.playbook/v1",
        "id": "made-up",
        "revision": 1,
        "title": "Made up",
        "kind": "outage",
        "params": [{"name": "level", "type": "integer", "default": 1}],
        "vars": {"mood": "calm", "unset": ""},
        "roles": {"commander": {}, "comms": {}},
        "severity": {
            "default": "sev3",
            "raise_when": draw(st.sampled_from([[], [{"to": "sev1", "when": "mood == 'bad'"}]])),
        },
        "steps": steps,
    }
    return json.dumps(document)


def _step(draw: st.DrawFn, name: str, kind: str, needs: list[str], before: set[str]) -> dict[str, Any]:
    step: dict[str, Any] = {"id": name, "type": kind, "needs": needs, **_fields(draw, kind)}
    looked_at = [f"steps['{other}'].state == 'done'" for other in sorted(before)]
    when = draw(st.sampled_from([None, None, None, *CONDITIONS, *looked_at]))
    if when:
        step["when"] = when
    if draw(st.booleans()):
        step["timeout"] = draw(st.sampled_from(DURATIONS))
        step["on_timeout"] = draw(st.sampled_from(("fail", "continue", "escalate")))
    step["on_error"] = draw(st.sampled_from(("fail", "continue", "pause")))
    return step


def _fields(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    if kind == "announce":
        gate = _gate(draw, ("keep-waiting", "send-holding", "skip", "fail"))
        return {
            "template": "first-notice",
            "audience": "everyone",
            **({"approval": gate} if draw(st.booleans()) else {}),
        }
    if kind == "approve":
        return {**_gate(draw, ("keep-waiting", "skip", "fail")), "prompt": "Shall we?"}
    if kind == "ask":
        return draw(
            st.sampled_from(
                (
                    {"choices": ["go", "stay"]},
                    {"fields": {"reach": {"type": "integer", "default": 0}, "by": {"type": "duration"}}},
                )
            )
        )
    if kind == "wait":
        until = {"until": draw(st.sampled_from(CONDITIONS))}
        stable = {"for_stable": "5m"} if draw(st.booleans()) else {}
        return draw(st.sampled_from(({"for": "20m"}, {**until, **stable})))
    if kind == "set":
        return draw(st.sampled_from(({"severity": "sev1"}, {"phase": "identified"}, {"vars": {"mood": "'bad'"}})))
    if kind == "page":
        return {"to": "commander", "text": "Wake up", "repeat": "5m"}
    if kind == "check":
        return {"that": draw(st.sampled_from(CONDITIONS))}
    return {"title": "Work", "assignee": "commander"}


def _gate(draw: st.DrawFn, endings: tuple[str, ...]) -> dict[str, Any]:
    gate: dict[str, Any] = {"by": ["comms", "commander"], "quorum": draw(st.integers(1, 2))}
    if draw(st.booleans()):
        gate |= {"within": draw(st.sampled_from(DURATIONS)), "on_expire": draw(st.sampled_from(endings))}
    return gate


def playbook(text: str) -> Playbook:
    return load(text, "made-up.yaml", vocabulary())
