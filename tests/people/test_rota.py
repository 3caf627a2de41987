"""Who is on duty: turns, shifts, calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.people import Person
from incident.people.oncall import OnCall
from incident.people.rota import Rota, Shift, Turns, duty, shifts_of

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 10, 19, 9, 0, tzinfo=BERLIN)
WEEKLY = Turns(people=("li", "wang", "chen"), since=MONDAY, every=timedelta(days=7))
PEOPLE = {
    "li": Person(id="li", names={"": "Li Wei", "zh-Hans": "李伟"}, email="li@x.example"),
    "wang": Person(id="wang", email="wang@x.example"),
}


def on(day: str, hour: str = "12:00") -> datetime:
    return datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "person"),
    [
        (on("2026-10-18"), ()),
        (on("2026-10-19", "08:59"), ()),
        (on("2026-10-19", "09:00"), ("li",)),
        (on("2026-10-26", "08:59"), ("li",)),
        (on("2026-10-26", "09:00"), ("wang",)),
        (on("2026-11-02", "09:00"), ("chen",)),
        (on("2026-11-09", "09:00"), ("li",)),
    ],
)
def test_people_take_turns(now: datetime, person: tuple[str, ...]) -> None:
    """Each for a week, handed over at nine by the clock on the wall, also after clocks were changed."""
    assert duty(shifts_of(WEEKLY, now, BERLIN), now).now == person


def test_turns_say_when_they_change_and_to_whom() -> None:
    """The next one, and when."""
    found = duty(shifts_of(WEEKLY, on("2026-10-20"), BERLIN), on("2026-10-20"))
    assert (found.until, found.next, found.next_at) == (on("2026-10-26", "09:00"), ("wang",), found.until)


def test_one_person_who_takes_every_turn_never_changes() -> None:
    """There is nothing to say about an end."""
    alone = Turns(people=("li",), since=MONDAY, every=timedelta(days=7))
    found = duty(shifts_of(alone, on("2026-10-20"), BERLIN), on("2026-10-20"))
    assert (found.now, found.next) == (("li",), ())


def test_a_gap_between_shifts_is_seen_coming() -> None:
    """When it begins, who ends it (the same person too), and when."""
    shifts = [
        Shift(person="li", begin=on("2026-10-19"), end=on("2026-10-20")),
        Shift(person="li", begin=on("2026-10-22"), end=on("2026-10-23")),
    ]
    found = duty(shifts, on("2026-10-19", "13:00"))
    assert (found.now, found.until) == (("li",), on("2026-10-20"))
    assert (found.next, found.next_at) == (("li",), on("2026-10-22"))
    assert duty(shifts, on("2026-10-21")).now == ()


def test_two_on_duty_at_once_are_both_called() -> None:
    """Whose duty began first, first."""
    shifts = [
        Shift(person="wang", begin=on("2026-10-19", "13:00"), end=on("2026-10-21")),
        Shift(person="li", begin=on("2026-10-19"), end=on("2026-10-20")),
    ]
    assert duty(shifts, on("2026-10-19", "14:00")).now == ("li", "wang")


instants = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 2, 1), timezones=st.just(UTC))
some_shifts = st.lists(
    st.builds(
        lambda person, begin, hours: Shift(person=person, begin=begin, end=begin + timedelta(hours=hours)),
        st.sampled_from("abc"),
        instants,
        st.integers(1, 200),
    ),
    max_size=8,
)


@given(some_shifts, instants)
def test_until_then_nothing_changes_and_then_it_does(shifts: list[Shift], now: datetime) -> None:
    """`until` is the very moment of the next change; `next` are those on duty at `next_at`."""
    found = duty(shifts, now)
    if found.until is None:
        assert found.now == ()
        assert all(shift.end <= now for shift in shifts)
        return
    just_before = duty(shifts, found.until - timedelta(microseconds=1))
    assert just_before.now == found.now
    assert duty(shifts, found.until).now != found.now
    if found.next_at is not None:
        assert duty(shifts, found.next_at).now == found.next != ()


CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//rota//
BEGIN:VEVENT
UID:1
DTSTART;TZID=Asia/Shanghai:20261102T090000
DTEND;TZID=Asia/Shanghai:20261109T090000
RRULE:FREQ=WEEKLY;INTERVAL=2
EXDATE;TZID=Asia/Shanghai:20261130T090000
SUMMARY:On call: Li Wei
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20261109T010000Z
DTEND:20261116T010000Z
RRULE:FREQ=WEEKLY;INTERVAL=2
SUMMARY:second line
ATTENDEE;CN=Wang:mailto:WANG@x.example
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20261225
DTEND;VALUE=DATE:20261226
SUMMARY:Aunt Zhao
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART:20261103T010000Z
DTEND:20261104T010000Z
STATUS:CANCELLED
SUMMARY:wang
END:VEVENT
END:VCALENDAR
"""
SHANGHAI = ZoneInfo("Asia/Shanghai")


def oncall(folder: Path, text: str = CALENDAR, **rota: object) -> OnCall:
    (folder / "rota.ics").write_text(text, encoding="utf-8")
    rotas = {"ic": Rota(name="ic", file="rota.ics", **rota)}  # type: ignore[arg-type]
    return OnCall(people=PEOPLE, rotas=rotas, zone=SHANGHAI, folder=folder)


@pytest.mark.parametrize(
    ("day", "person"),
    [
        ("2026-11-02", ("li",)),
        ("2026-11-10", ("wang",)),
        ("2026-11-17", ("li",)),
        ("2026-12-01", ()),
        ("2026-12-08", ("wang",)),
    ],
)
def test_a_calendar_repeats_with_its_exceptions(tmp_path: Path, day: str, person: tuple[str, ...]) -> None:
    """By title or by attendee; what was cancelled or excepted is nobody's duty."""
    now = datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=SHANGHAI)
    assert oncall(tmp_path).duty("ic", now).now == person


def test_strangers_of_a_calendar_are_named(tmp_path: Path) -> None:
    """Nobody is guessed; whoever mends the calendar reads whom it means."""
    now = datetime(2026, 12, 25, 3, 0, tzinfo=UTC)
    assert oncall(tmp_path).duty("ic", now).unknown == ("Aunt Zhao",)
    known = oncall(tmp_path, names={"aunt zhao": "li"}).duty("ic", now)
    assert "li" in known.now
    assert known.unknown == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello", "no calendar"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "no calendar"),
        (CALENDAR.replace("FREQ=WEEKLY", "FREQ=SECONDLY"), "by the minute or second"),
    ],
)
def test_what_is_no_calendar_is_said(tmp_path: Path, text: str, words: str) -> None:
    """Nothing is raised in the night; the reason stands beside an empty duty."""
    found = oncall(tmp_path, text).duty("ic", datetime(2026, 11, 3, tzinfo=UTC))
    assert found.now == ()
    assert words in found.problem


def test_a_calendar_that_is_missing_is_said(tmp_path: Path) -> None:
    """The file may be gone."""
    gone = OnCall(rotas={"ic": Rota(name="ic", file="gone.ics")}, folder=tmp_path)
    assert "cannot be read" in gone.duty("ic", datetime(2026, 11, 3, tzinfo=UTC)).problem


@given(text=st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_whatever_stands_in_a_calendar_nothing_is_raised(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Lines of a calendar in any order, or no calendar at all."""
    folder = tmp_path_factory.mktemp("any")
    broken = CALENDAR.replace("SUMMARY:second line", text)
    oncall(folder, broken).duty("ic", datetime(2026, 11, 10, tzinfo=UTC))
