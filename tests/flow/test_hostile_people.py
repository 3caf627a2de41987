"""An audience file written by an attacker: bad rows are named, and what the good ones hold stays what it is: text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTPUTF8
from pathlib import Path

import pytest

from incident.audience.importing import MOST_MISTAKES, Imported, import_file
from incident.errors import RowsRejected
from incident.now import system_clock
from incident.wiring import Console
from tests.audience import hostile
from tests.audience.hostile import Person
from tests.crash import program
from tests.run import house
from tests.run.playbooks import PLAIN, book
from tests.servers.fastsink import Inbox, Taken, running
from tests.tally import Tally

HEADERS = Counter(
    [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "auto-submitted",
        "x-auto-response-suppress",
        "content-language",
        "mime-version",
        "content-type",
    ]
)
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e]")
STRICT = BytesParser(policy=SMTPUTF8.clone(raise_on_defect=True))

MAIL = """\
{% extends "layout/email.j2" %}
{% block subject %}{{ name|or_else('Hello') }}: {{ words.headline }}{% endblock %}
{% block preheader %}{{ words.money_short }}{% endblock %}
"""
"""The name stands in a header here, as well as in the text and in the HTML."""


def test_hostile_people(tmp_path: Path, tally: Tally) -> None:
    """Five thousand rows of tricks; the strict parser looks at each pair of tricks."""
    told(tmp_path, tally, 5_000, seed=1, thorough=False)


@pytest.mark.soak
def test_many_hostile_people(tmp_path: Path, tally: Tally) -> None:
    """A hundred thousand; the strict parser looks at each mail."""
    told(tmp_path, tally, 100_000, seed=2, thorough=True)


def told(folder: Path, tally: Tally, count: int, seed: int, *, thorough: bool) -> None:
    rows = list(hostile.people(count, seed))
    good = {person.id: person for person in rows if person.good}
    inbox = Inbox(chunking=True)
    with running(inbox) as port:
        email = {"kind": "mail", "url": f"mailto://127.0.0.1:{port}/?from=notice@wallet.example"}
        workspace = house.write(folder / "w", playbooks={"small": book("small", PLAIN)}, channels={"email": email})
        own = workspace / "templates" / "first-notice" / "en" / "email.j2"
        own.parent.mkdir(parents=True)
        own.write_text(MAIL, encoding="utf-8")
        console = house.opened(workspace, system_clock)
        refused(console, hostile.write(folder / "people.jsonl", rows), rows)
        taken = load(console, hostile.write(folder / "good.jsonl", list(good.values())))
        assert taken == Imported(imported=len(good), updated=0)
        incident = house.declared(console, "small").incident
        house.send(console)
    columns = program.adds_up(console.store, len(good), incident)
    assert columns == Counter(accepted=len(good))
    console.close()
    assert len(inbox.mails) == len(good)
    names = {on_the_wire(person.email): person.name for person in good.values()}
    parsed: set[tuple[str, str]] = set()
    for mail in inbox.mails:
        harmless(mail)
        tricks = (names[mail.recipient], re.sub("[0-9]+", "", mail.recipient))
        if thorough or tricks not in parsed:  # the parser takes milliseconds
            parsed.add(tricks)
            as_meant(mail, names[mail.recipient])
    assert {mail.recipient for mail in inbox.mails} == set(names)
    tally.count("hostile rows read", len(rows))
    tally.count("of them named and refused", len(rows) - len(good))
    tally.count("mails with hostile names and addresses, no header too many", len(inbox.mails))


def on_the_wire(address: str) -> str:
    """Domains travel as ASCII (IDNA)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def load(console: Console, file: Path) -> Imported:
    return import_file(
        console.store, file, default_locale="en", channels=("email",), actor=console.actor, now=console.clock()
    )


def refused(console: Console, file: Path, rows: Sequence[Person]) -> None:
    """Nothing of it is imported; each bad row counts, and the first thousand mistakes are told, at bad rows only."""
    bad = {line for line, person in enumerate(rows, 1) if not person.good}
    with pytest.raises(RowsRejected) as caught:
        load(console, file)
    assert caught.value.details["rejected"] == len(bad)
    named = [mistake.line for mistake in caught.value.mistakes]
    assert len(named) == min(MOST_MISTAKES, caught.value.details["mistakes_count"])
    assert set(named) == {line for line in bad if line <= named[-1]}
    assert console.store.execute("SELECT count(*) AS people FROM recipient").fetchone()["people"] == 0
    assert "\r" not in caught.value.message
    assert caught.value.message.isprintable() or caught.value.message.replace("\n", "").isprintable()


def harmless(mail: Taken) -> None:
    """Exactly the headers of a notice, once each; no line that ends the mail."""
    head, _, _ = mail.content.partition(b"\r\n\r\n")
    headers = Counter(line.partition(b":")[0].decode().lower() for line in re.split(rb"\r\n(?![ \t])", head))
    assert headers == HEADERS, headers
    assert b"\n" not in mail.content.replace(b"\r\n", b"")
    assert b"\r" not in mail.content.replace(b"\r\n", b"")
    assert b"\x00" not in mail.content


def as_meant(mail: Taken, name: str) -> None:
    """A strict parser finds no defect, one recipient (the envelope's), and the name as it was written."""
    parsed = STRICT.parsebytes(mail.content)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    to = parsed["To"]
    assert isinstance(to, AddressHeader)
    (address,) = to.addresses
    assert address.addr_spec.encode(errors="surrogateescape").decode() == mail.recipient
    if name.isascii() and name.isprintable():
        assert str(parsed["Subject"]).startswith(f"{name or 'Hello'}: "), parsed["Subject"]
    assert not CONTROL.search(parsed["Subject"])
    assert [part.get_content_type() for part in parsed.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "<script>" not in parsed.get_body(("html",)).get_content()  # type: ignore[union-attr]
