"""A run in the hands of people: notices, questions, tasks, pages, promises, and stopping it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incident import lifecycle, paging
from incident.errors import Conflict, Held, WrongState
from incident.run import acts
from tests.flow.night import WORDS, Night
from tests.run import house


def test_an_update_reaches_those_who_were_told_before_and_changes_the_public_phase(night: Night) -> None:
    """Each in their own language, once; the incident is `identified` from then on."""
    _told(night)
    night.request("update", phase="identified")
    night.work()
    mails = night.mails("update")
    assert sorted(mail["locale"] for mail in mails) == ["en", "zh-Hans", "zh-Hant"]
    assert all(WORDS[mail["locale"]] in mail["parts"]["text"] for mail in mails)
    assert lifecycle.get(night.console.store, night.incident, 0).phase == "identified"


def test_an_update_is_held_while_a_language_is_missing(night: Night) -> None:
    """Exit 17, nothing asked for, nothing sent: no language is told later than another."""
    _told(night)
    with pytest.raises(Held, match="zh-Hant") as held:
        night.request("update", texts={"zh-Hans": "正在恢复。", "en": "Better."})
    assert held.value.exit == 17
    assert night.notices() == ["first-notice"]
    assert "notice.requested" not in night.timeline()


def test_the_promise_of_the_next_word_is_kept_on_the_incident_and_shown(night: Night) -> None:
    """Within twenty minutes, on a full five, says the first notice; an update moves it, the last word ends it."""
    _told(night)
    promised = lifecycle.get(night.console.store, night.incident, 0).promised_at
    assert promised is not None
    assert f"{promised:%H:%M}" == "03:20"
    night.pass_time("15m")
    night.request("update")
    moved = lifecycle.get(night.console.store, night.incident, 0).promised_at
    assert moved is not None
    assert moved > promised
    night.request("resolved", texts={})
    assert lifecycle.get(night.console.store, night.incident, 0).promised_at is None


def test_the_last_word_resolves_the_incident_and_calls_nobody_any_more(night: Night) -> None:
    """Once it has left the house no page and no question stays open; the work that is left for people is."""
    _told(night)
    night.request("resolved", texts={})
    night.work()
    assert night.state() == "resolved"
    assert len(night.mails("resolved")) == 3
    assert set(night.waits()) == {"freeze-batches", "brief-hotline", "regulator-check", "reconcile-books", "call-back"}
    before = len(night.mails("page"))
    night.pass_time("50m")
    assert len(night.mails("page")) == before
    assert acts.seen(night.office, night.incident).view().of("resolved-1").state == "done"


def test_work_goes_on_after_the_last_word(night: Night) -> None:
    """The books are compared and the review is written when customers have long been told."""
    _told(night)
    night.request("resolved", texts={})
    assert {"reconcile-books", "call-back"} <= set(night.waits())
    night.act(acts.finish_task, "reconcile-books")
    night.act(acts.finish_task, "call-back")
    night.dismiss_clocks()
    night.pass_time("2h")
    night.act(acts.finish_task, "review")
    assert night.waits() == {}
    assert acts.look(night.office, night.incident).state == "finished"


def test_a_page_goes_out_again_every_five_minutes_until_somebody_acknowledges(night: Night) -> None:
    """To whoever holds the role by then; one acknowledgement ends it for all."""
    night.declare()
    night.work()
    first = len(night.mails("page"))
    night.claim("commander", by="wang")
    night.claim("comms", by="chen")
    night.claim("operations", by="wang")
    night.pass_time("5m")
    assert len(night.mails("page")) == first + 3
    night.act(acts.acknowledge)
    night.pass_time("20m")
    assert len(night.mails("page")) == first + 3
    assert {page["state"] for page in paging.listed(night.console.store, night.incident)} == {"acknowledged"}
    assert "page-commander" not in night.waits()


def test_an_answer_opens_what_waited_for_it(night: Night) -> None:
    """The choice decides which task comes next."""
    night.declare()
    night.act(acts.answer, "confirm-impact", {"est_affected_users": "480", "cause_known": "true"})
    assert "failover-decision" in night.waits()
    night.act(acts.answer, "failover-decision", {"choice": "failover"})
    assert "do-failover" in night.waits()


def test_nobody_answers_and_the_night_goes_on(night: Night) -> None:
    """After its time a question is answered by its defaults; what follows starts."""
    night.declare()
    night.pass_time("15m")
    view = acts.seen(night.office, night.incident).view()
    assert view.of("confirm-impact").outputs == {"est_affected_users": 0, "cause_known": False}
    assert "freeze-batches" in night.waits()


def test_a_task_that_is_done_is_not_asked_for_again(night: Night) -> None:
    """Ticked off once; the second time there is nothing to tick."""
    night.declare()
    night.act(acts.finish_task, "regulator-check")
    assert "regulator-check" not in night.waits()
    with pytest.raises(WrongState, match="no open task"):
        night.act(acts.finish_task, "regulator-check")


def test_a_paused_run_starts_nothing_and_lets_no_time_pass(night: Night) -> None:
    """No holding statement while a person holds the run; resumed, its times count on from where they stood."""
    night.declare()
    night.act(acts.pause, "the commander thinks")
    night.pass_time("1h")
    assert night.notices() == []
    assert night.waits()[""] == f"incident run resume {night.incident}"
    night.act(acts.resume, "go on")
    assert night.notices() == []
    night.pass_time("10m")
    assert night.notices() == ["first-notice.holding"]


def test_a_paused_run_still_sends_what_staff_ask_for(night: Night) -> None:
    """Pausing the playbook silences nobody."""
    _told(night)
    night.act(acts.pause, None)
    night.request("update")
    assert night.notices() == ["first-notice", "update-1"]


def test_an_aborted_run_leaves_the_incident_open_for_notices_by_hand(night: Night) -> None:
    """The steps are skipped, nothing happens by itself any more; the review is still owed, update and resolve still
    work."""
    _told(night)
    night.act(acts.abort, "the playbook does not fit")
    assert set(night.waits()) == {"finally.review"}
    assert night.state() == "open"
    night.request("update")
    night.request("resolved", texts={})
    night.work()
    assert night.notices() == ["first-notice", "update-1", "resolved-1"]
    assert night.state() == "resolved"


def test_a_false_alarm_stops_what_was_not_sent(night: Night) -> None:
    """Released, not sent yet, cancelled: every row is accounted for as suppressed, and nothing arrives."""
    night.declare()
    night.approve("first-notice")
    stopped = night.cancel("a sensor, not a flood")
    night.work()
    assert stopped >= 3
    assert night.mails("first-notice") == []
    total = night.sums()["first-notice"].total
    assert total.counts["suppressed"] == total.audience == 3
    assert total.reasons["incident_cancelled"] == 3
    assert night.state() == "cancelled"


def test_nothing_can_be_approved_after_a_false_alarm(night: Night) -> None:
    """A gate that stood open when the incident was cancelled lets nothing out any more."""
    night.declare()
    night.cancel("a sensor, not a flood")
    with pytest.raises((Conflict, WrongState)):
        night.approve("first-notice")
    night.pass_time("1h")
    assert night.notices() == []


def test_an_aborted_run_closes_its_gates(night: Night) -> None:
    """What was skipped cannot be approved."""
    night.declare()
    night.act(acts.abort, None)
    with pytest.raises((Conflict, WrongState)):
        night.approve("first-notice")
    assert night.notices() == []


def test_an_aborted_run_calls_nobody_out_any_more(night: Night) -> None:
    """Its pages end with it; a page that somebody sends by hand goes on until it is acknowledged."""
    night.declare()
    night.act(acts.abort, None)
    night.work()
    before = len(night.mails("page"))
    night.pass_time("30m")
    assert len(night.mails("page")) == before
    night.act(acts.page, ("chen",), "call the bridge", timedelta(minutes=5))
    night.pass_time("10m")
    assert len(night.mails("page")) == before + 3


def test_a_correction_reaches_exactly_those_who_got_the_notice(night: Night) -> None:
    """Also after the incident has ended; a customer who came later is not startled by it."""
    _told(night)
    night.request("resolved", texts={})
    house.import_rows(night.console, ["id,locale,email", "c4,en,c4@people.example"])
    night.request("correction", corrects="first-notice")
    night.work()
    assert sorted(mail["recipient"] for mail in night.mails("correction")) == ["c1", "c2", "c3"]


def _told(night: Night) -> None:
    """The first notice is out."""
    night.declare()
    night.approve("first-notice")
    night.work()
    assert len(night.mails("first-notice")) == 3
