"""From what was written to the policies that are followed."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given

from incident.paging.plan import Known, from_data, plans, to_data
from incident.people.policy import Policy, Rung
from tests.paging.test_policy import policies

WAIT = timedelta(minutes=5)
NIGHT = Policy(name="night", steps=(Rung(to=("rota/ic",)),), roles=("commander",), priorities=("high",))
KNOWN = Known(policies={"night": NIGHT, "db": Policy(name="db", steps=(Rung(to=("chen",)),))})


def planned(*targets: str, known: Known = KNOWN, priority: str = "high") -> list[tuple[str, list[tuple[str, ...]]]]:
    """Each page's target, and whom its steps call."""
    found = plans(targets, known, wait=WAIT, priority=priority)
    return [(one.target, [rung.to for rung in one.policy.steps]) for one in found]


def test_persons_and_roles_are_called_together() -> None:
    """One page, for ever, after each wait."""
    (one,) = plans(["li", "comms", "li"], KNOWN, wait=WAIT, priority="high")
    assert (one.target, one.policy.steps, one.policy.repeat) == (
        "li;comms",
        (Rung(to=("li", "comms"), wait=WAIT),),
        None,
    )


def test_a_policy_is_followed_by_its_name() -> None:
    """Beside the others it is a page of its own."""
    assert planned("policy/db", "li") == [("li", [("li",)]), ("policy/db", [("chen",)])]


def test_a_policy_is_used_for_its_role_and_priority_by_itself() -> None:
    """The holder first, when there is one."""
    assert planned("commander") == [("commander", [("rota/ic",)])]
    held = Known(policies=KNOWN.policies, held={"commander": "li"})
    assert planned("commander", known=held) == [("commander", [("commander",), ("rota/ic",)])]
    assert planned("commander", priority="low") == [("commander", [("commander",)])]


def test_a_role_that_nobody_holds_is_whom_the_playbook_names() -> None:
    """A person, a policy; whoever holds it is called instead, once somebody does."""
    known = Known(policies=KNOWN.policies, role_pages={"comms": ("wang", "policy/db")})
    assert planned("comms", known=known) == [("wang", [("wang",)]), ("policy/db", [("chen",)])]
    held = Known(policies=KNOWN.policies, role_pages=known.role_pages, held={"comms": "li"})
    assert planned("comms", known=held) == [("comms", [("comms",)])]


def test_a_policy_that_has_vanished_stays_a_target() -> None:
    """It is nobody, and that is told."""
    assert planned("policy/gone") == [("policy/gone", [("policy/gone",)])]


@given(policies)
def test_a_policy_is_kept_as_plain_data(policy: Policy) -> None:
    """A page keeps the one it was opened with."""
    assert from_data(to_data(policy)) == Policy(
        steps=policy.steps, repeat=policy.repeat, name=policy.name, ack_expires=policy.ack_expires
    )
