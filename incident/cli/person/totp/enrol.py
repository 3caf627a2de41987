"""Set up one-time codes for yourself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.people import Person

EXAMPLES = """
Examples:
  incident person totp enrol                    prints the square for your phone, once
  incident person totp enrol --replace          after a lost phone
"""


@click.command(epilog=EXAMPLES)
@click.option("--replace", is_flag=True, help="Make a new secret; the codes of the old one are no codes any more.")
@session
def command(session: Session, replace: bool) -> None:
    """Make the secret of your one-time codes and show it to your phone, once. It is kept in a file of your workspace
    that only its owner may read; incident.yaml names the file.
    """
    from incident.lifecycle import record
    from incident.people import totp
    from incident.shape import choose

    console = session.console()
    person = console.people[console.actor.person]
    reference, file = _place(person, console.workspace, replace=replace)
    secret = totp.new_secret()
    with console.store.transaction():
        record(console.store, console.actor, console.clock(), "code.enrolled", None, person=person.id)
        _keep(file, secret)
    name = choose(console.organisation.name, ("en", *console.organisation.locales))
    uri = totp.uri(secret, person.id, name)
    setting = None if person.totp is not None else f"people.{person.id}.totp: {reference}"
    lines = [totp.square(uri), uri, f"Kept in {file}; it is not shown again."]
    if setting:
        lines.append(f"Write into incident.yaml, below people: {person.id}:\n    totp: {reference}")
    told = {"person": person.id, "uri": uri, "file": file, "setting": setting}
    session.emit("person-totp-enrol", told, lines)


def _place(person: Person, folder: Path, *, replace: bool) -> tuple[str, Path]:
    """(the reference for incident.yaml, the file). Raises WrongState when there is a secret, or it is not in a file."""
    from incident.errors import WrongState

    reference = person.totp.reference if person.totp is not None else f"file:secrets/{person.id}.totp"
    if not reference.startswith("file:"):
        raise WrongState(f"The secret of {person.id} is kept in {reference}; change it there.")
    file = folder / Path(reference.removeprefix("file:")).expanduser()
    if file.exists() and not replace:
        raise WrongState(f"{person.id} has one-time codes already. After a lost phone: --replace")
    return reference, file


def _keep(file: Path, secret: str) -> None:
    """Writes the secret where only its owner may read it; the file is never there with less."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(secret + "\n", encoding="utf-8")
    fresh.replace(file)
