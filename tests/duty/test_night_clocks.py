"""The deadlines of authorities in a night: started on suspicion, warned about, submitted in a chain, or dismissed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from incident import journal, lifecycle, paging
from incident.duty import clocks, clockwork, report
from incident.duty.clocks import LegalClock
from incident.duty.clockwork import Submission
from incident.errors import BadValue, NotFound, WrongState
from incident.paging import reading
from incident.review import markdown
from incident.review import report as reviewing
from incident.run import acts, duties
from incident.run.live import worker
from tests.clock import START, MovableClock
from tests.flow.night import Night

_BOOK = """
schema: incident.playbook/v1
id: reporting
title: Payments stand still
roles: {commander: {}, legal: {}}
severity: {default: sev2}
params:
  - {name: affected_services, type: list, default: [payment]}
clocks:
  - use: cn-pboc-class1
    applies_when: steps['impact'].failed > 100000 or incident.severity == 'sev1'
  - use: eu-dora-initial
  - id: house
    title: Tell the owner
    authority: The owner
    anchor: awareness
    within: 30m
    warn_at: 100%
    escalate_to: commander
    applies_when: true
steps:
  - {id: impact, type: ask, needs: [], fields: {failed: {type: integer}}, timeout: 5h, on_timeout: continue}
  - {id: decide, type: ask, needs: [], choices: [report, nothing]}
  - id: tell-owner
    type: clock
    needs: [decide]
    when: steps['decide'].choice == 'report'
    submit: house
    reference: "by {{ roles.commander }}"
  - id: tell-nobody
    type: clock
    needs: [decide]
    when: steps['decide'].choice == 'nothing'
    dismiss: house
    reason: decided by the commander
  - id: tell-staff
    type: task
    needs: [tell-owner, tell-nobody]
    when: clocks['house'].state == 'dismissed' and clocks['eu-dora-initial'].state == 'none'
    assignee: commander
  - {id: suspect, type: clock, needs: [tell-nobody], start: eu-gdpr-33, reason: data may be gone}
"""


@pytest.fixture
def night(tmp_path: Path, clock: MovableClock) -> Iterator[Night]:
    """A house's own clock runs from the start; wang and chen answer."""
    night = Night(tmp_path, clock, {"reporting": _BOOK})
    night.declare("reporting")
    yield night
    night.console.close()


def one(night: Night, name: str) -> LegalClock:
    return clocks.get(night.console.store, night.incident, name)


def start(night: Night, name: str, because: str = "on suspicion", **more: object) -> LegalClock:
    at = more.get("at")
    return duties.start_clock(night.office, night.incident, night.actor("li"), name, because, at)  # type: ignore[arg-type]


def submit(night: Night, name: str, **more: object) -> list[LegalClock]:
    told = Submission(**{"at": night.clock(), **more})  # type: ignore[arg-type]
    return duties.submit_clock(night.office, night.incident, night.actor("chen"), name, told)


def answer(night: Night, step: str, **values: str) -> None:
    night.act(acts.answer, step, values)


def test_a_clock_starts_by_itself_with_the_reason(night: Night) -> None:
    """When its condition holds: what held, and whose act made it hold, are on record."""
    house = one(night, "house")
    assert (house.state, house.because, house.started_by) == ("running", "true", "li")
    assert clocks.find(night.console.store, night.incident, "cn-pboc-class1") is None
    night.clock.advance("10m")
    answer(night, "impact", failed="150000")
    pboc = one(night, "cn-pboc-class1")
    assert (pboc.started_by, pboc.because) == ("wang", "steps['impact'].failed > 100000 or incident.severity == 'sev1'")
    assert (pboc.anchor, pboc.due) == ("occurrence", START + timedelta(hours=2))
    assert "clock.started" in night.timeline()


def test_a_clock_is_started_on_suspicion(night: Night) -> None:
    """By anybody, also one that the playbook does not name."""
    found = start(night, "eu-gdpr-33", "a laptop is gone")
    assert (found.started_by, found.because) == ("li", "a laptop is gone")
    assert found.due == START + timedelta(hours=72)
    with pytest.raises(WrongState, match="running already"):
        start(night, "eu-gdpr-33")
    with pytest.raises(NotFound, match="Did you mean 'eu-gdpr-33'"):
        start(night, "eu-gdpr33")


def test_warnings_call_and_the_end_is_missed_on_record(night: Night) -> None:
    """At half, at four fifths, at the end: whom the rule names; at the end the commander too."""
    start(night, "cn-pboc-class1")
    _only(night, "cn-pboc-class1")
    for passed, told in (("59m", []), ("1m", ["50%"]), ("36m", ["50%", "80%"]), ("24m", ["50%", "80%", "100%"])):
        night.pass_time(passed)
        rows = [entry for entry in _journal(night) if entry.kind in ("clock.warned", "clock.missed")]
        assert [row.detail["gone"] for row in rows] == told
    pages = [page for page in paging.listed(night.console.store, night.incident) if page["step"].startswith("clock-")]
    assert [page["target"] for page in pages] == ["legal", "legal", "legal;commander"]
    assert [page["state"] for page in pages] == ["closed", "closed", "open"]
    missed = one(night, "cn-pboc-class1")
    assert missed.missed_at == START + timedelta(hours=2)
    night.clock.advance("1m")
    assert missed.late(night.clock())
    assert missed.met(night.clock()) is False


def _only(night: Night, name: str) -> None:
    """Dismisses every other clock."""
    for clock in clocks.of_incident(night.console.store, night.incident):
        if clock.id != name:
            duties.dismiss_clock(night.office, night.incident, night.actor("li"), clock.id, "not now")


def _journal(night: Night) -> list[journal.Entry]:
    return list(journal.read(night.console.store, night.incident))


def test_a_submission_ends_the_calls_and_says_whether_it_was_in_time(night: Night) -> None:
    """Who, when, under which number, with the hash of what was sent."""
    start(night, "cn-pboc-class1")
    night.pass_time("1h30m")
    done, *following = submit(night, "cn-pboc-class1", reference="2026-1", evidence="abc", evidence_file="r.pdf")
    assert following == []
    assert (done.state, done.reference, done.evidence, done.ended_by) == ("submitted", "2026-1", "abc", "chen")
    assert done.met(night.clock()) is True
    pages = paging.listed(night.console.store, night.incident)
    assert {page["state"] for page in pages if page["step"] == done.step} == {"closed"}
    night.pass_time("3h")
    assert night.timeline().count("clock.missed") == 1  # the house's own, which nobody ended


def test_what_was_submitted_earlier_is_judged_by_then(night: Night) -> None:
    """Typed in after the end, submitted before it."""
    start(night, "cn-pboc-class1")
    sent = night.clock() + timedelta(minutes=100)
    night.pass_time("3h")
    done, *_ = submit(night, "cn-pboc-class1", at=sent)
    assert done.met(night.clock()) is True
    assert done.missed_at is not None


def test_a_time_that_was_given_afterwards_is_a_persons_word(night: Night) -> None:
    """The review says whose, and since when; what was written down at once needs no word."""
    start(night, "cn-pboc-class1")
    sent = night.clock() + timedelta(minutes=100)
    night.pass_time("3h")
    submit(night, "cn-pboc-class1", at=sent)
    submit(night, "house")
    found = lifecycle.get(night.console.store, night.incident, 2026)
    review = reviewing.gather(night.console.store, found, "x", night.clock())
    stated = {one["id"]: one["stated_later"] for one in review.to_json()["clocks"]}
    assert stated == {"cn-pboc-class1": {"by": "chen", "at": night.clock()}, "house": None}
    text = markdown.write(reviewing.document(review, str, lambda entry: ""))
    assert text.count("(stated by chen, recorded ") == 1


def test_what_went_before_the_clock_counts_is_no_report_of_it(night: Night) -> None:
    """A missed deadline is not met by a wrong time; nothing is recorded."""
    start(night, "cn-pboc-class1")
    night.pass_time("3h")
    with pytest.raises(BadValue, match="cannot have gone at"):
        submit(night, "cn-pboc-class1", at=START - timedelta(minutes=5))
    assert "clock.submitted" not in night.timeline()


def test_a_late_submission_is_late_for_ever(night: Night) -> None:
    """The first submission decides; a second one is on record, and changes nothing of it."""
    start(night, "cn-pboc-class1")
    night.pass_time("3h")
    submit(night, "cn-pboc-class1")
    done, *_ = submit(night, "cn-pboc-class1", at=START + timedelta(minutes=5))
    assert (done.submissions, done.met(night.clock())) == (2, False)


def test_reports_form_a_chain(night: Night) -> None:
    """DORA: the intermediate counts from the initial, the final from the latest intermediate."""
    start(night, "eu-dora-initial", "major")
    assert one(night, "eu-dora-initial").due == START + timedelta(hours=4)
    night.clock.advance("2h")
    _, intermediate = submit(night, "eu-dora-initial")
    assert (intermediate.id, intermediate.started_by) == ("eu-dora-intermediate", "chen")
    assert intermediate.due == START + timedelta(hours=74)
    night.clock.advance("1d")
    submit(night, "eu-dora-intermediate")
    first = one(night, "eu-dora-final").due
    night.clock.advance("1d")
    submit(night, "eu-dora-intermediate")
    assert one(night, "eu-dora-final").due == first + timedelta(days=1)


def test_what_counts_from_a_submission_waits_for_it(night: Night) -> None:
    """It cannot be started before."""
    with pytest.raises(WrongState, match="eu-dora-intermediate, which has not been submitted"):
        start(night, "eu-dora-final")


def test_nothing_to_report_is_a_decision_with_a_reason(night: Night) -> None:
    """Who, when and why; nobody is called any more, and the condition does not start it again."""
    answer(night, "impact", failed="150000")
    night.clock.advance("1h5m")
    night.work()
    done = duties.dismiss_clock(night.office, night.incident, night.actor("wang"), "cn-pboc-class1", "40 minutes only")
    assert (done.state, done.ended_by, done.reason) == ("dismissed", "wang", "40 minutes only")
    night.pass_time("3h")
    assert one(night, "cn-pboc-class1").state == "dismissed"
    with pytest.raises(WrongState, match="dismissed"):
        submit(night, "cn-pboc-class1")
    again = start(night, "cn-pboc-class1", "it was more after all")
    assert (again.state, again.reason) == ("running", None)


def test_a_clock_that_really_began_later_is_moved(night: Night) -> None:
    """Its warnings ahead are given again; those behind are not."""
    start(night, "cn-pboc-class1")
    night.pass_time("1h10m")
    moved = start(night, "cn-pboc-class1", "it began later", at=START + timedelta(minutes=60))
    assert (moved.due, moved.rung) == (START + timedelta(hours=3), 0)
    night.pass_time("1h")
    gone = [entry.detail["gone"] for entry in _journal(night) if entry.kind == "clock.warned"]
    assert gone == ["50%", "50%"]
    assert "clock.moved" in night.timeline()


def test_a_clock_that_was_over_when_it_was_started_is_missed_at_once(night: Night) -> None:
    """Nobody counts down to the past; one call, not three."""
    start(night, "cn-pboc-class1", at=START - timedelta(hours=5))
    night.work()
    assert night.timeline().count("clock.missed") == 1
    assert night.timeline().count("clock.warned") == 0


def test_a_step_submits_dismisses_and_starts(night: Night) -> None:
    """What the playbook knows it does itself, with its reason."""
    answer(night, "decide", choice="nothing")
    house = one(night, "house")
    assert (house.state, house.reason) == ("dismissed", "decided by the commander")
    assert one(night, "eu-gdpr-33").because == "data may be gone"


def test_a_condition_asks_how_a_clock_stands(night: Night) -> None:
    """Also of one that was never started; and how many still run."""
    answer(night, "decide", choice="nothing")
    assert "tell-staff" in night.waits()
    assert acts.seen(night.office, night.incident).view().variables()["incident"]["clocks_running"] == 1


def test_a_step_submits_with_a_reference(night: Night) -> None:
    """And the clock that it ends was met."""
    lifecycle.claim_role(night.console.store, night.actor("chen"), night.clock(), night.incident, "commander")
    answer(night, "decide", choice="report")
    house = one(night, "house")
    assert (house.state, house.reference, house.met(night.clock())) == ("submitted", "by chen", True)


def test_a_false_alarm_has_nothing_to_report(night: Night) -> None:
    """Whoever said so has decided it: the reason stands at the clock."""
    start(night, "cn-pboc-class1")
    night.cancel("a sensor")
    assert one(night, "cn-pboc-class1").reason == "false alarm: a sensor"


def test_a_resolved_incident_still_owes_its_reports(night: Night) -> None:
    """The worker warns on after the end."""
    start(night, "cn-pboc-class1")
    night.request("resolved", texts={})
    assert night.state() == "resolved"
    night.pass_time("2h")
    assert one(night, "cn-pboc-class1").missed_at is not None
    assert submit(night, "cn-pboc-class1")[0].state == "submitted"


def test_a_warning_calls_on_after_the_end(night: Night) -> None:
    """Who was called for a report and has not answered when the incident is resolved is called again."""
    start(night, "cn-pboc-class1")
    night.pass_time("61m")
    night.request("resolved", texts={})
    pages = [page for page in paging.listed(night.console.store, night.incident) if page["state"] == "open"]
    assert {page["step"].partition("-")[0] for page in pages} == {"clock"}
    page = next(page for page in pages if page["step"] == "clock-cn-pboc-class1")
    night.pass_time("16m")
    assert paging.rounds(night.console.store, page["id"]) == page["round"] + 1


def test_a_warning_calls_whom_the_playbook_names(tmp_path: Path, clock: MovableClock) -> None:
    """Nobody holds the role: those of its `page` are called; if that fails, the playbook's owner is told."""
    text = _BOOK.replace("legal: {}}", "legal: {page: chen}}\nowner: wang")
    night = Night(tmp_path / "w", clock, {"reporting": text})
    night.declare("reporting")
    start(night, "cn-pboc-class1")
    night.pass_time("61m")
    (page,) = [
        one for one in paging.listed(night.console.store, night.incident) if one["step"] == "clock-cn-pboc-class1"
    ]
    assert (page["target"], reading.owners_of(page)) == ("chen", ("wang",))
    night.console.close()


def test_two_workers_warn_once(night: Night) -> None:
    """Both saw that it was due; the row moves for one of them only."""
    start(night, "cn-pboc-class1")
    _only(night, "cn-pboc-class1")
    night.clock.advance("1h1m")
    stale = one(night, "cn-pboc-class1")
    duties.look_after(night.office)
    with acts.held(night.office, night.incident, worker("root")) as performance:
        desk = performance.desk
        assert clockwork.ring(night.office.station, desk.actor, desk.now, desk.incident, stale, "r") == []
    assert night.timeline().count("clock.warned") == 1


def test_a_draft_says_what_is_known_and_marks_what_is_not(night: Night) -> None:
    """In the language that the authority reads, in its own time; facts from the record."""
    answer(night, "impact", failed="150000")
    lifecycle.note(
        night.console.store, night.actor("li"), night.clock(), night.incident, "core switch dead {{ 7 * 7 }}"
    )
    clock = one(night, "cn-pboc-class1")
    incident = lifecycle.get(night.console.store, night.incident, 0)
    made = report.draft(night.office.station, incident, clock, None, night.clock())
    assert made.locale == "zh-Hans"
    assert "发生时间：2026-03-14 11:00 (GMT+8)" in made.text
    assert "core switch dead {{ 7 * 7 }}" in made.text
    assert "影响客户数（估计）：[待填写：影响客户数]" in made.text
    assert made.text.count("[待填写：") == len(made.gaps) >= 5
    with pytest.raises(NotFound, match="zh-Hans"):
        report.draft(night.office.station, incident, clock, "en", night.clock())


def test_a_clock_of_the_house_is_drafted_too(night: Night) -> None:
    """By the general report, in the first language of the workspace, or the one that is asked for."""
    incident = lifecycle.get(night.console.store, night.incident, 0)
    made = report.draft(night.office.station, incident, one(night, "house"), "en", night.clock())
    assert "- To: The owner" in made.text
    assert "[to be filled: " in made.text


def test_every_report_can_be_drafted(night: Night) -> None:
    """Each template in each of its languages, from a night with a notice, a task and a report before it."""
    start(night, "cn-pboc-class1")
    submit(night, "cn-pboc-class1")
    catalog, incident = night.console.catalog, lifecycle.get(night.console.store, night.incident, 0)
    for name, locales in report.templates(catalog).items():
        for locale in locales:
            clock = replace(one(night, "house"), rule=replace(one(night, "house").rule, template=name))
            text = report.draft(night.office.station, incident, clock, locale, night.clock()).text
            assert "#" in text[:200], name
            assert "{{" not in text, name
            assert "\n\n\n" not in text, name
