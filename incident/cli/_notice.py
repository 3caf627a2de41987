"""The commands that send words by hand: update, resolve, correct."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from incident.cli._release import confirmed, sending_options, settle, yes_option

if TYPE_CHECKING:
    from incident.cli._frame import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeOptions:
    """What these commands have in common on their lines."""

    texts: tuple[str, ...]
    yes: int | None
    no_work: bool
    follow: bool


def notice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the common options and passes them as one value, `options`."""

    @wraps(command)
    def gathered(*args: Any, texts: Any, yes: Any, no_work: Any, follow: Any, **kwargs: Any) -> Any:
        options = NoticeOptions(texts=texts, yes=yes, no_work=no_work, follow=follow)
        return command(*args, options=options, **kwargs)

    decorated = click.option(
        "--text",
        "texts",
        multiple=True,
        metavar="LOCALE=TEXT",
        help="The words in one language; @FILE reads a file. Without it the editor opens.",
    )(gathered)
    return sending_options(yes_option(decorated))


def send_notice(
    session: Session, incident: str, notice: str, options: NoticeOptions, *, name: str = "", **more: Any
) -> None:
    """Asks the run for the notice, with the words given or written."""
    from incident.cli._texts import forget, words
    from incident.cli._values import the_incident
    from incident.message.statement import breaches
    from incident.run import notices

    console = session.console()
    found = the_incident(session, incident)
    if more.get("corrects"):
        notices.check_corrected(console.office, found.id, more["corrects"])
    message = notices.message_of(console.office, found.id, notice)
    needed = console.catalog.get(message).about.text == "required"
    draft = f"{found.id}-{name or notice}"
    texts = words(session, options.texts, needed=needed, draft=draft)
    for locale, text in texts.items():
        for breach in breaches(text, locale, ("no_promise",)):
            session.say(f"Look again ({locale}): '{breach.words}' {breach.reason}.")
    standing, key = confirmed(
        session,
        options.yes,
        lambda confirm: notices.request(console.office, found.id, console.actor, confirm, notice, texts=texts, **more),
    )
    forget(session, draft)
    settle(session, name or notice, standing, no_work=options.no_work, follow=options.follow, step=key)
