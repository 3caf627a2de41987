"""Check the messages: languages, lengths, links, and what a statement must not say."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.errors import Mistakes

EXAMPLES = """
Examples:
  incident message lint
  incident message lint first-notice update
  incident message lint --output json
"""


@click.command(epilog=EXAMPLES)
@click.argument("names", metavar="[MESSAGE]...", nargs=-1)
@session
def command(session: Session, names: tuple[str, ...]) -> None:
    """Check these messages, or all: every language and medium is there and says the same, everything fits with the
    longest plausible values, links lead to your own domains, and no notice promises an end or guesses a cause.

    Ends with 0 when there is no mistake, with 10 when there is one.
    """
    from incident.message.lint import lint

    console = session.console()
    found = lint(console.catalog, console.organisation, names or None)
    checked = names or console.catalog.names()
    data = {"messages": list(checked), "mistakes": [mistake.to_json() for mistake in found]}
    summary = (
        f"{len(checked)} messages checked, {len(found)} mistakes."
        if found
        else f"{len(checked)} messages are in order."
    )
    session.emit("message-lint", data, "\n".join([*map(str, found), summary]))
    if found:
        session.finish(Mistakes.exit)
