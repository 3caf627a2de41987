"""Send one message, with sample values, to one person of the staff."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from incident.cli._frame import Session, session
from incident.errors import BadValue, ChannelFailed

EXAMPLES = """
Examples:
  incident message test first-notice --to me
  incident message test first-notice --to me --channel email --locale zh-Hant --case payment-failure
"""


@click.command(epilog=EXAMPLES)
@click.argument("name", metavar="MESSAGE")
@click.option("--to", "to", default="me", show_default=True, metavar="PERSON", help="A person of incident.yaml, or me.")
@click.option("--channel", "channels", multiple=True, help="Only by this channel. Default: all that reach the person.")
@click.option("--locale", default="", help="Default: the person's language.")
@click.option("--case", default="general", show_default=True, help="Whose words: the id of a playbook, or general.")
@session
def command(session: Session, name: str, to: str, channels: tuple[str, ...], locale: str, case: str) -> None:
    """Really send MESSAGE to one person of the staff, marked as a drill: the shortest proof that a channel works.

    It stands in no ledger and reaches no subscriber. Ends with 14 when a channel did not take it.
    """
    console = session.console()
    message = console.catalog.get(name)
    person = _person(console, to)
    locale = locale or _locale(console, message, person)
    chosen = channels or _reachable(console, message, person)
    if not chosen:
        raise BadValue(f"No channel reaches {person.id} with '{name}': give people.{person.id} an address for one.")
    results = [_send(console, message, person, channel, locale, case) for channel in chosen]
    rows = [[result["channel"], result["outcome"], result["words"]] for result in results]
    session.emit(
        "message-test",
        {"message": name, "to": person.id, "locale": locale, "results": results},
        session.table(("channel", "outcome", "words"), rows),
    )
    failed = [result["channel"] for result in results if result["outcome"] != "sent"]
    if failed:
        session.say(f"Not accepted by: {', '.join(failed)}. See: incident channel test {failed[0]}")
        session.finish(ChannelFailed.exit)


def _person(console: Any, to: str) -> Any:
    wanted = console.actor.person if to == "me" else to
    if wanted not in console.people:
        raise BadValue(f"There is no person '{wanted}' in incident.yaml. Known: {', '.join(sorted(console.people))}.")
    return console.people[wanted]


def _locale(console: Any, message: Any, person: Any) -> str:
    from incident.message.locale import nearest

    default = console.organisation.default_locale
    return nearest(person.locale or default, message.locales, default)


def _reachable(console: Any, message: Any, person: Any) -> tuple[str, ...]:
    """Channels that write to one person (never a post that all would see), whose medium the message has."""
    return tuple(
        name
        for name in console.channels
        if (channel := console.channel(name)).reach == "each"
        and channel.medium in message.about.media
        and person.address(channel.address)
    )


def _send(console: Any, message: Any, person: Any, name: str, locale: str, case: str) -> dict[str, Any]:
    from incident.channel.pace import Paced
    from incident.channel.port import Delivery
    from incident.ident import token
    from incident.message import sample
    from incident.message.render import Slot, compose, fill

    if name not in console.channels:
        raise BadValue(f"There is no channel '{name}'. Known: {', '.join(sorted(console.channels))}.")
    channel = console.channel(name)
    if channel.reach != "each" or not person.address(channel.address):
        raise BadValue(
            f"'{name}' does not reach {person.id} alone: it posts to all, or the person has no {channel.address}."
        )
    context = replace(sample.plausible(message, locale, console.clock()), drill=True)
    slot = Slot(name, channel.medium, channel.network)
    composed = compose(console.catalog, message.name, case, "", [slot], [locale], context, console.organisation)
    delivery = Delivery(
        no=1,
        key=f"test-{token()}",
        address=person.address(channel.address),
        recipient=person.id,
        locale=locale,
        medium=channel.medium,
        parts=fill(composed[name, locale], {"name": person.name}),
        priority="urgent",
    )
    outcomes = [outcome for _, outcome in channel.send(Paced([delivery], channel.rates), lambda: False)]
    if not outcomes:
        return {"channel": name, "outcome": "unknown", "reason": "", "code": "", "words": "the channel said nothing"}
    outcome = outcomes[0]
    return {
        "channel": name,
        "outcome": type(outcome).__name__.lower(),
        "reason": getattr(outcome, "reason", ""),
        "code": outcome.code,
        "words": outcome.words,
    }
