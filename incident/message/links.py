"""Links in texts: customers are sent to the organisation's own domains and nowhere else. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from incident.message.organisation import Organisation

_END = r"[^\s<>\"'，。；、（）「」【】]"
_LINK = re.compile(rf"(?i)(?:\bhttps?:)?//{_END}+|\bwww\.{_END}+|(?<![\w./@-])(?:[a-z0-9-]+\.)+[a-z]{{2,}}/{_END}*")
"""With a scheme or without: phones and mail programs make links of `www.…` and of `domain/…` too."""


def own_domains(organisation: Organisation) -> frozenset[str]:
    """The domains that messages may link to: those declared, and the status page's."""
    pages = (urlsplit(url).hostname or "" for url in organisation.status_page.values())
    return frozenset({*organisation.domains, *pages} - {""})


def foreign_hosts(text: str, own: frozenset[str]) -> list[str]:
    """The hosts that a text links to and that are none of `own` (or below one of them), in their order."""
    hosts = (host_of(link) for link in _LINK.findall(text))
    return [host for host in hosts if not any(host == domain or host.endswith(f".{domain}") for domain in own)]


def host_of(link: str) -> str:
    """The host of a link; what cannot be read as one is its own name, and no domain of ours."""
    try:
        whole = link if "//" in link else f"//{link}"
        return (urlsplit(whole if ":" in whole.split("//")[0] else f"https:{whole}").hostname or "").lower() or link
    except ValueError:
        return link
