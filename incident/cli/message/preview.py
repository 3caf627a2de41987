"""Show a message as its readers will see it, with sample values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from incident.cli._frame import Session, session
from incident.errors import BadValue

EXAMPLES = """
Examples:
  incident message preview first-notice
  incident message preview first-notice --case payment-failure --locale zh-Hant --medium email
  incident message preview update --medium email --html update.html
  incident message preview first-notice --case bank-link-outage --param banks=icbc --medium sms
"""


@click.command(epilog=EXAMPLES)
@click.argument("name", metavar="MESSAGE")
@click.option("--case", default="general", show_default=True, help="Whose words: the id of a playbook, or general.")
@click.option("--locale", "locales", multiple=True, help="Only this language (may be repeated).")
@click.option("--medium", "media", multiple=True, help="Only this medium (may be repeated).")
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter or var of the playbook that --case names.",
)
@click.option("--drill", is_flag=True, help="As it looks in a drill.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML mail into this file.")
@session
def command(
    session: Session,
    name: str,
    case: str,
    locales: tuple[str, ...],
    media: tuple[str, ...],
    params: tuple[str, ...],
    drill: bool,
    html: Path | None,
) -> None:
    """Show MESSAGE with the example values of its message.yaml, with how long each part is and may be."""
    console = session.console()
    message = console.catalog.get(name)
    unknown = set(media) - set(message.about.media)
    if unknown:
        raise BadValue(f"'{name}' has no {', '.join(sorted(unknown))}. It has: {', '.join(message.about.media)}.")
    given = {"params": _params(console, case, params), "drill": drill}
    shown = [
        part
        for locale in locales or console.organisation.locales
        for part in _parts(console, message, case, locale, media or message.about.media, given)
    ]
    if html:
        _write_html(session, shown, html)
    session.emit("message-preview", {"message": name, "case": case, "texts": shown}, "\n".join(_human(shown)))


def _params(console: Any, case: str, given: tuple[str, ...]) -> dict[str, Any]:
    """What was given, typed as the playbook declares it; nothing was given: nothing is known."""
    if not given:
        return {}
    from incident.cli._values import pairs
    from incident.playbook.loader import load_file
    from incident.playbook.params import check_notice, plain
    from incident.playbook.shelf import shelf

    playbook = load_file(shelf(console.workspace).find(case), console.vocabulary())
    return plain(check_notice(playbook, pairs(given, "--param")))


def _parts(
    console: Any, message: Any, case: str, locale: str, media: tuple[str, ...], given: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    from dataclasses import replace

    from incident.message import fit, sample
    from incident.message.render import Slot, compose, fill

    context = replace(sample.plausible(message, locale, console.clock()), **given)
    slots = [
        Slot(f"{medium}{'.' * bool(network)}{network}", medium, network) for medium, network in _slots(message, media)
    ]
    composed = compose(console.catalog, message.name, case, "", slots, [locale], context, console.organisation)
    for slot in slots:
        parts = fill(composed[slot.channel, locale], sample.fields(message, locale))
        for part, text in parts.items():
            length = fit.measure(slot.network or slot.medium, part, text)
            yield {
                "locale": locale,
                "medium": slot.medium,
                "network": slot.network,
                "part": part,
                "text": text,
                "length": {"used": length.used, "limit": length.limit, "unit": length.unit},
            }


def _slots(message: Any, media: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each medium, and each network that has words of its own."""
    stems = sorted({stem for there in message.files.values() for stem in there if "." in stem})
    own = [(stem.partition(".")[0], stem.partition(".")[2]) for stem in stems]
    return [(medium, network) for medium in media for network in ("", *(n for m, n in own if m == medium))]


def _human(shown: list[dict[str, Any]]) -> Iterator[str]:
    for text in shown:
        if text["part"] != "html":
            place = ".".join(filter(None, (text["medium"], text["network"])))
            yield f"--- {text['locale']}  {place}  {text['part']}  ({_length(text['length'])})"
            yield f"{text['text']}\n"


def _length(length: Mapping[str, Any]) -> str:
    return (
        f"{length['used']} of {length['limit']} {length['unit']}"
        if length["limit"]
        else f"{length['used']} {length['unit']}"
    )


def _write_html(session: Session, shown: list[dict[str, Any]], file: Path) -> None:
    pages = [text["text"] for text in shown if text["part"] == "html"]
    if len(pages) != 1:
        raise BadValue(f"--html writes one mail and there are {len(pages)} here: choose --locale and --medium email.")
    file.write_text(pages[0], encoding="utf-8")
    session.say(f"Written: {file}")
