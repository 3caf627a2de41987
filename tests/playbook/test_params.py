"""Parameters as people type them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.errors import BadValue
from incident.playbook.loader import load
from incident.playbook.model import Param
from incident.playbook.params import check_params, check_values, masked, plain
from tests.playbook.words import VOCABULARY

PLAYBOOK = load(
    """\
schema: incident.playbook/v1
id: typed
title: Every type
params:
  - {name: dc, type: string, required: true, pattern: "[a-z]+[0-9]"}
  - {name: users, type: integer, min: 0, default: 0}
  - {name: loss, type: number, max: 100}
  - {name: leak, type: boolean, default: false}
  - {name: services, type: list, enum: [payment, refund], default: [payment]}
  - {name: start, type: datetime}
  - {name: outage, type: duration, default: 5m}
  - {name: token, type: string, secret: true, enum: [aaaa]}
steps:
  - {id: think, type: task}
""",
    "typed.yaml",
    VOCABULARY,
)


def test_texts_become_typed_values_and_defaults_apply() -> None:
    """What `--param` gives are texts; what the run reads are not."""
    given_texts = {"dc": "sh1", "users": "12", "leak": "yes", "services": "payment; refund", "loss": "1.5"}
    values = check_params(PLAYBOOK, {**given_texts, "start": "2026-11-21T03:00:00+08:00"})
    assert values == {
        "dc": "sh1",
        "users": 12,
        "loss": 1.5,
        "leak": True,
        "services": ("payment", "refund"),
        "start": datetime(2026, 11, 20, 19, tzinfo=UTC),
        "outage": timedelta(minutes=5),
        "token": None,
    }


def test_lists_may_be_divided_by_commas() -> None:
    """Nobody remembers which of the two it was."""
    assert check_params(PLAYBOOK, {"dc": "sh1", "services": "refund,payment"})["services"] == ("refund", "payment")


def test_all_problems_are_told_at_once() -> None:
    """Missing, unknown, mistyped, out of range: one answer."""
    wrong = {"users": "-1", "leak": "perhaps", "services": "paymnt", "start": "03:00", "datacenter": "x", "outage": "5"}
    with pytest.raises(BadValue) as caught:
        check_params(PLAYBOOK, wrong)
    assert caught.value.message.split("\n") == [
        "playbook 'typed' has no 'datacenter'. Known: dc, leak, loss, outage, services, start, token, users.",
        "'dc' is missing: string",
        "'users' must be 0 or more, not '-1'.",
        "'leak' must be true or false, not 'perhaps'.",
        "'services' may not be 'paymnt'. Did you mean 'payment'?",
        "'start' must be an instant with its offset such as 2026-11-21T03:10:00+08:00, not '03:00'.",
        "'outage' must be a duration such as 90s, 5m, 2h or 3d, not '5'.",
    ]


def test_a_pattern_must_match_the_whole_text() -> None:
    """`sh1; drop` begins well and is refused."""
    with pytest.raises(BadValue, match="must look like"):
        check_params(PLAYBOOK, {"dc": "sh1; drop"})


def test_a_secret_is_never_repeated() -> None:
    """Neither in the sentence that refuses it nor in what is recorded."""
    with pytest.raises(BadValue) as caught:
        check_params(PLAYBOOK, {"dc": "sh1", "token": "canary-4711"})
    assert "canary-4711" not in caught.value.message
    values = check_params(PLAYBOOK, {"dc": "sh1", "token": "aaaa"})
    assert masked(PLAYBOOK.params, values)["token"] == "***"


VALUES = {
    "string": st.text(min_size=1).filter(lambda text: text == text.strip() and text),
    "integer": st.integers(-(10**17), 10**17),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "list": st.lists(st.from_regex("[a-z]+", fullmatch=True), min_size=1).map(tuple),
    "datetime": st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC)).map(
        lambda instant: instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    ),
    "duration": st.integers(0, 10**8).map(lambda seconds: timedelta(seconds=seconds)),
}


@given(st.data(), st.sampled_from(sorted(VALUES)))
def test_what_the_store_keeps_reads_back_the_same(data: st.DataObject, type: str) -> None:
    """Typed values survive JSON."""
    declared = (Param(name="x", type=type),)
    value = data.draw(VALUES[type])
    stored = json.loads(json.dumps(plain({"x": value})))
    assert check_values(declared, stored, "test")["x"] == value
