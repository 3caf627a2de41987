"""A segment means the same people in Python, in SQLite and in PostgreSQL, whatever stands in their rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incident.audience import Recipient, Segment, SegmentError, Source, bind, matches, parse, to_sql
from incident.audience.store import count, find
from incident.store import Store
from tests.audience.people import insert

HOSTILE = [
    "",
    "'",
    "''",
    '"',
    "'; DROP TABLE recipient; --",
    "%",
    "_",
    "a_b",
    "a%b",
    "\\",
    "sh",
    "SH",
    "payment",
    "pay",
    "payment-eu",
    "支付",
    "上海",
    "🚨",
    "👩\u200d💻",
    "é",
    "e\u0301",
    "İ",
    ":name",
    "%(name)s",
    " ",
    "$1",
    "{{ x }}",
]
TEXTS = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=";"), max_size=4
)
WORDS = TEXTS.filter(lambda text: bool(text) and ";" not in text)
"""A segment is one word of a list that `;` divides; the import lets no other in."""
RECIPIENTS = st.lists(
    st.builds(
        Recipient,
        id=TEXTS,
        locale=TEXTS,
        region=TEXTS,
        segments=st.lists(WORDS, max_size=3, unique=True).map(tuple),
        email=TEXTS,
        phone=TEXTS,
        push=TEXTS,
    ),
    max_size=6,
    unique_by=lambda recipient: recipient.id,
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


LITERALS = (TEXTS | st.just("a;b")).map(quoted)
VALUES = LITERALS | st.sampled_from(["one", "other"])
LISTS = st.lists(VALUES, min_size=1, max_size=3).map(lambda items: f"({', '.join(items)})") | st.just("many")
COLUMNS = st.sampled_from(["id", "locale", "region", "segment"])
ATOMS = st.one_of(
    st.sampled_from(["everyone", "nobody", "has(email)", "has(phone)", "has(push)"]),
    st.tuples(COLUMNS, st.sampled_from([" == ", " != "]), VALUES).map("".join),
    st.tuples(COLUMNS, st.sampled_from([" in ", " not in "]), LISTS).map("".join),
    LISTS.map(lambda items: f"users_of{items}" if items.startswith("(") else f"users_of({items})"),
    LITERALS.map(lambda step: f"received({step})"),
    st.sampled_from(["empty(one)", "empty(many)"]),
)
SEGMENTS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda part: f"not ({part})"),
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join),
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(lambda parts: f"({''.join(parts)})"),
    ),
    max_leaves=6,
)


@dataclass(frozen=True)
class Received:
    """Answers `received`: those whose id contains the argument, so that both answers occur."""

    def matches(self, args: tuple[str, ...], recipient_id: str) -> bool:
        return args[0] in recipient_id

    def sql(self, args: tuple[str, ...], prefix: str) -> tuple[str, dict[str, str]]:
        if not args[0]:
            return "1 = 1", {}
        return f"replace(r.id, :{prefix}step, '') <> r.id OR 1 = 0", {f"{prefix}step": args[0]}


SOURCES: Mapping[str, Source] = {"received": Received()}


def meant_by_sql(store: Store, segment: Segment) -> set[str]:
    where, values = to_sql(segment, SOURCES)
    return {row["id"] for row in store.execute(f"SELECT r.id AS id FROM recipient r WHERE {where}", values).fetchall()}


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    recipients=RECIPIENTS,
    texts=st.lists(SEGMENTS, min_size=1, max_size=4),
    one=TEXTS,
    other=TEXTS,
    many=st.lists(TEXTS | st.just("a;b"), max_size=4),
)
def test_python_and_sql_mean_the_same_people(
    store: Store, recipients: list[Recipient], texts: list[str], one: str, other: str, many: list[str]
) -> None:
    """For any recipients and any segments, the evaluator and the translation agree; nothing in a value is SQL."""
    store.execute("DELETE FROM recipient")
    insert(store, recipients)
    for text in texts:
        segment = bind(parse(text), {"one": one, "other": other, "many": many})
        in_python = {recipient.id for recipient in recipients if matches(segment, recipient, SOURCES)}
        assert meant_by_sql(store, segment) == in_python, text


@settings(max_examples=200)
@given(text=SEGMENTS)
def test_the_canonical_text_means_itself(text: str) -> None:
    """Reading what a segment prints gives the same segment: what was approved can be read again."""
    segment = parse(text)
    assert parse(str(segment)) == segment


LI = Recipient(id="u1", locale="zh-Hans", region="sh", segments=("payment", "login"), email="li@example.com")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("everyone", True),
        ("nobody", False),
        ("locale == 'zh-Hans'", True),
        ('locale == "zh-Hans"', True),
        ("locale == 'zh-hans'", False),
        ("region in ('sh', 'bj',)", True),
        ("region not in ('sh')", False),
        ("region != 'bj' and has(email)", True),
        ("has(push)", False),
        ("not has(push)", True),
        ("segment == 'payment'", True),
        ("segment != 'payment'", False),
        ("segment == 'pay'", False),
        ("users_of('pay', 'login')", True),
        ("segment in services", True),
        ("users_of(services) and region == 'bj'", False),
        ("nobody and nobody or everyone", True),
        ("nobody and (nobody or everyone)", False),
        ("not nobody and nobody", False),
        ("not not everyone", True),
        ("id == 'u1'\n  and\tlocale in ('en','zh-Hans')", True),
        ("received('first-notice')", False),
        ("received('u')", True),
        ("region == 'bj' or empty(nothing)", True),
        ("region == 'bj' or empty(services)", False),
        ("region == 'bj' or empty(word)", True),
    ],
)
def test_what_a_segment_means(text: str, meant: bool) -> None:
    """The grammar by examples: precedence, lists, parameters, sources."""
    segment = bind(parse(text), {"services": ["login", "cards"], "nothing": [], "word": ""})
    assert matches(segment, LI, SOURCES) is meant


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"expected a condition such as everyone or region == 'sh', found the end \(at column 1\)"),
        ("everybody", r"'everybody' is not known here. .*'everyone'.*\(at column 1\)"),
        ("region = 'sh'", r"'=' is not understood: compare with == \(at column 8\)"),
        ("region == sh'", r"this quote is never closed \(at column 13\)"),
        ("region == ‘sh’", r"use straight quotes: '…' \(at column 11\)"),
        ("region == 'sh' && everyone", r"write: and \(at column 16\)"),
        ("region == {{ dc }}", r"without \{\{ \}\} \(at column 11\)"),
        ("(everyone", r"expected '\)', found the end \(at column 10\)"),
        ("everyone)", r"expected 'and', 'or' or the end, found '\)' \(at column 9\)"),
        ("everyone nobody", r"found 'nobody' \(at column 10\)"),
        ("region in ()", r"expected a value: .* found '\)' \(at column 12\)"),
        ("region in 'sh'", r"expected '\(', found 'sh' \(at column 11\)"),
        ("region like 'sh'", r"expected ==, !=, in or not in after region, found 'like'"),
        ("has(name)", r"expected one of email, phone, push, found 'name'"),
        ("region == 5", r"'5' is not understood"),
        ("segment == region", r"expected a value: a quoted text or the name of a parameter, found 'region'"),
        ("empty('sh')", r"expected the name of a parameter in empty\( \), found '\)' \(at column 11\)"),
        ("empty()", r"expected a value: .* found '\)' \(at column 7\)"),
        ("complained('x')", r"'complained' is not known here"),
        ("region == 'a\x00b'", r"a value holds a control character \(at column 11\)"),
        ("not " * 100 + "everyone", r"more than 40 deep"),
        ("(" * 100 + "everyone", r"more than 40 deep"),
        ("everyone or " * 1000, r"at most 4000 characters"),
        ("__import__('os')", r"'__import__' is not known here"),
    ],
)
def test_a_bad_segment_is_told_with_its_column(text: str, sentence: str) -> None:
    """Each mistake names the place and what to write instead."""
    with pytest.raises(SegmentError, match=sentence):
        parse(text)


def test_a_segment_knows_what_it_reads() -> None:
    """Its parameters and the sources that it asks, so that a playbook can be checked before the night."""
    segment = parse("users_of(services) and region == dc or received('first-notice')")
    assert segment.names == {"services", "dc"}
    assert [(call.source, call.args) for call in segment.sources] == [("received", ("first-notice",))]


def test_a_bound_segment_shows_its_values() -> None:
    """What stands in the ledger and under an approval is the text with the values in it."""
    segment = bind(parse("users_of(services) and region!=dc"), {"services": ["pay'ment", "login"], "dc": "sh"})
    assert str(segment) == "segment in ('pay''ment', 'login') and region != 'sh'"
    assert segment.names == frozenset()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "the parameter 'dc' has no value"),
        ({"dc": ["sh", "bj"]}, "compares with one value, but 2 are given; write: in"),
        ({"dc": []}, "compares with one value, but 0 are given"),
        ({"dc": True}, "must be text or a list of texts"),
        ({"dc": None}, "must be text or a list of texts"),
        ({"dc": {"a": 1}}, "must be text or a list of texts"),
        ({"dc": "a\nb"}, "control character"),
    ],
)
def test_a_parameter_must_fit(values: dict[str, Any], sentence: str) -> None:
    """A parameter without a value, with many, or of another type is told before anybody is counted."""
    with pytest.raises(SegmentError, match=sentence):
        bind(parse("region == dc"), values)


def test_an_unbound_segment_counts_nobody() -> None:
    """A parameter without a value is an error in both evaluators, never everyone and never nobody."""
    for text in ("region == dc", "empty(dc)"):
        segment = parse(text)
        with pytest.raises(SegmentError, match="parameter without a value"):
            matches(segment, LI, {})
        with pytest.raises(SegmentError, match="parameter without a value"):
            to_sql(segment, {})


def test_a_source_that_is_not_there_is_an_error() -> None:
    """`received` outside an incident cannot be answered; the sentence says so."""
    for evaluate in (lambda: matches(parse("received('x')"), LI, {}), lambda: to_sql(parse("received('x')"), {})):
        with pytest.raises(SegmentError, match="only within an incident"):
            evaluate()


def test_an_empty_list_means_nobody(store: Store) -> None:
    """`in` an empty list is nobody, `not in` it is everyone, in the store too."""
    insert(store, [LI])
    assert count(store, bind(parse("users_of(services)"), {"services": []})).people == 0
    assert count(store, bind(parse("region not in regions"), {"regions": []})).people == 1


def test_thousands_of_values_work(store: Store) -> None:
    """A list of 5,000 segments stays below each database's limits of depth and parameters."""
    insert(store, [LI])
    many = bind(parse("users_of(services)"), {"services": [*(f"s{n}" for n in range(5_000)), "login"]})
    assert count(store, many).people == 1
    with pytest.raises(SegmentError, match="at most 30000 values"):
        to_sql(bind(parse("id in ids"), {"ids": [f"u{n}" for n in range(30_001)]}), {})


def test_people_are_counted_by_language_and_address(store: Store) -> None:
    """The count sums to the people, and tells who can be reached how."""
    insert(
        store,
        [
            LI,
            Recipient(id="u2", locale="en", email="b@example.com", phone="+8613800138000"),
            Recipient(id="u3", locale="en", opt_out=("all",)),
        ],
    )
    counted = count(store, parse("everyone"))
    assert counted.locales == {"en": 2, "zh-Hans": 1}
    assert (counted.people, counted.email, counted.phone, counted.push, counted.opted_out) == (3, 2, 1, 0, 1)


def test_people_are_found_in_the_order_of_their_ids(store: Store) -> None:
    """A page of recipients, bounded, as they were stored."""
    insert(store, [Recipient(id=f"u{n}", locale="en", segments=("a", "b")) for n in (3, 1, 2)])
    found = list(find(store, parse("segment == 'a'"), most=2))
    assert [recipient.id for recipient in found] == ["u1", "u2"]
    assert found[0].segments == ("a", "b")
