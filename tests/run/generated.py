"""Playbooks made up by hypothesis: every step type, steps inside steps, needs, conditions, time-outs, tries, jumps,
lists, what undoes, handlers; each is read by the real loader.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from incident.playbook.loader import load
from incident.playbook.model import Playbook
from incident.playbook.vocabulary import Vocabulary
from tests.playbook.real import real_vocabulary

DURATIONS = ("5m", "20m", "1h")
TYPES = ("announce", "approve", "ask", "task", "wait", "set", "page", "check", "clock", "correct")
OUTSIDE = ("run", "http", "probe")
NESTS = ("group", "parallel", "repeat", "call")
CONDITIONS = ("incident.severity == 'sev1'", "level > 1", "level < 5", "vars.unset.deep == 1")

CALLED = """\
schema: incident.playbook/v1
id: called
title: Called
kind: outage
params:
  - {name: place, type: string, required: true}
  - {name: often, type: integer, default: 1}
vars: {mood: still}
roles: {helper: {}}
outputs: {said: "steps['pick'].choice"}
steps:
  - {id: pick, type: ask, choices: [left, right]}
  - {id: turn, type: set, vars: {mood: "'turned'"}}
  - {id: work, type: task, title: "Work at {{ place }}", assignee: helper, when: often > 0}
finally:
  - {id: tidy, type: task, title: Tidy up}
"""


def examples(few: int) -> int:
    """So many in `make test`; as many as the profile says when it explores."""
    return few if settings.default.derandomize else settings.default.max_examples


@cache
def vocabulary() -> Vocabulary:
    return replace(real_vocabulary(), playbooks={"called": CALLED})


@dataclass
class _Sheet:
    """What is being made up."""

    draw: st.DrawFn
    types: tuple[str, ...]
    left: int
    made: int = 0
    notices: list[str] = field(default_factory=list)

    def id(self) -> str:
        self.made += 1
        self.left -= 1
        return f"s{self.made - 1}"


@st.composite
def texts(
    draw: st.DrawFn, types: tuple[str, ...] = (*TYPES, *OUTSIDE, *OUTSIDE, *NESTS), most: int = 8, whole: bool = True
) -> str:
    """A playbook's text (JSON is YAML). `whole`: with `finally` and handlers too."""
    sheet = _Sheet(draw, types, draw(st.integers(min(3, most), most)))
    steps = _steps(sheet, set(), deep=0)
    plain = _Sheet(draw, tuple(one for one in types if one in ("task", "run", "set", "check")), 2, made=50)
    document: dict[str, Any] = {
        "schema": "incident.playbook/v1",
        "id": "made-up",
        "revision": 1,
        "title": "Made up",
        "kind": "outage",
        "params": [
            {"name": "level", "type": "integer", "default": 1},
            {"name": "places", "type": "list", "default": ["sh1", "hz2"]},
        ],
        "vars": {"mood": "calm", "unset": ""},
        "roles": {"commander": {}, "comms": {}},
        "severity": {
            "default": "sev3",
            "raise_when": draw(st.sampled_from([[], [{"to": "sev1", "when": "mood == 'bad'"}]])),
        },
        "steps": steps,
    }
    if whole and plain.types and draw(st.booleans()):
        document["finally"] = _steps(plain, set(), deep=9)
    if whole and draw(st.booleans()):
        handler = {"id": "cry", "type": "page", "to": "commander", "text": "Look"}
        document["handlers"] = {draw(st.sampled_from(("failed", "aborted", "paused"))): [handler]}
    return json.dumps(document)


def _steps(sheet: _Sheet, around: set[str], deep: int) -> list[dict[str, Any]]:
    """Steps that stand beside each other; `around` are those that are over when these begin."""
    draw, beside, steps = sheet.draw, list[str](), list[dict[str, Any]]()
    before: dict[str, set[str]] = {}
    while sheet.left > 0 and (not steps or draw(st.integers(0, 3))):
        name = sheet.id()
        needs = sorted(draw(st.sets(st.sampled_from(beside), max_size=2))) if beside else []
        before[name] = set(needs).union(*(before[need] for need in needs))
        step = _step(sheet, name, needs, before[name] | around, deep)
        earlier = sorted(before[name] & set(beside))
        if earlier and draw(st.integers(0, 5)) == 0:
            step["on_error"] = {"goto": draw(st.sampled_from(earlier)), "most": draw(st.integers(1, 2))}
        beside.append(name)
        steps.append(step)
    return steps or [{"id": sheet.id(), "type": "set", "phase": "identified"}]


def _step(sheet: _Sheet, name: str, needs: list[str], before: set[str], deep: int) -> dict[str, Any]:
    draw = sheet.draw
    kind = draw(st.sampled_from([one for one in sheet.types if deep < 2 or one not in NESTS]))
    if kind == "correct" and not sheet.notices:
        kind = "announce"
    fields = _fields(sheet, kind, before, deep)
    step: dict[str, Any] = {"id": name, "type": {"probe": "check"}.get(kind, kind), "needs": needs, **fields}
    looked_at = [f"steps['{other}'].state == 'done'" for other in sorted(before)]
    when = draw(st.sampled_from([None, None, None, *CONDITIONS, *looked_at]))
    if when:
        step["when"] = when
    if draw(st.booleans()):
        step["timeout"] = draw(st.sampled_from(DURATIONS))
        calm = ("fail", "continue") if kind in OUTSIDE else ("fail", "continue", "escalate")
        step["on_timeout"] = draw(st.sampled_from(calm))
    step["on_error"] = draw(st.sampled_from(("fail", "continue", "pause")))
    if draw(st.integers(0, 3)) == 0:
        backoff = draw(st.sampled_from(("fixed", "exponential")))
        step["retry"] = {"attempts": draw(st.integers(2, 3)), "backoff": backoff, "initial": "1m"}
    if draw(st.integers(0, 5)) == 0:
        step["for_each"] = draw(st.sampled_from(("places", "[]", "level", {"in": "places", "as": "place"})))
    if kind in ("run", "http") and draw(st.integers(0, 2)):
        step["undo"] = {"type": "run", "argv": ["true", "undo"]}
    if kind == "announce":
        sheet.notices.append(name)
    return step


def _fields(sheet: _Sheet, kind: str, before: set[str], deep: int) -> dict[str, Any]:
    draw = sheet.draw
    if kind == "announce":
        gate = _gate(draw, ("keep-waiting", "send-holding", "skip", "fail"))
        return {
            "template": "first-notice",
            "audience": "everyone",
            **({"approval": gate} if draw(st.booleans()) else {}),
        }
    if kind == "correct":
        return {"corrects": draw(st.sampled_from(sheet.notices)), "text": "That was wrong."}
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
        return draw(st.sampled_from(({"for": "20m"}, {**until, **stable}, {"signal": "recovered"})))
    if kind == "set":
        return draw(st.sampled_from(({"severity": "sev1"}, {"phase": "identified"}, {"vars": {"mood": "'bad'"}})))
    if kind == "page":
        return {"to": "commander", "text": "Wake up", "repeat": "5m"}
    if kind == "check":
        return {"that": draw(st.sampled_from(CONDITIONS))}
    if kind == "task":
        return {"title": "Work", "assignee": "commander"}
    if kind == "clock":
        name = draw(st.sampled_from(("eu-gdpr-33", "cn-cac-operator")))
        return draw(st.sampled_from(({"start": name}, {"submit": name}, {"dismiss": name, "reason": "Not us."})))
    return _outside(draw, kind) if kind in OUTSIDE else _nest(sheet, kind, before, deep)


def _outside(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    if kind == "probe":
        return {"tcp": "db.internal:5432", **draw(st.sampled_from(({}, {"for_stable": "20m", "every": "5m"})))}
    again = draw(st.sampled_from(({}, {"repeatable": True}, {"effect": "none"})))
    if kind == "http":
        return {"method": "POST", "url": "https://gateway.internal/{{ level }}", **again}
    return {"argv": [draw(st.sampled_from(("true", "true", "false"))), "{{ level }}"], **again}


def _nest(sheet: _Sheet, kind: str, before: set[str], deep: int) -> dict[str, Any]:
    draw = sheet.draw
    if kind == "call":
        return {
            "playbook": "called",
            "with": {"place": "{{ places[0] }}", "often": draw(st.sampled_from((0, "{{ level }}")))},
        }
    steps = _steps(sheet, before, deep + 1)
    if kind != "repeat":
        return {"steps": steps}
    ends = draw(
        st.sampled_from(({"max": 2}, {"until": "turn > 1 and level > 0", "max": 3}, {"until": CONDITIONS[0], "max": 3}))
    )
    return {"steps": steps, "every": "20m", **ends}


def _gate(draw: st.DrawFn, endings: tuple[str, ...]) -> dict[str, Any]:
    gate: dict[str, Any] = {"by": ["comms", "commander"], "quorum": draw(st.integers(1, 2))}
    if draw(st.booleans()):
        gate |= {"within": draw(st.sampled_from(DURATIONS)), "on_expire": draw(st.sampled_from(endings))}
    return gate


def mixed() -> st.SearchStrategy[str]:
    """Playbooks of everything, of what acts outside, and of what waits for people: each kind of trouble comes often."""
    return st.one_of(
        texts(),
        texts((*OUTSIDE, *OUTSIDE, "task", *NESTS), most=5),
        texts(("announce", "approve", "ask", "page", "correct", "wait", "clock", *NESTS), most=5),
    )


def playbook(text: str) -> Playbook:
    return load(text, "made-up.yaml", vocabulary())
