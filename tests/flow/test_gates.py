"""Who may let words out of the house, and what happens when nobody does."""

from __future__ import annotations

import pytest

from incident.errors import Conflict, CountNotConfirmed, NotAllowed
from incident.message.catalog import SHIPPED
from tests.flow.night import Night
from tests.run import house


def test_when_nobody_approves_the_holding_statement_goes_out_after_ten_minutes(night: Night) -> None:
    """Silence would be worse: after 10 minutes the pre-approved statement is sent, once, and the gate stays open."""
    night.declare()
    night.pass_time("9m59s")
    assert night.notices() == []
    night.pass_time("1s")
    assert night.notices() == ["first-notice.holding"]
    night.pass_time("25m")
    assert night.notices() == ["first-notice.holding"]
    assert len(night.mails("holding-statement")) == 3
    assert "first-notice" in night.waits()


def test_an_approval_after_the_holding_statement_still_sends_the_notice(night: Night) -> None:
    """It took nobody's place. The promise in the notice has moved meanwhile, so it must be looked at again first."""
    night.declare()
    night.pass_time("10m")
    with pytest.raises(Conflict, match="Look at it again"):
        night.approve("first-notice")
    night.approve("first-notice")
    night.work()
    assert night.notices() == ["first-notice.holding", "first-notice"]
    assert sorted(mail["locale"] for mail in night.mails("first-notice")) == ["en", "zh-Hans", "zh-Hant"]


def test_a_rejected_notice_is_not_sent_and_the_reason_is_on_record(night: Night) -> None:
    """Whoever rejects says why; nothing goes out, and no holding statement later."""
    night.declare()
    night.reject("first-notice", "the refund sentence is wrong")
    night.pass_time("1h")
    assert night.notices() == []
    assert "gate.rejected" in night.timeline()
    assert night.waits()["first-notice"] == f"incident run retry {night.incident} first-notice"


def test_the_author_may_not_approve(night: Night) -> None:
    """Whoever declares cannot be the second pair of eyes; the gate stays open for another."""
    night.declare()
    with pytest.raises(NotAllowed, match="a second person must"):
        night.approve("first-notice", by="li")
    assert night.notices() == []
    night.approve("first-notice", by="chen")
    assert night.notices() == ["first-notice"]


def test_a_gate_is_answered_once(night: Night) -> None:
    """The second approval finds it answered, and by whom."""
    night.declare()
    night.approve("first-notice", by="wang")
    with pytest.raises(Conflict, match="by wang"):
        night.approve("first-notice", by="chen")
    assert night.notices() == ["first-notice"]


def test_an_audience_that_grew_voids_the_gate(night: Night) -> None:
    """What was looked at is no longer what would be sent: exit 13, a fresh gate, and then it goes to all."""
    night.declare()
    house.import_rows(night.console, ["id,locale,email", "c4,en,c4@people.example"])
    with pytest.raises(Conflict, match="has changed") as refused:
        night.approve("first-notice")
    assert refused.value.exit == 13
    assert night.notices() == []
    assert night.timeline().count("gate.opened") == 2
    assert "gate.void" in night.timeline()
    night.approve("first-notice")
    night.work()
    assert len(night.mails("first-notice")) == 4


def test_words_that_were_edited_void_the_gate(night: Night) -> None:
    """A template that the workspace changes after the gate was opened is not sent on the old approval."""
    night.declare()
    own = night.folder / "templates" / "words" / "datacenter-loss"
    own.mkdir(parents=True)
    source = (SHIPPED / "words" / "datacenter-loss" / "en.yaml").read_text(encoding="utf-8")
    (own / "en.yaml").write_text(source.replace("your money is safe", "your money is safe with us"), encoding="utf-8")
    night.again()
    with pytest.raises(Conflict, match="has changed"):
        night.approve("first-notice")
    night.approve("first-notice")
    night.work()
    english = next(mail for mail in night.mails("first-notice") if mail["locale"] == "en")
    assert "safe with us" in english["parts"]["subject"]


def test_a_count_that_is_not_confirmed_leaves_the_gate_open(night: Night) -> None:
    """The approval and its release are one act: no count, no approval."""

    def refuse(people: int, preview: object) -> None:
        raise CountNotConfirmed("no", count=people)

    night.declare()
    with pytest.raises(CountNotConfirmed):
        night.approve("first-notice", confirm=refuse)
    assert "first-notice" in night.waits()
    assert "gate.approved" not in night.timeline()
