"""Links in texts: customers are sent to the organisation's own domains and nowhere else. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from incident.message.organisation import Organisation

_LINK = re.compile(r"(?i)(?:\bhttps?:)?//[^\s<>\"'，。；、（）「」【】]+")


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
        return (urlsplit(link if ":" in link else f"https:{link}").hostname or "").lower() or link
    except ValueError:
        return link
