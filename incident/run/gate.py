"""Gates, the deciding half: when is one passed, who may answer, what it waits for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from incident.now import parse_iso
from incident.playbook.model import Approval, Step
from incident.run.decision import Wait
from incident.run.history import StepState, View


def to_data(approval: Approval) -> dict[str, Any]:
    """A gate's rule as plain data, as the history keeps it."""
    within = None if approval.within is None else approval.within.total_seconds()
    return {
        "by": list(approval.by),
        "quorum": approval.quorum,
        "not_author": approval.not_author,
        "within": within,
        "on_expire": approval.on_expire,
        "break_glass": approval.break_glass,
    }


def approval_of(prepared: Mapping[str, Any]) -> Approval:
    """The rule that the gate was opened with."""
    data = dict(prepared["approval"])
    within = data["within"]
    return Approval(
        **{**data, "by": tuple(data["by"]), "within": None if within is None else timedelta(seconds=within)}
    )


def began(prepared: Mapping[str, Any], opened: datetime) -> datetime:
    """From when a gate's time counts: since it was opened, or since the first one that it took the place of."""
    since = prepared.get("since")
    return parse_iso(since) if since else opened


def since(approval: Approval, state: StepState, now: datetime) -> datetime:
    """From when the time of a gate counts that is opened `now`; `state` knows the one that it takes the place of.

    Where the holding statement goes out at its end the time goes on: however often the words or the count change, and
    are looked at again, the public does not wait longer. Elsewhere it begins again: who looks at it needs the time.
    """
    before = state.did.get("prepare", {})
    if approval.on_expire != "send-holding" or not before.get("gate"):
        return now
    return began(before, state.did_at["prepare"])


def left(approval: Approval, state: StepState, now: datetime) -> timedelta | None:
    """How much time a gate has that is opened `now`; None when it has any, or had it before."""
    end = None if approval.within is None else since(approval, state, now) + approval.within
    return end - now if end is not None and end > now else None


def verdict(approval: Approval, state: StepState) -> str:
    """`approved` by enough different people or by one who broke the glass, `rejected` by anyone, or '' while it is
    open."""
    if any(answer.data["answer"] == "rejected" for answer in state.answers):
        return "rejected"
    if any(answer.data.get("break_glass") for answer in state.answers):
        return "approved"
    people = {answer.actor for answer in state.answers if answer.data["answer"] == "approved"}
    return "approved" if len(people) >= approval.quorum else ""


def rejection(state: StepState) -> str:
    last = next(answer for answer in state.answers if answer.data["answer"] == "rejected")
    reason = last.data.get("reason")
    return f"rejected by {last.actor}" + (f": {reason}" if reason else "")


def waiting(step: Step, view: View, approval: Approval, opened: datetime) -> Wait:
    """Whom an open gate waits for, and when it expires."""
    have = len({answer.actor for answer in view.of(step.id).answers})
    more = f" ({have} of {approval.quorum} have)" if approval.quorum > 1 else ""
    return Wait(
        step=step.id,
        type=step.type,
        why=f"Waits for approval by {' or '.join(approval.by)}{more}.",
        role=approval.by[0] if approval.by else "",
        command=f"incident approve {view.facts.incident.get('id', '')} {step.id}",
        due=None if approval.within is None else opened + approval.within,
    )


def without_due(wait: Wait) -> Wait:
    """A gate whose time is over and that goes on waiting: nothing happens by itself any more."""
    return replace(wait, due=None, why=wait.why.rstrip(".") + "; its time is over.")


def objection(approval: Approval, person: str, may_hold: Mapping[str, bool], author: str, state: StepState) -> str:
    """Why this person may not answer, or ''.

    1. Whoever wrote it may not approve it. 2. Only people of the named roles. 3. Nobody answers twice.
    `may_hold` says for each role whether the person holds or may hold it.
    """
    if approval.not_author and person == author:
        return f"{person} started this and may not approve it; a second person must."
    if approval.by and not any(may_hold.get(role) for role in approval.by):
        return f"{person} has none of the roles that may approve this: {', '.join(approval.by)}."
    if any(answer.actor == person for answer in state.answers):
        return f"{person} has answered already; another person must."
    return ""


def objection_to_rejecting(
    approval: Approval, person: str, may_hold: Mapping[str, bool], author: str, state: StepState
) -> str:
    """Why this person may not reject, or ''. As `objection`, but whoever wrote it may withdraw it, with or without a
    role: two people are needed for what leaves, one is enough to keep wrong words back.
    """
    if person != author:
        return objection(approval, person, may_hold, author, state)
    return objection(replace(approval, not_author=False, by=()), person, may_hold, author, state)


def no_glass(
    approval: Approval, person: str, may_hold: Mapping[str, bool], author: str, state: StepState, commander: bool
) -> str:
    """Why this person may not open the gate alone, or ''.

    1. The playbook may forbid it. 2. Where the ordinary way is open to this person and enough, it is taken. 3. Only
    people of the named roles, and commanders. The author may, and whoever has approved already: that is what it is for.
    """
    if not approval.break_glass:
        return "The playbook forbids to open this gate alone (break_glass: false); a second person must approve."
    alone = not objection(approval, person, may_hold, author, state) and len(state.answers) + 1 >= approval.quorum
    if alone:
        return f"{person} may approve this as it is; leave out --break-glass."
    if approval.by and not commander and not any(may_hold.get(role) for role in approval.by):
        return f"{person} has none of the roles that may approve this ({', '.join(approval.by)}), and is no commander."
    return ""
