"""The shipped messages are in order, and lint fails on each rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from incident.message.catalog import Catalog
from incident.message.lint import lint
from incident.message.organisation import Organisation


def test_the_shipped_messages_are_in_order(shipped: Catalog, organisation: Organisation) -> None:
    """In three languages, six media and four cases, with the longest plausible values."""
    assert lint(shipped, organisation) == []


EN, NOTICE = "words/payment-failure/en.yaml", "first-notice/en/"


@pytest.mark.parametrize(
    ("code", "path", "old", "new", "place"),
    [
        ("missing_medium", NOTICE + "sms.j2", "", "", "first-notice/en/sms.j2:0"),
        ("missing_words", EN, "", "", "words/payment-failure/en.yaml:0"),
        ("missing_phrases", "layout/en.yaml", "", "", "layout/en.yaml:0"),
        ("missing_key", EN, "holding:", "holdings:", "payment-failure/en.yaml:0"),
        ("parity", EN, "holding:", "holdings:", "payment-failure/"),
        ("parity", EN, "Please do not pay twice.", "Please do not pay 2 times.", "en.yaml:"),
        ("parity", EN, "{{ declared_at|local }}", "lunch", "en.yaml:4"),
        ("parity", NOTICE + "sms.j2", "", " {{ incident_id }}", "en/sms.j2:0"),
        ("parity", NOTICE + "sms.j2", "", " 95000", "en/sms.j2:0"),
        ("parity", NOTICE + "sms.j2", "", " https://status.example.com/x", "en/sms.j2:0"),
        ("template", NOTICE + "chat.j2", "", "{% if link %}", "en/chat.j2:23:1"),
        ("template", "layout/email.j2", "", "\n{% endif %}", "layout/email.j2:74"),
        ("template", EN, "resolved: Payments", 'resolved: "{{ 1 + }}"\nold: Payments', "en.yaml:"),
        ("unknown_variable", NOTICE + "chat.j2", "{{ words.money }}", "{{ words.mony }}", "en/chat.j2:6:"),
        ("unknown_variable", NOTICE + "chat.j2", "{{ words.money }}", "{{ mony }}", "en/chat.j2:6:"),
        ("unknown_variable", NOTICE + "chat.j2", "organisation.short_name", "organisation.nick", "en/chat.j2:1:"),
        ("unknown_variable", EN, "{{ declared_at|local }}", "{{ declard_at|local }}", "en.yaml:4:"),
        ("too_long", NOTICE + "push.j2", "{% block title %}", "{% block title %}Very important: ", "en/push.j2:0"),
        ("too_long", NOTICE + "social.j2", "", " And so on and so forth.", "en/social.j2:0"),
        ("no_promise", EN, "We are working on it.", "Payments will be back within two hours.", "first-notice/en/"),
        ("no_promise", "words/general/zh-Hans.yaml", "我们正在处理。", "预计两小时内恢复。", "first-notice/zh-Hans/"),
        ("no_promise", "words/general/zh-Hant.yaml", "我們正在處理。", "服務將很快恢復。", "first-notice/zh-Hant/"),
        ("no_cause", EN, "We are working on it.", "This is due to a fault of our supplier.", "first-notice/en/"),
        ("no_cause", "words/general/zh-Hans.yaml", "我们正在处理。", "原因是机房断电。", "first-notice/zh-Hans/"),
        ("no_cause", "words/general/zh-Hant.yaml", "我們正在處理。", "我們遭到駭客入侵。", "first-notice/zh-Hant/"),
        ("no_next_update", NOTICE + "sms.j2", "{{ phrases.next_short }}", "", "en/sms.j2:0"),
        ("no_contact", NOTICE + "sms.j2", "{{ phrases.ask_short }}", "", "en/sms.j2:0"),
        ("foreign_link", NOTICE + "chat.j2", "", " https://status.example.com.evil.cn/", "en/chat.j2:0"),
        ("foreign_link", "layout/email.html.j2", "<h1 ", '<img src="//cdn.tracker.io/x.png"><h1 ', "email.j2:0"),
        ("personal", NOTICE + "chat.j2", "", " {{ name }}", "en/chat.j2:0"),
        ("marker", NOTICE + "sms.j2", "", " {{ name|upper }}", "en/sms.j2:0"),
        ("unknown_field", "first-notice/message.yaml", "stage:", "stages:", "message.yaml:"),
        ("unknown_value", "first-notice/message.yaml", "[no_promise", "[no_promises", "message.yaml:"),
    ],
)
def test_each_rule_is_seen_to_fail(
    broken: Callable[..., Catalog], organisation: Organisation, code: str, path: str, old: str, new: str, place: str
) -> None:
    """One file changed, and the mistake is told with its code at its place."""
    found = lint(broken(path, old, new), organisation, ["first-notice"])
    assert code in {mistake.code for mistake in found}, found
    assert any(place in str(mistake) for mistake in found if mistake.code == code), list(map(str, found))


def test_a_language_that_is_asked_for_and_missing_is_told(shipped: Catalog, organisation: Organisation) -> None:
    """A new language in incident.yaml shows all that is to be written for it."""
    found = lint(shipped, replace(organisation, locales=("en", "ja")))
    assert {"missing_medium", "missing_words", "missing_phrases"} <= {mistake.code for mistake in found}


def test_only_the_chosen_messages_are_checked(broken: Callable[..., Catalog], organisation: Organisation) -> None:
    """Whoever works on one message is not told of another."""
    catalog = broken("update/en/sms.j2")
    assert lint(catalog, organisation, ["first-notice"]) == []
    assert lint(catalog, organisation, ["update"])
