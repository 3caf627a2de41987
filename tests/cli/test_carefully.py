"""Whoever confirms a count reads how carefully it leaves."""

from __future__ import annotations

from incident.cli._carefully import sentences


def test_each_rule_has_its_sentence() -> None:
    """In the order in which they matter."""
    rules = {
        "canary": {"first": 200, "hold": 300.0, "then": "ask"},
        "quiet_hours": {"from": "22:00", "to": "08:00", "zone": "Asia/Shanghai"},
        "pause_if": {"hard_bounce": 0.02, "error": 0.05, "after": 500},
        "supersede": True,
    }
    assert list(sentences({"fallback": {"sms": "push"}, "rules": rules})) == [
        "By sms only to whom push does not reach.",
        "The first 200 people first; after 5m it asks.",
        "Nothing leaves between 22:00 and 08:00 (Asia/Shanghai).",
        "It is held above 2 % dead addresses or 5 % failures on a channel.",
        "What older notices have not sent yet to these people, they do not send any more.",
    ]


def test_a_preview_without_rules_says_nothing() -> None:
    """Also one of an older version."""
    assert list(sentences({})) == []
