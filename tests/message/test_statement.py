"""What a statement must not say, in each language; and what it may."""

from __future__ import annotations

import pytest

from incident.message.statement import breaches


@pytest.mark.parametrize(
    ("locale", "rule", "text"),
    [
        ("en", "no_promise", "Service should be restored by 5 pm."),
        ("en-GB", "no_promise", "We will be back shortly."),
        ("en", "no_promise", "Fixed within the next two hours"),
        ("zh-Hans", "no_promise", "服务预计15:00恢复"),
        ("zh-CN", "no_promise", "30分钟内恢复"),
        ("zh-Hant", "no_promise", "系統即將恢復"),
        ("en", "no_cause", "The root cause was a database."),
        ("zh-Hans", "no_cause", "由于网络攻击"),
        ("zh-HK", "no_cause", "因為停電"),
    ],
)
def test_breaches_are_found(locale: str, rule: str, text: str) -> None:
    """Each with the words that break the rule."""
    [breach] = breaches(text, locale, [rule])
    assert breach.words in text


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "Payments are working again."),
        ("en", "You will hear from us again by Jul 3, 3:10 PM (GMT+8)."),
        ("zh-Hans", "付款功能已经恢复正常。"),
        ("zh-Hant", "一有新進展，我們會立刻通知您。"),
        ("fr", "Le service sera rétabli bientôt."),
    ],
)
def test_plain_facts_pass(locale: str, text: str) -> None:
    """A rule that cries wolf is switched off; a language without rules is not judged."""
    assert breaches(text, locale, ["no_promise", "no_cause"]) == []
