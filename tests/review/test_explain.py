"""Why it was done or not: from the record, with the rule and its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident import lifecycle
from incident.channel import port
from incident.errors import NotFound
from incident.review import reasons
from incident.review.explain import Explanation, explain, look
from incident.run import acts
from tests.cli.program import run
from tests.docs.test_complete import LEDGER_REASONS
from tests.flow.night import Night

STEPS = """\
schema: incident.playbook/v1
id: cards
title: Cards are down
kind: outage
case: payment-failure
roles:
  commander: {required: true}
steps:
  - {id: call, type: page, to: [commander], text: Wake up}
  - id: notice
    type: announce
    needs: []
    template: first-notice
    audience: "locale == 'en'"
    promise_next: 20m
  - {id: never, type: task, needs: [], when: "incident.severity == 'sev1'", assignee: commander, title: Not now}
  - {id: after, type: task, needs: [call], assignee: commander, title: Later}
"""


@pytest.fixture
def cards(night: Night) -> Night:
    """Cards are down; only those who read English are told."""
    (night.folder / "playbooks" / "cards.yaml").write_text(STEPS, encoding="utf-8")
    night.declare("cards", **{})
    night.work()
    return night


def told(night: Night, name: str | None = None) -> list[Explanation]:
    store = night.console.store
    return explain(look(night.office, lifecycle.get(store, night.incident, 2026)), name)


def test_every_step_says_how_it_stands(cards: Night) -> None:
    """What it waits for, what it needs, why it was skipped, and where the playbook says so."""
    by_name = {one.name: one for one in told(cards)}
    lines = STEPS.splitlines()
    assert {name: one.state for name, one in by_name.items()} == {
        "call": "waiting",
        "notice": "done",
        "never": "skipped",
        "after": "new",
    }
    assert by_name["never"].why == "when: incident.severity == 'sev1'"
    assert by_name["after"].why == "it needs call (open)"
    assert all(f"id: {one.name}" in lines[one.line - 1] for one in by_name.values())
    assert by_name["call"].file == "cards.yaml"


def test_a_step_tells_who_was_called(cards: Night) -> None:
    """An escalation is a page; whom it called, how often, and who answered."""
    (one,) = told(cards, "call")
    (page,) = [fact for fact in one.facts if fact.what == "page"]
    assert (page.by, "called commander 1 times" in page.why) == ("nobody yet", True)


def test_what_one_person_did_alone_is_marked(night: Night) -> None:
    """In the word that is red on a terminal, before the reason."""
    night.declare("datacenter-loss")
    night.break_glass("first-notice", "nobody answers")
    (step,) = explain(look(night.office, lifecycle.get(night.console.store, night.incident, 0)), "first-notice")
    assert [fact.why for fact in step.facts if fact.what == "gate.approved"] == ["BREAK-GLASS, nobody answers"]


def test_a_message_tells_its_rows_by_reason(cards: Night) -> None:
    """A notice by its message's name: released to how many, what became of them."""
    (one,) = told(cards, "first-notice")
    assert (one.subject, one.name, one.state) == ("message", "notice", "finished")
    assert [(row.state, row.rows) for row in one.sent] == [("accepted", 1)]
    assert "broadcast.released" in [fact.what for fact in one.facts]


def test_a_person_is_told_by_which_notice(cards: Night) -> None:
    """Each row with its masked address, the instant and the line of the step."""
    (one,) = told(cards, "c3")
    (row,) = one.sent
    assert (one.subject, one.state, row.state, row.address) == ("recipient", "told", "accepted", "c***@p***.example")
    assert (row.at, row.line) == (cards.clock(), one.line or row.line)


def test_a_person_who_was_not_meant_hears_the_audience(cards: Night) -> None:
    """The rule is the audience, as it was asked for."""
    (one,) = told(cards, "c1")
    assert (one.state, one.sent[0].rule) == ("not meant", "audience: locale == 'en'")


def test_a_suppressed_person_hears_the_pass(night: Night) -> None:
    """Which pass said no, and in which sentence."""
    night.console.store.execute("UPDATE recipient SET opt_out = ';all;' WHERE id = 'c2'")
    night.declare("datacenter-loss")
    night.approve("first-notice")
    night.work()
    (one,) = told(night, "c2")
    row = next(row for row in one.sent if row.step == "first-notice")
    assert (row.state, row.reason, row.rule) == ("suppressed", "opt_out", "pass choice")


def test_a_step_that_is_done_says_by_whose_act(night: Night) -> None:
    """Who approved, and who answered the page; what is on record stands in the order of time."""
    night.declare("datacenter-loss")
    night.work()
    night.act(acts.acknowledge)
    night.approve("first-notice")
    whys = {one.name: one.why for one in told(night)}
    assert whys["first-notice"] == "wang approved it"
    assert whys["page-commander"].endswith("acknowledged the page")
    (one,) = told(night, "page-commander")
    assert [fact.at for fact in one.facts] == sorted(fact.at for fact in one.facts)


def test_a_row_that_waits_says_what_for(night: Night) -> None:
    """Nobody sends it: that is what explain says of the notice and of the person, not that it was not tried yet."""
    night.declare("datacenter-loss")
    night.approve("first-notice")
    night.clock.advance("2m")
    (person,) = told(night, "c1")
    assert {(row.state, row.rule) for row in person.sent} == {("pending", "no worker works")}


def test_an_unknown_name_is_told_with_what_there_is(cards: Night) -> None:
    """A slip of the finger is answered with the name that was meant."""
    with pytest.raises(NotFound, match="Did you mean 'notice'"):
        told(cards, "notise")


def test_every_reason_has_a_sentence() -> None:
    """The ledger knows no reason that `explain` does not."""
    every = {*LEDGER_REASONS, *port.DEFERRED, *port.REFUSED, *port.UNKNOWN}
    assert sorted(every - set(reasons.KNOWN)) == []


def test_by_hand(tmp_path: Path) -> None:
    """Typed: the overview, a step, a person; for people and for scripts."""
    folder = tmp_path / "oncall"
    run("init", folder)
    run("audience", "import", folder / "audience" / "sample.csv", "--workspace", folder)
    run("declare", "datacenter-loss", "--param", "dc=sh1", "--workspace", folder)
    assert "datacenter-loss.yaml:" in run("explain", "1", "--workspace", folder).out
    run("approve", "1", "first-notice", "--as", "second", "--yes", "8", "--workspace", folder)
    shown = run("explain", "1", "c-001", "--workspace", folder)
    assert (shown.exit, "first-notice" in shown.out) == (0, True)
    told = run("explain", "1", "first-notice", "--output", "json", "--workspace", folder).json
    assert told["explanations"][0]["state"] == "done"
