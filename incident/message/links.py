"""Links in texts: customers are sent to the organisation's own domains and nowhere else. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from incident.message.organisation import Organisation

_HOST = r"[a-z0-9-]+(?:\.[a-z0-9-]+)+"
_TOP = (
    "com|net|org|cn|hk|tw|mo|sg|my|jp|kr|us|uk|eu|de|fr|ru|in|io|co|me|cc|tv|ly|gl|gd|gg|to|ai|app|dev|info|biz|xyz|top|"
    "vip|shop|site|online|link|click|live|club|icu|work|pro|mobi|name|test|example|invalid"
)
_ADDRESSED = re.compile(r"(?i)(?:\bhttps?:)?//([a-z0-9.@:%_~-]*)([^\x00-\x7f\s]?)")
"""What follows `//`, as far as it is ASCII, and the letter behind it: `//例.cn` begins with none."""
_BARE = re.compile(rf"(?i)(?<![a-z0-9.@/_-])(?:(www\.{_HOST})|((?:[a-z0-9-]+\.)+(?:{_TOP}))(?::\d+)?[/?#\\])")
"""Without a scheme: phones and mail programs make links of `www.…` and of `domain/…` too. Chinese leaves no space
before them."""


def own_domains(organisation: Organisation) -> frozenset[str]:
    """The domains that messages may link to: those declared, and the status page's."""
    pages = (urlsplit(url).hostname or "" for url in organisation.status_page.values())
    return frozenset({*organisation.domains, *pages} - {""})


def foreign_hosts(text: str, own: frozenset[str]) -> list[str]:
    """The hosts that a text links to and that are none of `own` (or below one of them), in their order."""
    found = [(match.start(), _host(match[1], match[2])) for match in _ADDRESSED.finditer(text)]
    found += [(match.start(), (match[1] or match[2]).lower().rstrip(".-")) for match in _BARE.finditer(text)]
    return [host for _, host in sorted(found) if not any(host == one or host.endswith(f".{one}") for one in own)]


def _host(ascii_part: str, behind: str) -> str:
    """The host of what follows `//`: behind the last @ (what stands before it is a disguise), without its port. One
    that goes on in another script is named with it, and is none of ours."""
    host = ascii_part.rpartition("@")[2].partition(":")[0].lower()
    if behind.isalpha() and (not host or host[-1] in ".-"):
        return f"{host}{behind}…"
    return host.rstrip(".-") or "?"
