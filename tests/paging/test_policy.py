"""Escalation decided: whom to call now, by what, when again. Pure; hypothesis plays the night."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.paging.policy import Called, Page, Turn, decide, is_answered, missing, place, untried
from incident.paging.resolve import Roster
from incident.people import Person
from incident.people.hours import Hours
from incident.people.policy import Policy, Rung
from incident.people.rota import Duty
from tests.clock import START

MINUTE = timedelta(minutes=1)
CHANNELS = {"sms": "phone", "push": "push", "email": "email"}
LI = Person(id="li", phone="1", push="p", email="li@x.example", notify={"high": ("sms", "push"), "low": ("email",)})
WANG = Person(id="wang", email="wang@x.example", roles=("comms",))
CHEN = Person(id="chen")
NIGHT = Hours(begin=time(22), end=time(7))
ROSTER = Roster(people={p.id: p for p in (LI, WANG, CHEN)}, channels=CHANNELS, duties={"ic": Duty(now=("li",))})


def page(*rungs: Rung, **more: object) -> Page:
    policy = {key: more.pop(key) for key in ("repeat", "fallback") if key in more}
    return Page(policy=Policy(steps=rungs, **policy), **more)  # type: ignore[arg-type]


def called(turn: Turn) -> list[tuple[str, str]]:
    return [(person.id, channel) for person, channel in turn.calls]


def gaps(turn: Turn) -> list[tuple[str, str]]:
    return [(gap.code, gap.target) for gap in turn.gaps]


def after(before: Page, turn: Turn, *, reached: bool = True) -> Page:
    """The page once the turn's calls stand in the ledger."""
    calls = [Called(round=turn.round, person=p.id, channel=channel, reached=reached) for p, channel in turn.calls]
    return replace(before, round=turn.round, calls=(*before.calls, *calls))


def play(started: Page, roster: Roster, turns: int, *, reached: bool = True) -> list[list[tuple[str, str]]]:
    """Whom the first turns call, when nobody acknowledges."""
    found = []
    for _ in range(turns):
        turn = decide(started, roster, START)
        found.append(called(turn))
        started = after(started, turn, reached=reached)
    return found


def test_steps_come_one_after_the_other_and_again() -> None:
    """With `repeat` a step calls again by the next contact; after the last the first comes again, for ever."""
    asked = page(Rung(to=("rota/ic",), repeat=1), Rung(to=("wang",)))
    assert play(asked, ROSTER, 4) == [[("li", "sms")], [("li", "push")], [("wang", "email")], [("li", "sms")]]


def test_each_step_waits_its_own_time() -> None:
    """Before the next call, whatever it is."""
    asked = page(Rung(to=("li",), wait=3 * MINUTE), Rung(to=("wang",), wait=7 * MINUTE))
    first = decide(asked, ROSTER, START)
    second = decide(after(asked, first), ROSTER, START)
    assert (first.due, second.due) == (START + 3 * MINUTE, START + 7 * MINUTE)


def test_priority_chooses_the_channels() -> None:
    """`notify` of each person, for this page or for this step."""
    low = page(Rung(to=("li",)), Rung(to=("li",), priority="high"), priority="low")
    assert play(low, ROSTER, 2) == [[("li", "email")], [("li", "sms")]]


def test_a_policy_ends_and_its_owner_is_told() -> None:
    """After `repeat` more laps nothing happens by itself any more."""
    asked = page(Rung(to=("li",)), Rung(to=("wang",)), repeat=1)
    for _ in range(4):
        turn = decide(asked, ROSTER, START)
        assert turn.calls
        asked = after(asked, turn)
    end = decide(asked, ROSTER, START)
    assert (end.calls, end.due, [code for code, _ in gaps(end)]) == ((), None, ["exhausted"])


def test_a_step_out_of_its_hours_is_passed_over() -> None:
    """At once, without waiting for nobody."""
    asked = page(Rung(to=("wang",), when="working_hours"), Rung(to=("li",), when="off_hours"))
    assert called(decide(asked, replace(ROSTER, working=False), START)) == [("li", "sms")]
    assert called(decide(asked, replace(ROSTER, working=True), START)) == [("wang", "email")]


def test_whoever_cannot_be_reached_is_told_of_and_passed_over() -> None:
    """The step's fallback is called in their place; without one the next step is."""
    turn = decide(page(Rung(to=("chen",), fallback=("wang",)), Rung(to=("li",))), ROSTER, START)
    assert (called(turn), gaps(turn)) == ([("wang", "email")], [("no_way", "chen")])
    turn = decide(page(Rung(to=("chen",)), Rung(to=("li",))), ROSTER, START)
    assert called(turn) == [("li", "sms")]


def test_an_empty_rota_is_told_of() -> None:
    """With what its calendar says instead."""
    roster = replace(ROSTER, duties={"ic": Duty(unknown=("Zhao",))})
    turn = decide(page(Rung(to=("rota/ic",)), Rung(to=("li",))), roster, START)
    assert (called(turn), gaps(turn)) == ([("li", "sms")], [("nobody_on_duty", "rota/ic")])
    assert "Zhao" in turn.gaps[0].words


def test_when_there_is_nobody_at_all_it_is_looked_at_again() -> None:
    """And the owner is told: a duty may begin in five minutes."""
    turn = decide(page(Rung(to=("chen",)), Rung(to=("rota/gone",))), ROSTER, START)
    assert turn.calls == ()
    assert turn.due == START + 5 * MINUTE
    assert {code for code, _ in gaps(turn)} == {"no_way", "unknown", "nobody"}


def test_all_must_acknowledge_where_a_step_says_so() -> None:
    """Those who have are not called again; when the last one has, it is over."""
    asked = page(Rung(to=("li", "wang"), all_must_ack=True, repeat=3))
    asked = after(asked, decide(asked, ROSTER, START))
    half = replace(asked, acked=frozenset({"li"}))
    assert (is_answered(half), missing(half)) == (False, ["wang"])
    assert called(decide(half, ROSTER, START)) == [("wang", "email")]
    whole = replace(asked, acked=frozenset({"li", "wang"}))
    assert is_answered(whole)
    assert decide(whole, ROSTER, START).done


def test_elsewhere_one_is_enough() -> None:
    """Whoever it is."""
    asked = page(Rung(to=("li", "wang")))
    asked = after(asked, decide(asked, ROSTER, START))
    assert is_answered(replace(asked, acked=frozenset({"chen"})))


def test_low_priority_lets_people_sleep() -> None:
    """It waits for the end of the first one's quiet hours; high priority does not; who is awake is called."""
    sleeper = replace(WANG, quiet_hours=NIGHT, time_zone="Asia/Shanghai")
    roster = replace(ROSTER, people={"wang": sleeper, "li": LI})
    now = datetime.fromisoformat("2026-03-14T23:30:00+08:00")
    asleep = decide(page(Rung(to=("wang",)), priority="low"), roster, now)
    assert (asleep.calls, asleep.due) == ((), datetime.fromisoformat("2026-03-15T07:00:00+08:00"))
    assert called(decide(page(Rung(to=("wang",)), priority="high"), roster, now)) == [("wang", "email")]
    assert called(decide(page(Rung(to=("wang", "li")), priority="low"), roster, now)) == [("li", "email")]


def test_a_way_that_failed_is_left_out_while_another_is_untried() -> None:
    """sms refused: push; push refused too: both again, in turn."""
    asked = page(Rung(to=("li",)))
    assert play(asked, ROSTER, 3, reached=False)[:2] == [[("li", "sms")], [("li", "push")]]
    tried = replace(asked, round=0, calls=(Called(round=0, person="li", channel="sms", reached=False),))
    assert untried(tried, ROSTER)
    both = (*tried.calls, Called(round=1, person="li", channel="push", reached=False))
    assert not untried(replace(tried, round=1, calls=both), ROSTER)


def test_after_an_acknowledgement_ran_out_the_policy_begins_again() -> None:
    """Rounds are counted on, the policy from its first step."""
    asked = page(Rung(to=("li",)), Rung(to=("wang",)), repeat=0, round=5, base=6)
    turn = decide(asked, ROSTER, START)
    assert (called(turn), turn.round) == ([("li", "sms")], 6)


rungs = st.builds(
    Rung,
    to=st.lists(st.sampled_from(["li", "wang", "chen", "rota/ic", "rota/gone", "comms", "legal"]), min_size=1).map(
        tuple
    ),
    wait=st.sampled_from([timedelta(0), MINUTE, 10 * MINUTE]),
    repeat=st.integers(0, 3),
    all_must_ack=st.booleans(),
    when=st.sampled_from(["always", "working_hours", "off_hours"]),
    fallback=st.lists(st.sampled_from(["li", "chen"]), max_size=1).map(tuple),
    priority=st.sampled_from(["", "low", "high"]),
)
policies = st.builds(
    Policy, steps=st.lists(rungs, min_size=1, max_size=4).map(tuple), repeat=st.none() | st.integers(0, 3)
)
rosters = st.builds(
    lambda people, on_duty, held, working, quiet: Roster(
        people={p.id: replace(p, quiet_hours=NIGHT if quiet else None) for p in people},
        duties={"ic": Duty(now=on_duty)},
        held=held,
        channels=CHANNELS,
        working=working,
    ),
    st.lists(st.sampled_from([LI, WANG, CHEN]), unique_by=lambda person: person.id),
    st.lists(st.sampled_from(["li", "wang", "chen", "nobody"]), max_size=2).map(tuple),
    st.dictionaries(st.just("comms"), st.sampled_from(["li", "chen", "gone"])),
    st.booleans(),
    st.booleans(),
)
moves = st.lists(
    st.tuples(
        st.sampled_from(["wait", "ack", "expire"]),
        st.sampled_from(["li", "wang", "chen"]),
        rosters,
        st.integers(-3 * 86_400, 3 * 86_400),
        st.booleans(),
    ),
    max_size=25,
)


@given(policies, st.sampled_from(["high", "low"]), moves)
def test_somebody_is_always_due_or_its_owner_was_told(policy: Policy, priority: str, moves: list[tuple]) -> None:  # type: ignore[type-arg]
    """Whoever acknowledges, leaves, or goes to sleep, and wherever the clock jumps: a page that is open has a next
    time, or somebody was told that it has none. Rounds only grow, no round goes out twice, whoever has acknowledged is
    not called again."""
    now = START
    asked = Page(policy=policy, priority=priority)
    over = False
    for what, who, roster, seconds, reached in moves:
        now += timedelta(seconds=seconds)
        if what == "ack":
            asked = replace(asked, acked=asked.acked | {who})
            over = is_answered(asked)
            continue
        if what == "expire" and over:
            asked, over = replace(asked, acked=frozenset(), base=asked.round + 1), False
        if over:
            continue
        turn = decide(asked, roster, now)
        assert turn.done or turn.due is not None or "exhausted" in [gap.code for gap in turn.gaps]
        assert turn.calls or turn.gaps or turn.done or turn.due is not None
        assert turn.due is None or turn.due > now
        assert turn.round > asked.round if turn.calls else turn.round == asked.round
        assert not {person.id for person, _ in turn.calls} & asked.acked
        asked, over = after(asked, turn, reached=reached), turn.done


@given(policies)
def test_rounds_go_through_every_step_as_often_as_it_says(policy: Policy) -> None:
    """In order, lap by lap, and end when the policy says so."""
    lap = [(index, times) for index, rung in enumerate(policy.steps) for times in range(rung.repeat + 1)]
    laps = 3 if policy.repeat is None else policy.repeat + 1
    found = [place(policy, number) for number in range(laps * len(lap))]
    assert [(one.rung, one.times) for one in found if one is not None] == lap * laps
    assert (place(policy, laps * len(lap)) is None) == (policy.repeat is not None)


@pytest.mark.parametrize("people", [(), (CHEN,)])
def test_a_page_to_a_house_without_people_is_told_not_dropped(people: tuple[Person, ...]) -> None:
    """Nobody is left: still a next time, and a gap."""
    turn = decide(page(Rung(to=("commander",))), Roster(people={p.id: p for p in people}, channels=CHANNELS), START)
    assert turn.due is not None
    assert "nobody" in [code for code, _ in gaps(turn)]
