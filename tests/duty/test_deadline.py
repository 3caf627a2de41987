"""When a report is due: the earliest limit, on the authority's calendar; and which clocks start by themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.duty import alarm, calendar, deadline
from incident.expression import compile_expression
from incident.playbook.clock import ClockRule, ClockUse, Limit, from_data, to_data
from incident.playbook.span import parse_span
from tests.clock import START

DORA = ClockRule(
    id="initial",
    anchor="classification",
    within=parse_span("4h"),
    no_later_than=(Limit(anchor="awareness", within=parse_span("24h")),),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("anchor", "span", "zone", "expected"),
    [
        ("2026-03-28T12:00+01:00", "72h", "Europe/Brussels", "2026-03-31T13:00+02:00"),  # 72 h, clocks go forward
        ("2026-01-31T10:00+08:00", "1mo", "Asia/Shanghai", "2026-02-28T10:00+08:00"),
        ("2026-03-14T23:30+00:00", "1mo", "Asia/Shanghai", "2026-04-15T07:30+08:00"),  # the 15th there already
        ("2026-12-15T10:00+01:00", "1mo", "Europe/Brussels", "2027-01-15T10:00+01:00"),
        ("2026-03-13T10:00+08:00", "2bd", "Asia/Shanghai", "2026-03-18T00:00+08:00"),  # Friday: Monday, Tuesday
        ("2026-03-14T10:00+08:00", "1bd", "Asia/Shanghai", "2026-03-17T00:00+08:00"),
    ],
)
def test_time_is_counted_where_the_authority_sits(anchor: str, span: str, zone: str, expected: str) -> None:
    """Hours are exact; months and working days follow the calendar of the rule's zone."""
    assert calendar.end(utc(anchor), parse_span(span), zone) == utc(expected)


def test_holidays_are_no_working_days() -> None:
    """Days that the rule lists do not count."""
    holidays = (date(2026, 10, 1), date(2026, 10, 2))
    ends = calendar.end(utc("2026-09-30T10:00+08:00"), parse_span("1bd"), "Asia/Shanghai", holidays)
    assert ends == utc("2026-10-06T00:00+08:00")


def test_of_two_limits_the_earlier_counts() -> None:
    """DORA: four hours after the classification, and no later than a day after awareness."""
    hour = timedelta(hours=1)
    early = deadline.deadline(DORA, {"classification": START + hour, "awareness": START})
    late = deadline.deadline(DORA, {"classification": START + 23 * hour, "awareness": START})
    assert early is not None
    assert late is not None
    assert (early.due, early.anchor) == (START + 5 * hour, "classification")
    assert (late.due, late.anchor) == (START + 24 * hour, "awareness")


def test_a_limit_whose_anchor_is_not_known_does_not_count_yet() -> None:
    """Until another report is submitted, what counts from it has no end."""
    rule = ClockRule(id="next", anchor="submission", of="initial", within=parse_span("72h"))
    assert deadline.deadline(rule, {"awareness": START}) is None
    found = deadline.deadline(rule, {"submission:initial": START})
    assert found is not None
    assert found.due == START + timedelta(hours=72)


@given(
    parts=st.lists(st.integers(min_value=1, max_value=100), min_size=1, max_size=6),
    hours=st.integers(min_value=1, max_value=800),
    looks=st.lists(st.integers(min_value=-50, max_value=1000), max_size=12),
)
def test_each_warning_is_given_once_and_the_end_is_never_lost(parts: list[int], hours: int, looks: list[int]) -> None:
    """Any parts in any order, any jumps of the clock: each part once, and 100 % at the latest when the time is over."""
    rule = ClockRule(id="any", anchor="awareness", within=parse_span(f"{hours}h"), warn_at=tuple(parts))
    found = deadline.deadline(rule, {"awareness": START})
    assert found is not None
    alarms = deadline.alarms(rule, found)
    rung, told = 0, []
    for look in (*looks, 2000):
        ring = alarm.due(alarms, rung, START + timedelta(hours=look))
        told += [int(one.what) for one in ring.alarms]
        rung = ring.rung
    assert told == sorted({*parts, 100})
    assert alarms[-1].at == found.due


def test_a_report_is_in_time_or_not_or_still_can_be() -> None:
    """Judged by when it was submitted, not by when that was typed in."""
    hour = timedelta(hours=1)
    assert deadline.met(START, START, START + hour) is True
    assert deadline.met(START, START + hour, START + hour) is False
    assert deadline.met(START, None, START) is None
    assert deadline.met(START, None, START + hour) is False


def use(name: str, condition: str | None, **rule: object) -> ClockUse:
    made = ClockRule(id=name, within=parse_span("2h"), **rule)  # type: ignore[arg-type]
    return ClockUse(id=name, rule=made, applies_when=compile_expression(condition) if condition else None)


def test_clocks_start_by_themselves_once() -> None:
    """Those whose condition holds; not one that was started before, waits for another, or has no condition."""
    uses = (
        use("holds", "people > 5"),
        use("holds-not", "people > 50"),
        use("not-known", "nobody_said > 5"),
        use("before", "true"),
        use("by-hand", None),
        use("chained", "true", anchor="submission", of="holds"),
        ClockUse(id="vanished", rule=None, applies_when=compile_expression("true")),
    )
    found = deadline.starting(uses, {"before"}, {"people": 6})
    assert [(rule.id, why) for rule, why in found] == [("holds", "people > 5")]


def test_a_rule_survives_being_kept() -> None:
    """What a running clock keeps of its rule is the rule, but for its condition."""
    rule = ClockRule(
        id="all",
        title={"en": "All"},
        within=parse_span("1mo"),
        no_later_than=(Limit(anchor="submission", within=parse_span("5bd"), of="other"),),
        holidays=(date(2026, 10, 1),),
        checked_on=date(2026, 11, 22),
        warn_at=(50, 100),
        escalate_to=("legal",),
    )
    assert from_data(to_data(rule)) == rule
