"""Send one plain test message by a channel, for real, and print what the other side said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session
from incident.errors import BadValue, ChannelFailed, NotFound

if TYPE_CHECKING:
    from incident.channel.port import Channel, Delivery, Outcome
    from incident.wiring import Console

EXAMPLES = """
Examples:
  incident channel test email
  incident channel test push --to 3f2a9c
  incident channel test social --public
"""

_SUBJECT = "Test by incident: nothing has happened"
_TEXT = "This is a test of the channel '{channel}'. Nothing has happened, and there is nothing to do."


@click.command(epilog=EXAMPLES)
@click.argument("name", metavar="CHANNEL")
@click.option("--to", "to", default="", metavar="ADDRESS", help="Where to. Default: your own address in incident.yaml.")
@click.option("--public", is_flag=True, help="Post where everybody sees it; needed for social and status channels.")
@session
def command(session: Session, name: str, to: str, public: bool) -> None:
    """Send one plain test message by CHANNEL: no template, no audience, no ledger.

    Ends with 14 when the message was not accepted.
    """
    console = session.console()
    if name not in console.channels:
        raise NotFound(f"There is no channel '{name}'. Known: {', '.join(sorted(console.channels)) or 'none'}.")
    channel = console.channel(name)
    result = _result(channel, _send(channel, _delivery(console, channel, to, public)))
    if result["outcome"] != "sent":
        raise ChannelFailed(f"The test was not accepted. {_sentence(result)}", result=result)
    session.emit("channel-test", result, _sentence(result))


def _delivery(console: Console, channel: Channel, to: str, public: bool) -> Delivery:
    from incident.channel.port import Delivery
    from incident.ident import token

    if channel.reach == "once" and channel.medium in ("social", "status") and not public:
        raise BadValue(f"'{channel.name}' posts where everybody sees it; say so with --public.")
    text = _TEXT.format(channel=channel.name)
    return Delivery(
        no=1,
        key=f"test-{token()}",
        address="" if channel.reach == "once" else to or _own_address(console, channel),
        recipient=console.actor.person,
        locale="en",
        medium=channel.medium,
        parts={"subject": _SUBJECT, "title": _SUBJECT, "text": text, "body": text},
    )


def _own_address(console: Console, channel: Channel) -> str:
    person = console.actor.person
    found = console.people[person].address(channel.address)
    if not found:
        raise BadValue(f"people.{person} has no {channel.address} in incident.yaml; name one with --to ADDRESS.")
    return found


def _send(channel: Channel, delivery: Delivery) -> Outcome:
    from incident.channel.pace import Paced
    from incident.channel.port import Unknown

    outcomes = dict(channel.send(Paced([delivery], channel.rates), lambda: False))
    return outcomes.get(delivery.no) or Unknown("unclear", "", "The channel said nothing.")


def _result(channel: Channel, outcome: Outcome) -> dict[str, Any]:
    wait = getattr(outcome, "wait", None)
    return {
        "channel": channel.name,
        "outcome": type(outcome).__name__.lower(),
        "reason": getattr(outcome, "reason", ""),
        "code": outcome.code,
        "words": outcome.words,
        "wait": None if wait is None else wait.total_seconds(),
    }


def _sentence(result: Mapping[str, Any]) -> str:
    said = " ".join(part for part in (result["code"], result["words"]) if part)
    why = f" ({result['reason']})" if result["reason"] else ""
    return f"{result['channel']}: {result['outcome']}{why}" + (f": {said}" if said else "")
