"""How a notice goes its way: prepared, through its gate, released. For every step type that speaks to people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incident.playbook.model import Approval, Step
from incident.run import gate
from incident.run.decision import Close, Do, Wait
from incident.run.desk import Desk
from incident.run.history import View


def decide(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    """1. Prepare (render, count). 2. Release when no gate is needed or it was passed. 3. A rejected notice fails.
    4. When nobody answers in time, the playbook says: keep waiting, send the holding statement (and wait), skip, fail.
    """
    state = view.of(step.id)
    released = state.did.get("release")
    if released is not None:
        outputs = {"people": released.get("people"), "broadcast": released.get("broadcast")}
        return Close(step=step.id, state="done", outputs=outputs)
    prepared = state.did.get("prepare")
    if prepared is None:
        return Do(step=step.id, verb="prepare")
    if not prepared.get("gate"):
        return Do(step=step.id, verb="release")
    approval = gate.approval_of(prepared)
    verdict = gate.verdict(approval, state)
    if verdict == "approved":
        return Do(step=step.id, verb="release")
    if verdict == "rejected":
        return Close(step=step.id, state="failed", reason=gate.rejection(state), code="approval")
    wait = gate.waiting(step, view, approval, gate.began(prepared, state.did_at["prepare"]))
    if wait.due is None or now < wait.due:
        return wait
    return _expired(step, view, approval, wait)


def _expired(step: Step, view: View, approval: Approval, wait: Wait) -> Do | Close | Wait:
    did = view.of(step.id).did
    if approval.on_expire == "send-holding" and "holding" not in did:
        return Do(step=step.id, verb="holding")
    if approval.on_expire in ("skip", "fail"):
        if "expire" not in did:
            return Do(step=step.id, verb="expire")
        ending = "skipped" if approval.on_expire == "skip" else "failed"
        return Close(step=step.id, state=ending, reason="nobody approved it in time", code="approval")
    return gate.without_due(wait)


def _prepare(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    return desk.prepare_notice(step, view, step.fields.get("approval"))


def _release(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    return desk.release_notice(step, view)


def _holding(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    return desk.send_holding(step, view)


def _expire(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    desk.close_gate(step, view, "expired")
    return {}


EFFECTS = {"prepare": _prepare, "release": _release, "holding": _holding, "expire": _expire}
