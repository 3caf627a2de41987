"""What customers read, in every shipped case, for everything that staff can say of it: it fits, and it reads well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from incident.message import sample, statement
from incident.message.catalog import SHIPPED as TEMPLATES
from incident.message.catalog import Catalog, Message
from incident.message.context import Context, Slot
from incident.message.organisation import DEFAULT, Organisation
from incident.message.render import Desk, check_fit
from incident.message.rendered import Rendered, fill
from incident.playbook.loader import load_file
from incident.playbook.model import Param, Playbook
from incident.playbook.params import check_notice, check_params, plain
from incident.playbook.shelf import SHIPPED
from tests.playbook.real import real_vocabulary
from tests.playbook.test_shipped import GIVEN, NAMES

CATALOG = Catalog.open()
LOCALES = ("zh-Hans", "zh-Hant", "en")
NOW = datetime(2026, 7, 3, 19, 10, tzinfo=UTC)
HOUSE: Organisation = replace(
    DEFAULT,
    name={"zh-Hans": "示例钱包", "zh-Hant": "示例錢包", "en": "Example Wallet"},
    short_name={"zh-Hans": "示例钱包", "zh-Hant": "示例錢包", "en": "Example Wallet"},
    status_page={"": "https://status.example.com"},
    domains=("example.com",),
    time_zone_name={"zh-Hans": "北京时间", "zh-Hant": "北京時間", "en": "Beijing time"},
)
SLOTS = {
    "email": ("",),
    "push": ("", "ntfy"),
    "social": ("x", "mastodon", "bluesky", "weibo"),
    "sms": ("",),
    "chat": ("wecom", "dingtalk", "feishu", "telegram"),
    "status": ("",),
}
MESSAGES = ("first-notice", "holding-statement", "update", "resolved", "correction")
BRIEF = ("status", "sms", "push")
"""Together these hold every word of a case; mails hold the same words once more."""
PHASES = ("investigating", "identified", "monitoring", "resolved")
OF_CASE = {"privacy-leak": ("data-notice",)}
"""Messages that one playbook sends besides the five of all."""


@cache
def load(name: str) -> Playbook:
    return load_file(SHIPPED / f"{name}.yaml", replace(real_vocabulary(), channels=frozenset(), people=frozenset()))


def variants(playbook: Playbook) -> Iterator[dict[str, Any]]:
    """Nothing known; then, one by one, everything that a parameter or var can make a notice say."""
    least = plain(check_notice(playbook, GIVEN.get(playbook.id, {})))
    yield least
    read = _read(playbook.case)
    for name, values in _possible(playbook):
        for value in values if name in read else ():
            if value != least[name]:
                yield {**least, name: value}


def _read(case: str) -> set[str]:
    """The parameters and vars that the words of a case, or the phrases of all, look at."""
    files = [
        *TEMPLATES.glob(f"words/{case}/en.yaml"),
        TEMPLATES / "layout" / "en.yaml",
        *TEMPLATES.glob("data-notice/en/*"),
    ]
    return {name for file in files for name in re.findall(r"params\.(\w+)", file.read_text(encoding="utf-8"))}


def _possible(playbook: Playbook) -> Iterator[tuple[str, list[Any]]]:
    asked = {name: field for step in playbook.steps for name, field in (step.fields.get("fields") or {}).items()}
    for param in playbook.params:
        yield param.name, _values(param)
    for name, value in playbook.vars.items():
        if isinstance(value, Mapping):
            yield name, [{locale: _SENTENCE[locale] for locale in LOCALES}]
        elif isinstance(value, bool):
            yield name, [True]
        else:
            known = asked.get(name)
            yield name, _values(known) if known else ["8.3.2" if name.endswith("version") else "x"]


_SENTENCE = {
    "zh-Hans": "一名外部人员进入了我们的一个系统。",
    "zh-Hant": "一名外部人士進入了我們的一個系統。",
    "en": "Somebody got in.",
}


def _values(param: Param) -> list[Any]:
    if param.enum and param.type == "list":
        return [*([one] for one in param.enum), list(param.enum)]
    if param.enum:
        return list(param.enum)
    return {"boolean": [True, False], "integer": [3], "string": ["8.3.1"]}.get(param.type, [])


def told(
    message: str, case: str, params: Mapping[str, Any], locale: str, context: Context, media: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """(place, text) of each part that customers read, without links; raises Held when one does not exist or fit."""
    known = get(message)
    desk = Desk.open(CATALOG, known, case, "", locale, replace(context, params=params), HOUSE)
    once: dict[str, Rendered] = {}
    for medium in (one for one in media or known.about.media if one in known.about.media):
        for network in SLOTS[medium]:
            slot = Slot(medium, medium, network)
            template = desk.template(slot)
            if template not in once:
                once[template] = desk.render(template, medium)
            check_fit(message, locale, slot, once[template])
    for template, rendered in once.items():
        for part, text in fill(rendered, sample.fields(known, locale)).items():
            if part not in ("html", "link"):
                yield f"{case} {template} {part} {params}", re.sub(r"https://\S+", "", text).rstrip()


@cache
def get(message: str) -> Message:
    return CATALOG.get(message)


def plausible(message: str, locale: str, phase: str = "investigating") -> Context:
    return replace(sample.plausible(get(message), locale, NOW), phase=phase)


FOREIGN = {
    "zh-Hans": re.compile(r"[A-Za-z][a-z]+|[們這個與為從後時發實號碼資轉帳錢請務應當還會讓幾]"),
    "zh-Hant": re.compile(r"[A-Za-z][a-z]+|[们这个与为从时发实号码资转账钱请务应当还会让几应页测么过钟联络]"),
    "en": re.compile(r"[\u3000-\u9fff\uff00-\uffef]"),
}
KNOWN = {"App", "code", "Android", "Harmony"}
"""Names that Chinese sentences keep."""
UGLY = re.compile(
    r"[。，、；：！？,;:]\s*[。，、；：！？,;]|\.\s*[.,;]|\s[,.;。，]|[“「（(]\s*[”」）)]|[{}]|%\}|\bNone\b|Undefined|\[\]"
    r"|[。！？]\s*[。！？]|(?m:^-\s*$)|  "
)


@pytest.mark.parametrize("name", NAMES)
def test_every_case_has_words_of_its_own_in_every_language(name: str) -> None:
    """No playbook falls back on words that were written for another night."""
    playbook = load(name)
    assert playbook.case in CATALOG.cases()
    assert set(CATALOG.word_locales(playbook.case)) >= set(LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NAMES)
def test_what_customers_read_reads_well(name: str, locale: str) -> None:
    """Whatever is known: no doubled stop, no empty bracket or bullet, no open place, no other language."""
    playbook = load(name)
    ugly = []
    for params in variants(playbook):
        for message in (*MESSAGES, *OF_CASE.get(name, ())):
            for place, text in told(
                message, playbook.case, params, locale, plausible(message, locale), ("email", "sms", "push")
            ):
                ugly += [f"{place}: {found[0]!r}" for found in UGLY.finditer(text)]
                foreign = (found[0] for found in FOREIGN[locale].finditer(text))
                ugly += [f"{place}: {found!r}" for found in foreign if found not in KNOWN]
    assert ugly == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NAMES)
def test_it_fits_everywhere_with_the_longest_values(name: str, locale: str) -> None:
    """Whatever is known, at the longest hour, with the longest contact, in a drill: every channel takes it."""
    playbook = load(name)
    for message in (*MESSAGES, *OF_CASE.get(name, ())):
        longest = sample.longest(get(message), locale, HOUSE)
        for params in variants(playbook):
            assert list(told(message, playbook.case, params, locale, longest, ("push", "sms", "social")))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NAMES)
def test_every_phase_is_told_in_words_that_fit_the_case(name: str, locale: str) -> None:
    """An update in each phase exists and fits, in each medium."""
    playbook = load(name)
    params = plain(check_params(playbook, GIVEN.get(name, {})))
    for phase in PHASES:
        assert list(told("update", playbook.case, params, locale, plausible("update", locale, phase)))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NAMES)
def test_no_notice_promises_an_end(name: str, locale: str) -> None:
    """Nor names a cause, whatever is known; only a disaster is named, which everybody sees outside."""
    playbook = load(name)
    breaches = []
    for params in variants(playbook):
        rules = ["no_promise"] if params.get("hazard", "unknown") != "unknown" else ["no_promise", "no_cause"]
        for message in ("first-notice", "holding-statement"):
            for place, text in told(
                message, playbook.case, params, locale, plausible(message, locale), ("email", "push")
            ):
                breaches += [f"{place}: {breach.words}" for breach in statement.breaches(text, locale, rules)]
    assert breaches == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in ("cyber-attack", "datacenter-loss", "payment-failure")]
)
def test_fraudsters_find_nothing_in_our_words(name: str, locale: str) -> None:
    """Each first notice warns of those who will use the confusion, and asks nobody for a code."""
    playbook = load(name)
    words = {"zh-Hans": "验证码", "zh-Hant": "驗證碼", "en": "code"}[locale]
    warned = {"natural-disaster": {"zh-Hans": "募捐", "zh-Hant": "募捐", "en": "relief"}}.get(name, {}).get(
        locale, words
    )
    repaired = {"app-fault": {"zh-Hans": "修复版", "zh-Hant": "修復版", "en": "repair"}}.get(name, {}).get(
        locale, warned
    )
    params = plain(check_params(playbook, {}))
    for place, text in told(
        "first-notice", playbook.case, params, locale, plausible("first-notice", locale), ("email",)
    ):
        if " text {" in place:
            assert repaired in text
