"""announce: words to an audience, through a gate when the playbook or its guard asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incident.playbook.model import Approval, Step
from incident.playbook.sending_shapes import ChannelsShape, canary_shape, pause_shape, quiet_shape
from incident.playbook.shapes import ApprovalShape, AudienceShape, MessageShape
from incident.run import gate
from incident.run.decision import Close, Do, Wait
from incident.run.desk import Desk
from incident.run.history import View
from incident.shape import Boolean, Duration, Field, Text

HELP = "Renders a message in every language and broadcasts it to an audience; `approval` puts a gate before it."
EFFECT = "internal"  # the ledger is ours; what leaves the house leaves through the senders
FIELDS = {
    "template": Field(shape=MessageShape(), required=True, default="", help="The message to render."),
    "audience": Field(shape=AudienceShape(), required=True, default="", help="Who gets it."),
    "channels": Field(
        shape=ChannelsShape(),
        default=(),
        help="By which channels; all when left out. A list among them is a chain: [[push, sms], email].",
    ),
    "approval": Field(shape=ApprovalShape(), help="Who must agree before it leaves the house."),
    "promise_next": Field(shape=Duration(), help="The text promises the next word after this long."),
    "legal_basis": Field(
        shape=Text(hint="the rule that obliges you, such as PIPL Art. 57"),
        default="",
        help="A notice that the law obliges you to send reaches those who opted out too; this is why, for the record.",
    ),
    "expires": Field(shape=Duration(), help="Nothing of it is sent later than this after its release."),
    "canary": Field(
        shape=canary_shape(), help="The first people, before the others; false: none, whatever guard says."
    ),
    "pause_if": Field(shape=pause_shape(), help="When it is held because it goes wrong; false: never."),
    "quiet_hours": Field(shape=quiet_shape(), help="It waits for their end; false: it does not."),
    "supersede": Field(
        shape=Boolean(),
        help="What is still unsent of older notices, to whom this one goes, is not sent any more. "
        "Left out: so do update, resolved and correction; steps do not.",
    ),
}


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"people", "broadcast"})


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
        return Close(step=step.id, state="failed", reason=gate.rejection(state))
    wait = gate.waiting(step, view, approval, state.did_at["prepare"])
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
        return Close(step=step.id, state=ending, reason="nobody approved it in time")
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
