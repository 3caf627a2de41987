"""What is held back waits with its reason, and keeps nothing else from going on."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident.cli._values import pairs
from incident.delivery import sender
from incident.errors import BadValue, Held, Mistakes
from tests.clock import MovableClock
from tests.flow.night import WORDS, Night

_WAITS = """
schema: incident.playbook/v1
id: waits
title: Waits, then speaks
params:
  - {name: key, type: string, secret: true, default: CANARY-9}
roles: {commander: {}}
steps:
  - {id: pause, type: wait, for: 1m}
  - {id: speak, type: announce, template: holding-statement, audience: everyone}
  - {id: call, type: page, needs: [], to: wang, text: "Wake {{ key }}", timeout: 2m, on_timeout: continue}
"""
_NEEDS_WORDS = """
schema: incident.playbook/v1
id: needs-words
title: A step that cannot speak
steps:
  - {id: speak, type: announce, template: update, audience: everyone}
"""


@pytest.fixture
def night(tmp_path: Path, clock: MovableClock) -> Night:
    (tmp_path / "templates").mkdir()
    return Night(tmp_path, clock, {"waits": _WAITS, "needs-words": _NEEDS_WORDS})


def _break(night: Night) -> Path:
    """The workspace's own holding statement, with a mistake in it, hides the shipped one."""
    file = night.folder / "templates" / "holding-statement" / "message.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("schema: [broken\n", encoding="utf-8")
    return file


def test_a_notice_that_is_held_waits_and_goes_out_once_it_is_mended(night: Night) -> None:
    """A template broken while the run waited: the reason is told, and five minutes later it is tried again."""
    night.declare("waits", key="CANARY-9")
    broken = _break(night)
    night.pass_time("1m")
    assert night.notices() == []
    assert night.waits()["speak"].startswith("incident message lint")
    assert night.timeline().count("step.held") == 1
    broken.unlink()
    night.pass_time("6m")
    assert night.notices() == ["speak"]


def test_one_held_run_keeps_no_other_from_going_on(night: Night) -> None:
    """Two incidents, one of which cannot speak in its own template's words: the other one speaks in time."""
    night.declare("waits", key="CANARY-9")
    held = night.incident
    _break(night)
    night.declare("datacenter-loss")
    night.approve("first-notice")
    night.pass_time("2m")
    assert night.notices() == ["first-notice"]
    night.incident = held
    assert night.notices() == []


def test_a_step_cannot_send_what_nobody_has_written(night: Night) -> None:
    """`update` carries words typed at that moment: lint says so, by day."""
    with pytest.raises(Mistakes) as refused:
        night.declare("needs-words", dc="sh1")
    assert [mistake.code for mistake in refused.value.mistakes] == ["needs_words"]


def test_a_page_whose_step_is_over_is_still_told(night: Night) -> None:
    """It goes on calling; whoever looks sees it, and the command that ends it."""
    night.declare("waits", key="CANARY-9")
    night.pass_time("3m")
    assert night.waits()["call"] == f"incident ack {night.incident}"


def test_a_secret_parameter_stands_in_no_page(night: Night) -> None:
    """Texts read it masked, whoever reads them."""
    night.declare("waits", key="CANARY-9")
    night.work()
    assert night.mails("page")
    assert "CANARY-9" not in str(night.mails())
    assert "***" in str(night.mails("page"))


def test_typed_words_link_to_our_own_pages_only(night: Night) -> None:
    """A link to a stranger holds the notice, in whichever language it stands."""
    night.declare("datacenter-loss")
    night.approve("first-notice")
    bad = {**WORDS, "en": "See http://evil.example.test/x for help."}
    with pytest.raises(Held, match="evil\\.example\\.test"):
        night.request("update", texts=bad)
    night.request("update", texts={**WORDS, "en": "See https://status.example.com/i/7 for help."})


def test_a_channel_that_vanished_is_named(night: Night) -> None:
    """Its deliveries would wait for ever in silence."""
    night.declare("datacenter-loss")
    night.approve("first-notice")
    store, clock = night.console.store, night.clock
    assert sender.stranded(store, ("email",), clock()) == []
    assert sender.stranded(store, (), clock()) == ["email"]


def test_a_parameter_is_given_once() -> None:
    """Which of two was meant, nobody can know."""
    with pytest.raises(BadValue, match="twice"):
        pairs(["dc=sh1", "dc=sh2"], "--param")


def test_a_broken_page_template_still_calls(night: Night) -> None:
    """The words go out bare; the worker goes on with everything else."""
    file = night.folder / "templates" / "page" / "message.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("schema: [broken\n", encoding="utf-8")
    night.declare("datacenter-loss")
    night.approve("first-notice")
    night.pass_time("6m")
    assert night.notices() == ["first-notice"]
    assert len([step for step in night.sums() if step.startswith("page.")]) >= 4
    assert "You are needed as incident commander" in str(night.mails("page"))
