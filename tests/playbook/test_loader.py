"""A playbook file becomes frozen data."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from incident.errors import Mistakes
from incident.playbook.loader import lint_file, load, load_file, warnings
from incident.playbook.model import Approval
from tests.playbook.words import VOCABULARY

TEXT = """\
schema: incident.playbook/v1
id: flood
title: {en: Flood, zh-Hans: 水灾}
kind: force_majeure
review_by: "2026-06-30"
params:
  - {name: dc, type: string, required: true}
vars: {region: east}
roles:
  commander: {required: true, page: [li, comms]}
  comms: {not_same_as: commander}
severity:
  default: sev2
  raise_when: [{to: sev1, when: dc == 'sh1'}]
defaults: {on_error: continue, timeout: 1h}
steps:
  - id: first-notice
    type: announce
    template: first-notice
    audience: everyone
    channels: email
    approval: {by: [comms, commander], within: 10m, on_expire: send-holding}
  - id: decide
    type: ask
    choices: [go, stay]
    on_timeout: continue
    timeout: 5m
  - id: go
    type: task
    when: steps['decide'].choice == 'go'
    note: "{{ dc }} was left"
  - id: beside
    type: task
    needs: []
  - id: later
    type: task
    needs: first-notice
notices:
  update: {promise_next: 30m}
"""


@pytest.fixture(scope="module")
def flood():
    return load(TEXT, "playbooks/flood.yaml", VOCABULARY)


def test_a_step_that_names_no_needs_follows_the_one_above(flood) -> None:
    """Needs are resolved: the step above, none for `[]`, and what is written."""
    assert {step.id: step.needs for step in flood.steps} == {
        "first-notice": (),
        "decide": ("first-notice",),
        "go": ("decide",),
        "beside": (),
        "later": ("first-notice",),
    }


def test_defaults_are_applied_to_the_steps(flood) -> None:
    """A step inherits what it does not say, and keeps what it says."""
    assert flood.step("go").timeout == timedelta(hours=1)
    assert flood.step("decide").timeout == timedelta(minutes=5)
    assert flood.step("decide").on_timeout == "continue"
    assert flood.step("go").on_timeout == "fail"
    assert flood.step("go").on_error == "continue"


def test_values_are_read_by_the_shapes_of_their_step_type(flood) -> None:
    """An approval is an Approval, a single channel a tuple, what is absent has its default."""
    fields = flood.step("first-notice").fields
    assert fields["approval"] == Approval(
        by=("comms", "commander"), within=timedelta(minutes=10), on_expire="send-holding"
    )
    assert fields["channels"] == ("email",)
    assert fields["promise_next"] is None


def test_conditions_are_compiled(flood) -> None:
    """What the run evaluates needs no text any more."""
    condition = flood.step("go").when
    assert condition.holds({"steps": {"decide": {"choice": "go"}}})
    assert flood.severity.raise_when[0].when.holds({"dc": "sh1"})
    assert flood.step("go").note.render({"dc": "sh1"}) == "sh1 was left"


def test_every_playbook_has_three_notices(flood) -> None:
    """Declared or not: the message of its name, to whoever received one, by every channel, unsigned."""
    assert set(flood.notices) == {"update", "resolved", "correction"}
    update, resolved = flood.notices["update"], flood.notices["resolved"]
    assert (update.id, update.type, update.fields["promise_next"]) == (
        "notice.update",
        "announce",
        timedelta(minutes=30),
    )
    assert resolved.fields["template"] == "resolved"
    assert resolved.fields["audience"] == "received_any()"
    assert (resolved.fields["channels"], resolved.fields["approval"]) == ((), None)
    assert flood.step("notice.resolved") == resolved


def test_the_case_is_the_id_unless_said(flood) -> None:
    """Messages find the words of a playbook under its own name."""
    assert flood.case == "flood"
    assert load(TEXT.replace("kind:", "case: water\nkind:"), "flood.yaml", VOCABULARY).case == "water"


def test_the_hash_is_of_the_text(flood) -> None:
    """A run that keeps both can prove which playbook it followed."""
    changed = load(TEXT + "# a comment\n", "flood.yaml", VOCABULARY)
    assert flood.text == TEXT
    assert flood.hash != changed.hash


def test_a_review_that_is_overdue_is_a_warning(flood) -> None:
    """It does not keep anybody from declaring."""
    assert warnings(flood, date(2026, 6, 30)) == []
    assert [w.code for w in warnings(flood, date(2026, 7, 1))] == ["review_overdue"]


def test_all_mistakes_are_raised_at_once() -> None:
    """Whoever corrects a file at night corrects it once."""
    text = TEXT.replace("everyone", "everbody").replace("type: ask", "type: aks")
    with pytest.raises(Mistakes) as caught:
        load(text, "flood.yaml", VOCABULARY)
    assert [m.code for m in caught.value.mistakes] == ["bad_audience", "unknown_step_type"]
    assert caught.value.exit == 10
    assert "flood.yaml:20:15" in caught.value.message


def test_a_file_that_is_not_utf8_is_a_mistake(tmp_path: Path) -> None:
    """A file saved in GBK says so instead of showing a traceback."""
    file = tmp_path / "flood.yaml"
    file.write_bytes(TEXT.encode("gbk"))
    assert [m.code for m in lint_file(file, VOCABULARY)] == ["not_utf8"]
    with pytest.raises(Mistakes):
        load_file(file, VOCABULARY)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Some editors write one."""
    file = tmp_path / "flood.yaml"
    file.write_text(TEXT, encoding="utf-8-sig")
    assert load_file(file, VOCABULARY).id == "flood"
