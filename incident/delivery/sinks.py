"""Where the words of a drill end: with people who are marked for drills, or in files. Never at a live account.

A drill posts nothing that everybody can see: each channel has a sink of its own, a folder of files, named
`drill/<channel>`. No live channel's sender ever asks for the rows of a sink. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from incident.channel.spec import NO_URL, ChannelSpec
from incident.delivery.model import Broadcast, Route

_PREFIX = "drill/"


def is_sink(channel: str) -> bool:
    return channel.startswith(_PREFIX)


def sink(channel: str) -> str:
    return channel if is_sink(channel) else f"{_PREFIX}{channel}"


def behind(channel: str) -> str:
    """The channel that a sink stands for; any other channel itself."""
    return channel.removeprefix(_PREFIX)


def specs(channels: Iterable[ChannelSpec], folder: Path) -> dict[str, ChannelSpec]:
    """A sink for each channel: the same medium and network, written into a folder of its own."""
    return {
        sink(spec.name): replace(
            spec,
            name=sink(spec.name),
            kind="file",
            url=NO_URL,
            account=sink(spec.name),
            rates=(),
            on_unknown="resend",
            options={"path": folder / spec.name},
        )
        for spec in channels
    }


def diverted(broadcast: Broadcast) -> Broadcast:
    """A broadcast of a drill as it is written down: what is posted for all to see goes into files, and so does the rest
    when it says so."""
    turned = {route.channel for route in broadcast.routes if route.reach == "once" or broadcast.to_files}

    def name(channel: str) -> str:
        return sink(channel) if channel in turned else channel

    def route(one: Route) -> Route:
        return replace(one, channel=name(one.channel), after=name(one.after))

    return replace(
        broadcast,
        routes=tuple(route(one) for one in broadcast.routes),
        renderings={(name(channel), locale): text for (channel, locale), text in broadcast.renderings.items()},
        direct=tuple(replace(one, channel=name(one.channel)) for one in broadcast.direct),
    )
