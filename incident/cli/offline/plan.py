"""Print whom to call and what to say, from files alone."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident offline plan                                      everything; needs no database and no network
  incident offline plan datacenter-loss
  incident offline plan --format html --to drawer.html       by day: print it, and put it into the drawer
"""


@click.command(epilog=EXAMPLES)
@click.argument("playbook", required=False)
@click.option(
    "--format", "kind", type=click.Choice(["markdown", "html"]), default="markdown", help="How it is written."
)
@click.option(
    "--to", "target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Into a file, overwritten."
)
@session
def command(session: Session, playbook: str | None, kind: str, target: Path | None) -> None:
    """Print the call tree with its numbers, and each playbook (or only PLAYBOOK) with its words in every language. It
    reads incident.yaml, playbooks and templates, and nothing else.
    """
    from incident.cli._writing import write
    from incident.errors import Mistakes
    from incident.playbook.loader import load_file
    from incident.playbook.shelf import shelf
    from incident.review import html, markdown, paper

    console = session.console()
    shelved = shelf(console.workspace)
    files = {playbook: shelved.find(playbook)} if playbook else shelved.files()
    locales, now = console.organisation.locales, console.clock()
    plans: dict[str, list[str]] = {}
    words: list[paper.Words] = []
    problems: list[str] = []
    for name, file in files.items():
        try:
            loaded = load_file(file, console.vocabulary())
        except Mistakes as error:  # one that cannot be read keeps no other from being printed
            problems.append(error.message.splitlines()[0])
            continue
        plans[name] = paper.plan(loaded, locales)
        words += paper.words(console.catalog, console.organisation, loaded, locales, now)
    people = tuple(paper.calls(console.people, _on_call(session)))
    made = paper.Paper(printed_at=now, calls=people, plans=plans, words=tuple(words))
    written = paper.document(made, session.when(now))
    text = markdown.write(written) if kind == "markdown" else html.write(written)
    for problem in problems:
        session.say(problem)
    if target is not None:
        write(target, text)
        session.say(f"Written to {target}.")
    told = {"printed_at": now, "calls": list(people), "words": [asdict(one) for one in words], "problems": problems}
    session.emit("offline-plan", {**told, "playbooks": list(plans)}, "" if target else text.rstrip("\n"))


def _on_call(session: Session) -> dict[str, list[str]]:
    """Who is on call now by each rota, as far as files on this disk tell."""
    console = session.console()
    duties = console.oncall.duties(console.clock())
    return {name: list(found.now) for name, found in duties.items()}
