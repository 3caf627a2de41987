"""Every shipped playbook, played: a night in which nobody answers, and one in which everything is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from incident.duty import promises
from incident.now import duration_text
from incident.playbook.model import Step
from incident.run import acts
from incident.run.decision import Wait
from tests.clock import START
from tests.flow.night import LOCALES, Night
from tests.playbook.test_shipped import NAMES
from tests.run import house

Answers = Mapping[str, Mapping[str, str]]
TEXTS = {f"{what}_{tag}": "…" for what in ("cause", "measures") for tag in ("zh_hans", "zh_hant", "en")}
KNOWN: dict[str, Answers] = {
    "privacy-leak": {
        "data-impact": {"confirmed": "true", "data_kinds": "name;phone", "people": "600", "segments": "leaked"},
        "write-notice": TEXTS,
    },
    "app-fault": {
        "triage": {"workaround": "web"},
        "mend-decision": {"choice": "new-version"},
        "new-version": {"version": "8.3.2"},
    },
    "abnormal-deduction": {"count-wrong": {"charges": "120", "amount": "3600", "refund_days": "3"}},
    "refund-delay": {"how-long": {"days": "5"}, "count-rest": {"refunds": "0"}},
}
"""What people find out in the course of the night, where it changes what is said."""


def play(night: Night, answers: Answers) -> None:
    """People do whatever the run asks of them, until it asks nothing any more."""
    for _ in range(80):
        waits = [wait for wait in acts.look(night.office, night.incident).waiting if wait.type in _DO]
        if not waits:
            return
        _DO[waits[0].type](night, waits[0], answers)
        night.work()
    raise AssertionError(f"it never ends: {waits}")


def _agree(night: Night, wait: Wait, answers: Answers) -> None:
    night.approve(wait.step)
    if wait.step in {one.step for one in acts.look(night.office, night.incident).waiting}:
        night.approve(wait.step, by="chen")


def _answer(night: Night, wait: Wait, answers: Answers) -> None:
    step = _step(night, wait.step)
    given = answers.get(wait.step.rpartition(".")[2]) or (
        {"choice": step.fields["choices"][0]} if step.fields["choices"] else {}
    )
    night.act(acts.answer, wait.step, given)


def _step(night: Night, name: str) -> Step:
    found = acts.seen(night.office, night.incident).view().step(name)
    assert found is not None
    return found


_DO: dict[str, Callable[[Night, Wait, Answers], None]] = {
    "announce": _agree,
    "approve": _agree,
    "ask": _answer,
    "task": lambda night, wait, _: night.act(acts.finish_task, wait.step),
    "page": lambda night, _wait, _: night.act(acts.acknowledge),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_night_in_which_nobody_answers(night: Night, name: str) -> None:
    """Nobody approves, acknowledges or answers: the holding statement is out in time, in every language, and it says
    when the next word comes."""
    night.declare(name)
    step = _step(night, "first-notice")
    within: timedelta = step.fields["approval"].within
    night.pass_time(duration_text(within + timedelta(minutes=6)))
    mails = night.mails("holding-statement")
    assert sorted(mail["locale"] for mail in mails) == sorted(LOCALES)
    (promised,) = [one for one in promises.listed(night.console.store, night.incident) if one.kind == "next"]
    assert (
        night.clock() < promised.due <= START + within + night.console.playbook(name).cadence[promised.severity].every
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_night_in_which_everything_is_done(night: Night, name: str) -> None:
    """Whatever is asked is answered: every notice leaves in every language, and the run ends with no step failed."""
    house.import_rows(night.console, ("id,locale,segments", "c1,zh-Hans,leaked"))
    answers = KNOWN.get(name, {})
    night.declare(name)
    play(night, answers)
    night.request("update", phase="monitoring")
    play(night, answers)
    night.dismiss_clocks()
    night.request("resolved", texts={})
    play(night, answers)
    night.pass_time("1h")
    play(night, answers)
    for message in ("first-notice", "update", "resolved"):
        assert sorted(mail["locale"] for mail in night.mails(message)) == sorted(LOCALES), message
    assert [mail["locale"] for mail in night.mails("data-notice")] == ["zh-Hans"] * (name == "privacy-leak")
    view = acts.seen(night.office, night.incident).view()
    assert {step.id: view.of(step.id).reason for step in view.all_steps() if view.of(step.id).state == "failed"} == {}
    assert (view.state, night.state()) == ("finished", "resolved")


def test_what_was_found_out_is_told(night: Night) -> None:
    """An update says when refunds are sent, and that the charges have stopped, once the steps that know it are done."""
    night.declare("abnormal-deduction")
    night.approve("first-notice")
    night.work()
    assert "3 working days" not in _mail(night, "first-notice")
    play(night, KNOWN["abnormal-deduction"])
    night.request("update", phase="identified")
    night.work()
    assert "within 3 working days" in _mail(night, "update")


def test_a_leak_that_nobody_outside_knows_of_is_told_to_those_whose_data_it_is(night: Night) -> None:
    """No public notice, no holding statement; the notice of law goes to the one person, also when she opted out."""
    house.import_rows(night.console, ("id,locale,segments,opt_out", "c3,en,leaked,all"))
    night.declare("privacy-leak", known_outside="false")
    night.pass_time("40m")
    play(night, KNOWN["privacy-leak"])
    night.pass_time("20m")
    assert night.mails("holding-statement") == night.mails("first-notice") == []
    (mail,) = night.mails("data-notice")
    assert mail["locale"] == "en"
    assert "name, phone number" in mail["parts"]["text"]


def _mail(night: Night, message: str) -> str:
    return next(str(mail["parts"]["text"]) for mail in night.mails(message) if mail["locale"] == "en")
