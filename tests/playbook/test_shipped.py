"""The shipped playbooks can be used as they are, by a tired person, in a fresh workspace."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from incident.audience import Recipient, bind, matches, parse
from incident.playbook.loader import load_file
from incident.playbook.model import Param, Playbook
from incident.playbook.params import check_params
from incident.playbook.plan import lines, to_json
from incident.playbook.shelf import SHIPPED
from incident.run.announcing import SOURCES
from tests.playbook.real import real_vocabulary

NAMES = (
    "abnormal-deduction",
    "account-security",
    "app-fault",
    "bank-link-outage",
    "cyber-attack",
    "datacenter-loss",
    "fraud-wave",
    "natural-disaster",
    "payment-failure",
    "privacy-leak",
    "refund-delay",
    "service-quality",
)
GIVEN = {"datacenter-loss": {"dc": "sh1"}}
LOCALES = {"zh-Hans", "zh-Hant", "en"}


@pytest.fixture(params=NAMES)
def playbook(request: pytest.FixtureRequest) -> Playbook:
    """Each shipped playbook, in a workspace without channels and people."""
    fresh = replace(real_vocabulary(), channels=frozenset(), people=frozenset())
    return load_file(SHIPPED / f"{request.param}.yaml", fresh)


def test_these_are_shipped() -> None:
    """Each is in the list here, so that each is held to what follows."""
    assert {file.stem for file in SHIPPED.glob("*.yaml")} == set(NAMES)


def test_one_word_is_enough_to_declare(playbook: Playbook) -> None:
    """Nobody at 3 a.m. knows more than which data centre it is."""
    assert check_params(playbook, GIVEN.get(playbook.id, {}))


def test_the_first_notice_waits_for_nobody_but_its_approver(playbook: Playbook) -> None:
    """It stands first and needs nothing: no page and no question can hold it up. Only a leak that nobody outside knows
    of may wait, and only when whoever declares it says so."""
    first = playbook.steps[0]
    assert (first.id, first.type, first.needs) == ("first-notice", "announce", ())
    if playbook.id == "privacy-leak":
        assert first.when is not None
        assert first.when.holds(check_params(playbook, {}))
    else:
        assert first.when is None


def test_everybody_is_told_while_nobody_knows_whom_it_concerns(playbook: Playbook) -> None:
    """Declared without a word about segments or regions, the first notice goes to all."""
    known = {**playbook.vars, **check_params(playbook, GIVEN.get(playbook.id, {}))}
    audience = bind(parse(playbook.steps[0].fields["audience"], SOURCES), known)
    assert matches(audience, Recipient(id="u1", locale="en"), {})


def test_silence_ends_by_itself(playbook: Playbook) -> None:
    """When nobody approves, the holding statement goes out in time; whoever wrote it may not sign it."""
    approval = playbook.step("first-notice").fields["approval"]
    assert approval.on_expire == "send-holding"
    assert approval.within <= min(timedelta(minutes=30), playbook.cadence[playbook.severity.default].first)
    assert approval.not_author
    assert set(approval.by) >= {"comms", "commander"}


def test_the_first_promise_is_the_cadence_of_the_night(playbook: Playbook) -> None:
    """The first notice promises what the severity asks for: no time of its own stands in the way of a worse one. Every
    severity that may come has a cadence."""
    severity = playbook.severity
    assert playbook.step("first-notice").fields["promise_next"] is None
    assert {severity.default, *(rule.to for rule in severity.raise_when)} <= set(playbook.cadence)


def test_after_care_needs_no_open_incident(playbook: Playbook) -> None:
    """What comes after the recovery is work for people: questions and gates end when the incident is resolved."""
    waits = {step.id for step in playbook.steps if step.type == "wait"}
    after = [step for step in playbook.steps if waits & set(step.needs)]
    assert after
    assert {step.type for step in after} == {"task"}


def test_commander_and_comms_are_two_people(playbook: Playbook) -> None:
    """Who decides under pressure is not the only reader of the words."""
    assert playbook.roles["comms"].not_same_as == ("commander",)
    assert {"commander", "comms"} <= {to for s in playbook.steps if s.type == "page" for to in s.fields["to"]}


def test_no_page_lasts_for_ever(playbook: Playbook) -> None:
    """A page that nobody answers ends, and the rest goes on."""
    pages = [step for step in playbook.steps if step.type == "page"]
    assert all(page.needs == () and page.timeout and page.on_timeout == "continue" for page in pages)


def test_staff_read_their_own_language(playbook: Playbook) -> None:
    """Every title that staff must act on stands in all three."""
    for step in playbook.steps:
        if step.type in ("task", "ask", "announce", "approve"):
            assert set(step.title) == LOCALES, step.id
    assert set(playbook.title) == set(playbook.description) == LOCALES


def test_the_plan_reads_well(playbook: Playbook) -> None:
    """`playbook show` names every step, and its JSON holds what the file says."""
    text = "\n".join(lines(playbook, ("en",)))
    assert all(step.id in text for step in (*playbook.steps, *playbook.finally_))
    assert " object at 0x" not in text
    assert "frozenset" not in text
    assert [step["id"] for step in to_json(playbook)["steps"]] == [step.id for step in playbook.steps]


def test_what_staff_are_called_with_can_be_read(playbook: Playbook) -> None:
    """A page or a question is rendered whether nothing was given at the declaration or everything was."""
    least = check_params(playbook, GIVEN.get(playbook.id, {}))
    most = {**least, **{param.name: _any(param) for param in playbook.params}}
    for known in ({**playbook.vars, **least}, {**playbook.vars, **most}):
        for step in playbook.steps:
            for text in (step.fields.get("text"), step.fields.get("prompt")):
                said = text.render(known) if text is not None else ""
                assert not re.search(r"None|\[|\]|\(\)|  | [.,;]|\.\.", said), said


def _any(param: Param) -> object:
    if param.type == "list":
        return param.enum[:2] or ("a", "b")
    return {"boolean": False, "integer": 7, "number": 7.5}.get(param.type, param.enum[-1] if param.enum else "x")


def test_shipped_files_are_read_alike_by_both_yaml_parsers() -> None:
    """PyYAML's own parser is stricter than the C parser; a machine without the latter must read them too."""
    import yaml

    for file in SHIPPED.glob("*.yaml"):
        assert yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)["id"] == file.stem


def test_a_workspace_hides_the_shipped_playbook_of_the_same_name(tmp_path: Path) -> None:
    """A house's own version wins; the others stay."""
    from incident.playbook.shelf import shelf

    (tmp_path / "playbooks").mkdir()
    own = tmp_path / "playbooks" / "datacenter-loss.yaml"
    own.write_text("", encoding="utf-8")
    files = shelf(tmp_path).files()
    assert files["datacenter-loss"] == own
    assert files["cyber-attack"].parent == SHIPPED
