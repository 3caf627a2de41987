"""Kind `console`: prints deliveries on standard error; for rehearsals at a desk. Addresses do not print."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping

from incident.channel import turns
from incident.channel.port import Deferred, Delivery, Finding, Outcome, Sent
from incident.channel.spec import ChannelSpec, Defaults, Described, Fault
from incident.now import Clock
from incident.shape import Field

HELP = "Prints each delivery on standard error."
FIELDS: Mapping[str, Field] = {}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # what could drive a terminal


def defaults(url: str) -> Defaults:
    return Defaults(reach="each", on_unknown="resend")


def mistakes(spec: ChannelSpec) -> Iterator[Fault]:
    return iter(())


def open_channel(spec: ChannelSpec, clock: Clock) -> Console:
    return Console(spec)


class Console(Described):
    """A channel onto the terminal."""

    def __init__(self, spec: ChannelSpec) -> None:
        super().__init__(spec)

    def send(self, deliveries: Iterable[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        return turns.take(deliveries, stopped, self._send)

    def check(self) -> list[Finding]:
        return [Finding(level="ok", message=f"'{self.name}': prints on standard error.")]

    def close(self) -> None:
        """Nothing is kept open."""

    def _send(self, delivery: Delivery) -> Outcome:
        lines = [f"── {self.name} · {delivery.recipient or 'all'} · {delivery.locale} · {delivery.key}"]
        lines += [f"{part}: {_CONTROL.sub('', text)}" for part, text in delivery.parts.items() if part != "html"]
        try:
            sys.stderr.write("\n".join(lines) + "\n")
        except OSError as error:
            return Deferred("storage", "", f"It cannot be printed: {error.strerror}.")
        return Sent("", "printed")
