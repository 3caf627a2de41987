"""approve: a gate of its own, on a question."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incident.playbook.model import Approval, Step
from incident.playbook.shapes import APPROVAL_FIELDS, InlineShape
from incident.run import gate
from incident.run.decision import Close, Do, Wait
from incident.run.desk import Desk
from incident.run.history import View
from incident.run.wording import render
from incident.shape import Field

HELP = "Stops until somebody of the named roles agrees; whoever started the run may not."
EFFECT = "internal"
FIELDS = {
    **APPROVAL_FIELDS,
    "prompt": Field(shape=InlineShape(), required=True, help="What is to be agreed to."),
}


_REFUSED = {"approved": False}


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"approved", "by"})


def check(fields: Mapping[str, Any]) -> str:
    if fields.get("on_expire") == "send-holding":
        return "A gate on a question has no audience to send a holding statement to; use skip, fail or keep-waiting."
    if fields.get("on_expire") != "keep-waiting" and fields.get("within") is None:
        return "'on_expire' never happens without 'within'; add e.g. within: 10m."
    return ""


def decide(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    state = view.of(step.id)
    opened = state.did.get("prepare")
    if opened is None:
        return Do(step=step.id, verb="prepare")
    approval = gate.approval_of(opened)
    verdict = gate.verdict(approval, state)
    if verdict == "approved":
        return Close(step=step.id, state="done", outputs={"approved": True, "by": state.answers[-1].actor})
    if verdict == "rejected":
        return Close(step=step.id, state="failed", reason=gate.rejection(state), outputs=_REFUSED, code="approval")
    wait = gate.waiting(step, view, approval, state.did_at["prepare"])
    if wait.due is None or now < wait.due:
        return wait
    if approval.on_expire == "keep-waiting":
        return gate.without_due(wait)
    if "expire" not in state.did:
        return Do(step=step.id, verb="expire")
    ending = "skipped" if approval.on_expire == "skip" else "failed"
    return Close(step=step.id, state=ending, reason="nobody answered in time", outputs=_REFUSED, code="approval")


def _prepare(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    rule = {name: step.fields[name] for name in ("by", "quorum", "not_author", "within", "on_expire", "break_glass")}
    return desk.open_gate(step, view, Approval(**rule), render(step.fields["prompt"], view))


def _expire(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    desk.close_gate(step, view, "expired")
    return {}


EFFECTS = {"prepare": _prepare, "expire": _expire}
