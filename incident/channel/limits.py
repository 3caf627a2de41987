"""How limits are written in incident.yaml: so many in so long, and so many at once to one domain."""

from __future__ import annotations

from typing import Any

from incident.channel.spec import DomainLimit, Rate
from incident.shape import Duration, Field, Integer, ListOf, MapOf, Reader, Section, Text
from incident.yamlfile import Node


class Stretch(Duration):
    """A duration that is longer than nothing."""

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        before = len(reader.mistakes)
        duration = Duration.read(self, node, path, reader)
        if not duration and len(reader.mistakes) == before:
            reader.wrong(node, "out_of_range", f"{node.value} is no time; write e.g. 1s, 1m or 1h.")
        return duration


_RATE = Section(
    fields={
        "per": Field(shape=Stretch(), help="The stretch of time that is counted.", required=True),
        "most": Field(shape=Integer(least=1), help="How many may start in it.", required=True),
    },
    into=Rate,
    name="a rate: {per: 1s, most: 20}",
)

RATES = ListOf(item=_RATE, single=True)

DOMAINS = Field(
    shape=MapOf(
        key=Text(pattern=r"\*|[^\s@*]+\.[^\s@*.]+", hint="a mail domain such as example.com, or '*' for each other"),
        value=Section(
            fields={
                "concurrency": Field(shape=Integer(least=1), help="How many mails may be under way to it at once."),
                "rate": Field(shape=RATES, help="At most so many mails to it in so long.", default=()),
            },
            into=DomainLimit,
            name="a domain's limits: {concurrency: 4, rate: {per: 1m, most: 300}}",
        ),
    ),
    help="How gently mail for one destination domain is handed over; '*' is each domain that is not named.",
    default={},
)
