"""Read bounces and complaints that came back into the ledger."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.receipt.record import Piece
    from incident.wiring import Console

EXAMPLES = """
Examples:
  incident receipt read --maildir /var/mail/bounces
  incident receipt read --mbox bounces.mbox
  incident receipt read --stdin
  incident receipt read --webhook callbacks.jsonl
  incident receipt read --imap
"""

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command(epilog=EXAMPLES)
@click.option(
    "--maildir", type=_FOLDER, help="A maildir: the mails in new/ are read; what is understood moves to cur/."
)
@click.option("--mbox", type=_FILE, help="An mbox file; it stays as it is.")
@click.option("--webhook", type=_FILE, help="A provider's callbacks, one JSON object a line; the file stays as it is.")
@click.option("--stdin", is_flag=True, help="One mail on standard input, as a mail server hands it to a program.")
@click.option("--imap", is_flag=True, help="The mailbox that receipts.imap in incident.yaml names.")
@session
def command(
    session: Session, maildir: Path | None, mbox: Path | None, webhook: Path | None, stdin: bool, imap: bool
) -> None:
    """Read bounces (RFC 3464), complaints (RFC 5965) and providers' callbacks, and set each beside its delivery.

    A delivery's sum does not move. An address that is dead for good, or whose owner complained, goes on the suppression
    list. Reading the same twice does nothing. What is not understood, or is about no delivery of ours, is counted and
    left where it is.
    """
    from incident.journal import Actor
    from incident.people import WORKER, os_user
    from incident.receipt.record import COUNTED, read

    if sum(map(bool, (maildir, mbox, webhook, stdin, imap))) != 1:
        raise click.UsageError("Name one place to read: --maildir, --mbox, --webhook, --stdin or --imap.")
    console = session.console()
    with _pieces(console, maildir=maildir, mbox=mbox, webhook=webhook, imap=imap) as pieces:
        counts = read(console.store, pieces, Actor(person=WORKER, os_user=os_user()), console.clock)
    session.emit("receipt-read", {name: counts[name] for name in COUNTED}, _sentence(counts))


def _pieces(
    console: Console, *, maildir: Path | None, mbox: Path | None, webhook: Path | None, imap: bool
) -> AbstractContextManager[Iterable[Piece]]:
    from incident.receipt import sources

    if imap:
        return _mailbox(console)
    if maildir:
        return nullcontext(sources.maildir(maildir))
    if mbox:
        return nullcontext(sources.mbox(mbox))
    if webhook:
        return nullcontext(sources.callbacks(webhook))
    return nullcontext(sources.stream(sys.stdin.buffer))


def _mailbox(console: Console) -> AbstractContextManager[Iterable[Piece]]:
    from incident.errors import BadValue
    from incident.receipt.imap import opened, read_url

    url = (console.settings["receipts"] or {}).get("imap")
    if url is None:
        raise BadValue("incident.yaml names no mailbox: set receipts.imap to env:NAME of an imaps:// URL.")
    return opened(read_url(url.reveal()))


def _sentence(counts: Counter[str]) -> str:
    """`Read 4: 3 bounced, 1 unmatched. 2 addresses went on the suppression list.`"""
    from incident.receipt.record import COUNTED

    words = [f"{counts[name]:,} {name.replace('_', ' ')}" for name in COUNTED[1:-1] if counts[name]]
    suppressed = counts["suppressed"]
    read = f"Read {counts['read']:,}{': ' if words else ''}{', '.join(words)}."
    return f"{read} Addresses put on the suppression list: {suppressed:,}." if suppressed else read
