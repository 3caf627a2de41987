"""What a server's answer means for one mail: the reason out of the closed list, the codes, the words."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

from incident.channel.port import Deferred, Outcome, Refused, Sent, Unknown

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\s*(.*)", re.DOTALL)


@lru_cache(maxsize=512)  # most servers say the same to most mails
def verdict(code: int, text: str) -> Outcome:
    """A server's final answer to one mail (RFC 5321, 4.2; enhanced codes RFC 3463). `code` of the outcome is
    `550 5.1.1`, the words are without it.

    1. 2xx: it has taken responsibility. 2. 4xx: later. 3. 503: a command came out of order, which is between the server
    and us and never the recipient's fault: later. 4. 5xx: never, for the reason its codes name.
    5. Anything else is no SMTP: Unknown.
    """
    enhanced, words = split(text)
    full = f"{code} {enhanced}".strip()
    if 200 <= code < 300:
        return Sent(full, words)
    if 400 <= code < 500:
        reason, wait = _later(code, enhanced, words.lower())
        return Deferred(reason, full, words, wait)
    if code == 503:
        return Deferred(_out_of_order(words.lower()), full, words)
    if 500 <= code < 600:
        return Refused(_never(code, enhanced, words.lower()), full, words)
    return Unknown("unclear", "", "The answer is not SMTP.")


def split(text: str) -> tuple[str, str]:
    """(enhanced code or '', words) of a reply's text; the code stands on each line of a long one (RFC 2034)."""
    match = _ENHANCED.match(text)
    if match is None:
        return "", text
    enhanced, words = match.groups()
    return enhanced, words.replace(f"\n{enhanced} ", "\n")


def _later(code: int, enhanced: str, words: str) -> tuple[str, timedelta | None]:
    if "greylist" in words or "graylist" in words:
        return "greylisted", timedelta(minutes=5)  # the usual delay of postgrey
    if code == 452 or enhanced == "4.2.2":
        return "mailbox_full", None
    if "rate" in words.split() or "too many" in words:
        return "rate", None
    return "busy", None


def _out_of_order(words: str) -> str:
    """Some servers call a missing login so (QQ Mail: "503 Error: need EHLO and AUTH first !")."""
    return "not_authorised" if "auth" in words else "interrupted"


def _never(code: int, enhanced: str, words: str) -> str:
    """The first that fits: the enhanced code, then signs of a policy in the words, then the basic code."""
    by_enhanced = {
        "5.2.2": "mailbox_full",
        "5.2.3": "too_large",
        "5.3.4": "too_large",
        "5.2.1": "bad_address",
        "5.7.8": "not_authorised",
        "5.7.0": "not_authorised",
    }
    by_class = {"5.1": "bad_address", "5.6": "bad_content", "5.7": "blocked"}
    found = by_enhanced.get(enhanced) or by_class.get(enhanced.rpartition(".")[0])
    if found:
        return found
    if any(sign in words for sign in ("spam", "block", "blacklist", "policy", "reputation", "dmarc")):
        return "blocked"
    by_code = {530: "not_authorised", 535: "not_authorised", 552: "too_large", 555: "misconfigured"}
    return by_code.get(code) or ("bad_address" if code in (550, 551, 553) else "rejected")
