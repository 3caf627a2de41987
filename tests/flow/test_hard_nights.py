"""What goes wrong in a night waits with its reason, and keeps nothing else from going on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from incident import lifecycle, respond
from incident.cli._values import instant, pairs
from incident.delivery import sender
from incident.errors import BadValue, Held, Mistakes, NotFound
from incident.message.links import foreign_hosts
from incident.run import acts, steering
from incident.run.live import no_confirmation
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
_TWO_AUDIENCES = """
schema: incident.playbook/v1
id: two-audiences
title: Two audiences
roles: {commander: {}}
steps:
  - {id: to-english, type: announce, template: first-notice, audience: locale == 'en'}
  - {id: to-chinese, type: announce, template: first-notice, audience: locale != 'en'}
"""
_FAILS = """
schema: incident.playbook/v1
id: fails
title: Fails
vars: {n: 5}
steps:
  - {id: enough, type: check, that: n > 9, message: "n is {{ n }}, too small"}
  - {id: speak, type: announce, template: holding-statement, audience: everyone}
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
    return Night(
        tmp_path,
        clock,
        {"waits": _WAITS, "needs-words": _NEEDS_WORDS, "two-audiences": _TWO_AUDIENCES, "fails": _FAILS},
    )


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


def test_an_update_to_nobody_is_held(night: Night) -> None:
    """Nobody was told before: it must not look as if something had been sent."""
    night.declare("datacenter-loss")
    with pytest.raises(Held, match="Nobody was told"):
        night.request("update")


def test_a_rejected_notice_is_drafted_anew(night: Night) -> None:
    """`run retry` opens a fresh gate; then it can be approved."""
    night.declare("datacenter-loss")
    night.reject("first-notice", "the refund sentence is wrong")
    assert night.waits()["first-notice"] == f"incident run retry {night.incident} first-notice"
    night.act(steering.retry, "first-notice", no_confirmation)
    assert night.waits()["first-notice"].startswith("incident approve")
    night.approve("first-notice")
    assert night.notices() == ["first-notice"]


def test_a_correction_goes_to_those_who_got_the_notice(night: Night) -> None:
    """Two notices to two audiences: correcting one reaches its own people; a notice that never went out cannot be
    corrected."""
    night.declare("two-audiences")
    night.work()
    night.request("correction", corrects="to-english")
    night.work()
    assert [mail["recipient"] for mail in night.mails("correction")] == ["c3"]
    with pytest.raises(NotFound, match="to-english"):
        night.request("correction", corrects="to-englsh")


def test_nothing_is_promised_after_the_last_word(night: Night) -> None:
    """A correction after the end names no next time, and the incident holds no promise."""
    night.declare("two-audiences")
    night.work()
    night.request("resolved", texts={})
    night.request("correction", corrects="to-english")
    assert lifecycle.get(night.console.store, night.incident, 0).promised_at is None


def test_a_question_that_the_end_skipped_is_answered_by_its_defaults(night: Night) -> None:
    """What depends on it can be told: no step of a shipped playbook fails because the incident was resolved."""
    for playbook in ("datacenter-loss", "cyber-attack", "payment-failure"):
        night.declare(
            playbook, **({"dc": "sh1"} if playbook == "datacenter-loss" else {"affected_services": "payment"})
        )
        night.approve("first-notice")
        night.work()
        night.request("resolved", texts={}, force=True, reason="it is over, whatever was not answered")
        night.pass_time("1h")
        assert "step.failed" not in night.timeline(), playbook


def test_a_failed_run_says_why_and_how_to_go_on(night: Night) -> None:
    """The failed step and its reason, and the command that lets the run go on."""
    night.declare("fails")
    assert night.waits()[""] == f"incident run resume {night.incident}"
    why = acts.look(night.office, night.incident).waiting[0].why
    assert "too small" in why
    assert "run.failed" in night.timeline()


def test_when_it_began_is_what_people_are_told(night: Night) -> None:
    """The notice says when it began, not when somebody typed the command."""
    began = night.clock() - timedelta(hours=2)
    standing = respond.declare(
        night.office,
        night.actor("li"),
        night.console.playbook("datacenter-loss"),
        {"dc": "sh1"},
        no_confirmation,
        happened_at=began,
    )
    assert lifecycle.get(night.console.store, standing.incident, 0).began_at == began
    with pytest.raises(BadValue, match="future"):
        instant("2099-01-01T00:00:00Z", "--happened-at", night.clock())


def test_links_without_a_scheme_are_links_too() -> None:
    """Phones and mail programs make links of them."""
    own = frozenset({"example.com"})
    assert foreign_hosts("www.evil.test and bit.ly/x, status.example.com/i/7", own) == ["www.evil.test", "bit.ly"]
    assert foreign_hosts("请访问evil.test/login，或www.evil.test。", own) == ["evil.test", "www.evil.test"]
    assert foreign_hosts("https://example.com@evil.test/ https://evil.test\\.example.com/", own) == ["evil.test"] * 2
    assert foreign_hosts("见 https://status.example.com！ https://status.example.com:8443/a。", own) == []
    assert foreign_hosts("Node.js/React, v1.2/3", own) == []
    assert foreign_hosts("Call 95588, e.g. at 9.30; see U.S. rules. a@evil.test/x", own) == []
