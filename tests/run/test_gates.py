"""A gate is one row, answered once, by somebody who may, for exactly what was shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from incident import paging
from incident.cli._release import counting
from incident.delivery.outbox import Confirm
from incident.errors import Conflict, CountNotConfirmed, NotAllowed, WrongState
from incident.journal import Actor, read
from incident.run import acts, approving
from incident.run.acts import Standing
from incident.run.live import no_confirmation
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house
from tests.run.conftest import Open
from tests.run.playbooks import GATED

HOLDING = GATED.replace("commander]}", "commander], within: 10m, on_expire: send-holding}")
ASKED = "  - {id: sure, type: approve, by: [comms, commander], prompt: Sure?%s}\n"


def decide(
    console: Console, who: str, step: str, approved: bool = True, may: bool = True, confirm: Confirm = no_confirmation
) -> Standing:
    return approving.decide_gate(
        console.office,
        "INC-2026-001",
        Actor(person=who, os_user="root"),
        confirm,
        step,
        approving.Answer(approved=approved, reason="because"),
        lambda role: may,
    )


def gates(console: Console) -> list[dict[str, Any]]:
    return list(console.store.queries("incident.run").gates_of(incident="INC-2026-001"))


def broadcasts(console: Console) -> list[dict[str, Any]]:
    rows = console.store.queries("incident.delivery").broadcasts_of(incident="INC-2026-001")
    return [row for row in rows if row["lane"] == 1]


def test_who_wrote_it_may_not_approve_it(workspace: Open) -> None:
    """The author is refused, and nothing has happened."""
    console = workspace(GATED)
    house.import_people(console, 3)
    house.declared(console, "small")
    with pytest.raises(NotAllowed, match="li started this"):
        decide(console, "li", "first-notice")
    assert [gate["state"] for gate in gates(console)] == ["open"]
    assert broadcasts(console) == []


def test_who_wrote_it_may_reject_it(workspace: Open) -> None:
    """Wrong words are withdrawn by one person, without a role; who and why is on record, and nothing leaves."""
    console = workspace(GATED)
    house.import_people(console, 3)
    house.declared(console, "small")
    decide(console, "li", "first-notice", approved=False, may=False)
    (row,) = gates(console)
    assert (row["state"], row["answered_by"], row["reason"]) == ("rejected", "li", "because")
    assert broadcasts(console) == []


def test_a_person_without_the_role_may_not_reject(workspace: Open) -> None:
    """Whoever is neither author nor approver stops nobody's words."""
    console = workspace(GATED)
    house.import_people(console, 1)
    house.declared(console, "small")
    with pytest.raises(NotAllowed, match="comms, commander"):
        decide(console, "wang", "first-notice", approved=False, may=False)
    assert [row["state"] for row in gates(console)] == ["open"]


def test_a_person_without_the_role_may_not(workspace: Open) -> None:
    """A role is needed."""
    console = workspace(GATED)
    house.import_people(console, 1)
    house.declared(console, "small")
    with pytest.raises(NotAllowed, match="comms, commander"):
        decide(console, "wang", "first-notice", may=False)


def test_the_second_answer_finds_it_answered(workspace: Open) -> None:
    """One wins; the other is told who."""
    console = workspace(GATED)
    house.import_people(console, 3)
    house.declared(console, "small")
    decide(console, "wang", "first-notice")
    with pytest.raises(Conflict, match="done by wang"):
        decide(console, "chen", "first-notice")
    assert len(broadcasts(console)) == 1


def test_what_changed_since_is_looked_at_again(workspace: Open) -> None:
    """Another audience voids the gate and opens a fresh one; the fresh one is approved with the new count."""
    console = workspace(GATED)
    house.import_people(console, 3)
    house.declared(console, "small")
    house.import_people(console, 2, prefix="late")
    with pytest.raises(Conflict, match="has changed"):
        decide(console, "wang", "first-notice")
    assert sorted(gate["state"] for gate in gates(console)) == ["open", "void"]
    assert broadcasts(console) == []
    decide(console, "wang", "first-notice")
    assert [row["people"] for row in broadcasts(console)] == [5]


def test_a_quorum_is_of_different_people(workspace: Open) -> None:
    """Two must agree; the same one twice is refused."""
    console = workspace(ASKED % ", quorum: 2")
    house.declared(console, "small")
    assert decide(console, "wang", "sure").waiting[0].why.endswith("(1 of 2 have).")
    with pytest.raises(NotAllowed, match="answered already"):
        decide(console, "wang", "sure")
    assert decide(console, "chen", "sure").state == "finished"


def test_each_approver_of_a_quorum_sees_the_texts_and_confirms_the_count(workspace: Open) -> None:
    """The first of two too, whose word sends nothing yet; a wrong count is no answer."""
    console = workspace(GATED.replace("commander]}", "commander], quorum: 2}"))
    house.import_people(console, 3)
    house.declared(console, "small")
    for who in ("wang", "chen"):
        with pytest.raises(CountNotConfirmed) as refused:
            decide(console, who, "first-notice", confirm=counting(7))
        assert refused.value.details["count"] == 3
        assert refused.value.details["preview"]["texts"].keys() == {"email/en"}
        assert broadcasts(console) == []
        decide(console, who, "first-notice", confirm=counting(3))
    assert [row["people"] for row in broadcasts(console)] == [3]


def test_one_rejection_fails_the_step(workspace: Open) -> None:
    """A rejected notice never leaves the house; its reason stands in the run."""
    console = workspace(GATED)
    house.import_people(console, 1)
    house.declared(console, "small")
    decide(console, "wang", "first-notice", approved=False)
    assert house.view(console).of("first-notice").reason == "rejected by wang: because"
    assert broadcasts(console) == []


@pytest.mark.parametrize("ending", ["skip", "fail"])
def test_a_gate_that_expired_is_answered_no_more(workspace: Open, clock: MovableClock, ending: str) -> None:
    """After `within` the playbook decides, and the gate is closed."""
    console = workspace(ASKED % f", within: 10m, on_expire: {ending}")
    house.declared(console, "small")
    clock.advance("11m")
    acts.go_on_with(console.office, "INC-2026-001.1")
    assert [gate["state"] for gate in gates(console)] == ["expired"]
    with pytest.raises(Conflict):
        decide(console, "wang", "sure")


def test_a_gate_whose_step_timed_out_is_answered_no_more(workspace: Open, clock: MovableClock) -> None:
    """The common time-out closes the gate too: an approval that would do nothing is not taken."""
    console = workspace(ASKED % ", timeout: 10m")
    house.declared(console, "small")
    clock.advance("11m")
    acts.go_on_with(console.office, "INC-2026-001.1")
    assert [gate["state"] for gate in gates(console)] == ["void"]
    with pytest.raises(Conflict, match="failed"):
        decide(console, "wang", "sure")


@pytest.mark.parametrize("how", ["cancel", "abort"])
def test_a_gate_of_a_run_that_is_over_is_answered_no_more(workspace: Open, how: str) -> None:
    """Whoever approves after the false alarm was called off is told so."""
    console = workspace(GATED)
    house.import_people(console, 1)
    house.declared(console, "small")
    getattr(acts, how)(console.office, "INC-2026-001", console.actor, "false alarm")
    assert [gate["state"] for gate in gates(console)] == ["void"]
    with pytest.raises(Conflict, match="skipped"):
        decide(console, "wang", "first-notice")


def test_the_holding_statement_goes_out_and_the_gate_stays_open(workspace: Open, clock: MovableClock) -> None:
    """Nobody answered in time: a pre-approved word leaves, once; the notice itself can still be approved."""
    console = workspace(HOLDING)
    house.import_people(console, 3)
    house.declared(console, "small")
    clock.advance("11m")
    for _ in range(2):
        acts.go_on_with(console.office, "INC-2026-001.1")
    assert [row["message"] for row in broadcasts(console)] == ["holding-statement"]
    decide(console, "wang", "first-notice")
    assert [row["message"] for row in broadcasts(console)] == ["holding-statement", "first-notice"]


def test_why_the_holding_statement_went_out_is_on_record(workspace: Open, clock: MovableClock) -> None:
    """The timeline says that nobody has approved in time."""
    console = workspace(HOLDING)
    house.import_people(console, 1)
    house.declared(console, "small")
    clock.advance("10m")
    acts.go_on_with(console.office, "INC-2026-001.1")
    (entry,) = [entry for entry in read(console.store, "INC-2026-001") if entry.kind == "gate.holding"]
    assert (entry.detail["step"], entry.reason) == ("first-notice", "nobody has approved it in time")


def test_whoever_may_not_answer_does_not_void_the_gate_of_those_who_may(workspace: Open) -> None:
    """The author is refused before it is looked at what has changed."""
    console = workspace(GATED)
    house.import_people(console, 1)
    house.declared(console, "small")
    house.import_people(console, 1, prefix="late")
    with pytest.raises(NotAllowed, match="li started this"):
        decide(console, "li", "first-notice")
    assert [gate["state"] for gate in gates(console)] == ["open"]


def test_looking_at_it_again_does_not_put_off_the_holding_statement(workspace: Open, clock: MovableClock) -> None:
    """The count changes again and again; ten minutes after the first gate the public hears something."""
    console = workspace(HOLDING)
    house.import_people(console, 1)
    house.declared(console, "small")
    for minute in (4, 8):
        clock.advance("4m")
        house.import_people(console, 1, prefix=f"late{minute}")
        with pytest.raises(Conflict, match="has changed"):
            decide(console, "wang", "first-notice")
    clock.advance("2m")
    acts.go_on_with(console.office, "INC-2026-001.1")
    assert [row["message"] for row in broadcasts(console)] == ["holding-statement"]
    house.import_people(console, 1, prefix="last")
    with pytest.raises(Conflict, match="has changed"):
        decide(console, "wang", "first-notice")
    assert [gate["expires_at"] for gate in gates(console) if gate["state"] == "open"] == [None]
    decide(console, "wang", "first-notice")
    assert [row["message"] for row in broadcasts(console)] == ["holding-statement", "first-notice"]


def test_a_holding_statement_that_is_held_calls_the_commander(workspace: Open, clock: MovableClock) -> None:
    """It cannot be read at the end of the gate's time: somebody is called, once, and an approval goes out at once."""
    console = workspace(HOLDING)
    house.import_people(console, 1)
    house.declared(console, "small")
    file = console.workspace / "templates" / "holding-statement" / "message.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("schema: [broken\n", encoding="utf-8")
    fresh = house.opened(console.workspace, clock)
    clock.advance("10m")
    for _ in range(2):
        acts.go_on_with(fresh.office, "INC-2026-001.1")
        clock.advance("1m")
    (page,) = paging.listed(fresh.store, "INC-2026-001")
    assert page["target"] == "commander"
    assert page["text"].startswith("first-notice is held back, nothing goes out.")
    assert acts.look(fresh.office, "INC-2026-001").waiting[0].command == "incident approve INC-2026-001 first-notice"
    decide(fresh, "wang", "first-notice")
    assert [row["message"] for row in broadcasts(fresh)] == ["first-notice"]
    fresh.close()


def test_every_answer_stands_on_the_timeline(workspace: Open) -> None:
    """With who, when and why."""
    console = workspace(GATED)
    house.import_people(console, 1)
    house.declared(console, "small")
    decide(console, "wang", "first-notice", approved=False)
    entry = next(entry for entry in read(console.store, "INC-2026-001") if entry.kind == "gate.rejected")
    assert (entry.actor, entry.reason or entry.detail.get("reason")) == ("wang", "because")


@pytest.mark.parametrize(
    "step",
    [
        "{id: it, type: ask, choices: [go, stay], timeout: 10m, on_timeout: escalate}",
        "{id: it, type: task, title: Work, timeout: 10m, on_timeout: escalate}",
        "{id: it, type: approve, by: comms, prompt: Sure?, timeout: 10m, on_timeout: escalate}",
    ],
    ids=["ask", "task", "approve"],
)
def test_acknowledging_an_escalation_answers_nothing(workspace: Open, clock: MovableClock, step: str) -> None:
    """Who takes the call has not done the work: the step waits on."""
    console = workspace(f"  - {step}\n")
    house.declared(console, "small")
    clock.advance("11m")
    acts.go_on_with(console.office, "INC-2026-001.1")
    standing = acts.acknowledge(console.office, "INC-2026-001", console.actor)
    assert [wait.step for wait in standing.waiting] == ["it"]


def test_a_page_step_is_done_by_its_acknowledgement(workspace: Open, clock: MovableClock) -> None:
    """Once; a second acknowledgement is told that nothing is open."""
    console = workspace("  - {id: wake, type: page, to: commander, text: Wake up}\n")
    house.declared(console, "small")
    assert acts.acknowledge(console.office, "INC-2026-001", console.actor).state == "finished"
    with pytest.raises(WrongState):
        acts.acknowledge(console.office, "INC-2026-001", console.actor)


def test_a_secret_answer_is_not_told(workspace: Open) -> None:
    """The timeline says that a question was answered, not with which secret."""
    console = workspace(
        "  - {id: key, type: ask, fields: {code: {type: string, secret: true}, floor: {type: integer}}}\n"
    )
    house.declared(console, "small")
    acts.answer(console.office, "INC-2026-001", console.actor, "key", {"code": "xyzzy-canary", "floor": "3"})
    told = [str(entry.to_json()) for entry in read(console.store, "INC-2026-001")]
    assert not [line for line in told if "xyzzy-canary" in line]
    assert [line for line in told if "floor" in line]


def test_what_is_assumed_reads_as_what_is_answered(workspace: Open, clock: MovableClock) -> None:
    """A default has the same form in the history as an answer: conditions need not know which it was."""
    field = "fields: {span: {type: duration, default: 5m}}, timeout: 10m, on_timeout: continue"
    console = workspace(f"  - {{id: a, type: ask, {field}}}\n  - {{id: b, type: ask, needs: [], {field}}}\n")
    house.declared(console, "small")
    acts.answer(console.office, "INC-2026-001", console.actor, "a", {"span": "5m"})
    clock.advance(timedelta(minutes=11))
    acts.go_on_with(console.office, "INC-2026-001.1")
    view = house.view(console)
    assert view.of("a").outputs == view.of("b").outputs == {"span": "5m"}
