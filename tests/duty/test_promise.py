"""When the next word is due, what happens around that time, and what counts as kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incident.duty import promise
from incident.playbook.model import Cadence, Overdue
from tests.clock import START


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


SEV1 = Cadence(first=minutes(10), every=minutes(20), long_after=minutes(120), long_every=minutes(60))


@pytest.mark.parametrize(("lasted", "expected"), [(0, 20), (119, 20), (120, 60), (600, 60)])
def test_a_long_incident_speaks_less_often(lasted: int, expected: int) -> None:
    """`long_every` from `long_after` on."""
    assert promise.interval(SEV1, minutes(lasted)) == minutes(expected)


def test_a_playbook_without_a_cadence_speaks_every_half_hour() -> None:
    """An update without a next time leaves people waiting."""
    assert promise.interval(None, minutes(0)) == minutes(30)
    assert promise.interval(Cadence(), minutes(500)) == minutes(30)


@pytest.mark.parametrize(("past", "expected"), [(0, 20), (1, 25), (4.9, 25), (5, 25)])
def test_a_text_promises_a_full_five_minutes(past: float, expected: int) -> None:
    """Never earlier than the cadence asks."""
    assert promise.next_word(START + minutes(past), minutes(20)) == START + minutes(expected)


def test_the_first_word_follows_the_severity_of_now() -> None:
    """A worse severity aims earlier, from the same declaration."""
    cadences = {"sev1": SEV1, "sev2": Cadence(first=minutes(15))}
    assert promise.first_word(cadences, "sev2", START) == START + minutes(15)
    assert promise.first_word(cadences, "sev1", START) == START + minutes(10)
    assert promise.first_word(cadences, "sev3", START) is None


def test_what_happens_around_a_promised_time() -> None:
    """In the order of time: reminders, broken after its minute, the call, the holding statement."""
    overdue = Overdue(escalate_to=("commander",), holding="holding-statement")
    alarms = promise.alarms(START, overdue, public=True)
    assert [((one.at - START) // minutes(1), one.what) for one in alarms] == [
        (-5, "nudge"),
        (0, "nudge"),
        (1, "broken"),
        (5, "escalate"),
        (10, "holding"),
    ]


def test_our_own_target_sends_nothing_to_people_who_have_heard_nothing() -> None:
    """No holding statement, and nobody is reminded beforehand who was called out a minute ago."""
    alarms = promise.alarms(START, Overdue(holding="holding-statement"), public=False)
    assert [one.what for one in alarms] == ["nudge", "broken"]


def test_a_word_within_the_promised_minute_is_in_time() -> None:
    """People read minutes."""
    assert promise.verdict(START, START + timedelta(seconds=59)) == "kept"
    assert promise.verdict(START, START + minutes(1)) == "broken"
