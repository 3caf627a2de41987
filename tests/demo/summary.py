"""The books closed from outside: what the servers hold against what the ledger says, and a page that tells it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.demo import mailbox
from tests.demo.mailbox import Letter
from tests.demo.people import mail_fates, subscribers
from tests.demo.servers import Servers
from tests.demo.stage import Stage
from tests.demo.story import Night
from tests.servers import mastodon, ntfy

_OUTCOMES = ("accepted", "refused", "suppressed", "deduplicated", "expired", "unknown", "pending")
_CONTENTS = {
    "summary.md": "what happened, in numbers and samples",
    "transcript.txt": "everything that was typed and printed",
    "mails/": "each mail as the server took it",
    "pushes/": "each push, as the ntfy server took it",
    "posts/": "each post, as the Mastodon server took it",
    "timeline.json": "what happened when, by whom, why",
    "reconciliation.json": "what became of every delivery",
    "people.csv": "the audience",
    "workspace/": "look around with: incident --workspace {folder}/workspace show latest",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One sentence that must be true."""

    sentence: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The ledger as the program tells it, what the servers hold, and how the two compare."""

    ledger: Mapping[str, Any]
    timeline: Mapping[str, Any]
    mails: Sequence[Letter]
    pushes: Sequence[str]
    posts: Sequence[Mapping[str, Any]]
    checks: Sequence[Check]

    @property
    def balanced(self) -> bool:
        return all(check.holds for check in self.checks)

    def told(self) -> str:
        return "\n".join(f"{'  ok  ' if check.holds else 'WRONG '} {check.sentence}" for check in self.checks)

    def mails_of(self, broadcast: str) -> list[Letter]:
        return [letter for letter in self.mails if letter.broadcast == broadcast]


def examine(stage: Stage, night: Night, servers: Servers) -> Books:
    """Reads both sides and compares them."""
    unchecked = Books(
        ledger=stage.ask("reconcile", night.incident),
        timeline=stage.ask("timeline", night.incident),
        mails=mailbox.read(servers.mail.keeper.folder),
        pushes=ntfy.topics(servers.push),
        posts=mastodon.statuses(servers.social),
        checks=(),
    )
    return checked(unchecked)


def checked(books: Books) -> Books:
    """The books with every comparison made."""
    return replace(books, checks=tuple(_checks(books)))


def _checks(books: Books) -> Iterator[Check]:
    ledger = books.ledger
    counted = sum(ledger[outcome] for outcome in _OUTCOMES)
    yield Check(
        sentence=f"The ledger adds up: {ledger['audience']} deliveries = {_sum_text(ledger)}.",
        holds=bool(ledger["adds_up"]) and counted == ledger["audience"] and not ledger["pending"],
    )
    for broadcast in ledger["broadcasts"]:
        yield _mail_check(books, broadcast)
    yield _first_notice_check(books)
    accepted = ledger["channels"]["push"]["accepted"]
    pushes = len(books.pushes)
    yield Check(sentence=f"{pushes} pushes at the server, {accepted} accepted in the ledger.", holds=pushes == accepted)
    accepted = ledger["channels"]["social"]["accepted"]
    posts = len(books.posts)
    yield Check(sentence=f"{posts} posts at the server, {accepted} accepted in the ledger.", holds=posts == accepted)
    staff = sum(letter.to_staff for letter in books.mails)
    accepted = sum(page["accepted"] for page in ledger["pages"])
    yield Check(
        sentence=f"{staff} mails to staff at the server, {accepted} accepted in the ledger, outside the sum.",
        holds=staff == accepted,
    )


def _mail_check(books: Books, broadcast: Mapping[str, Any]) -> Check:
    found = [letter.to for letter in books.mails_of(broadcast["id"])]
    accepted = broadcast["channels"]["email"]["accepted"]
    step = broadcast["step"]
    return Check(
        sentence=f"'{step}': {len(found)} mails at the server, {accepted} accepted in the ledger, none twice.",
        holds=len(found) == accepted == len(set(found)),
    )


def _first_notice_check(books: Books) -> Check:
    """Person by person, from the list alone: who must have a mail, in which language."""
    people = {one.id: one for one in subscribers()}
    wanted = {
        people[identity].email.lower(): people[identity].locale
        for identity, fate in mail_fates(people.values()).items()
        if fate == "accepted"
    }
    first = books.ledger["broadcasts"][0]["id"]
    found = {letter.to: letter.locale for letter in books.mails_of(first)}
    return Check(
        sentence=f"Everybody who should have the first notice has it in the right language: {len(wanted)} people.",
        holds=found == wanted,
    )


def _sum_text(sums: Mapping[str, Any]) -> str:
    return " + ".join(f"{sums[outcome]} {outcome}" for outcome in _OUTCOMES if sums[outcome])


def contents(folder: Path) -> str:
    """What lies in the folder, a line each."""
    return "\n".join(f"  {name:<20} {told.format(folder=folder)}" for name, told in _CONTENTS.items())


def write(folder: Path, stage: Stage, night: Night, books: Books) -> None:
    """Leaves the timeline, the reconciliation, and the written summary."""
    for name, document in (("timeline", books.timeline), ("reconciliation", books.ledger)):
        (folder / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False, indent=2), encoding="utf-8")
    (folder / "summary.md").write_text("\n".join(_page(night, books)) + "\n", encoding="utf-8")


def _page(night: Night, books: Books) -> Iterator[str]:
    yield from (f"# {night.incident}: one night, {len(subscribers())} people", "")
    yield from ("## Every delivery accounted for", "")
    yield from _table(books.ledger["broadcasts"])
    yield from ("", f"{books.ledger['audience']} deliveries = {_sum_text(books.ledger)}.", "")
    reasons = Counter(books.ledger["reasons"]).most_common()
    yield from (
        "Why some were not accepted: " + ", ".join(f"{number} {reason}" for reason, number in reasons) + ".",
        "",
    )
    yield from ("## Checked from outside", "")
    yield from (f"- {'ok' if check.holds else '**WRONG**'}: {check.sentence}" for check in books.checks)
    yield from ("", "## How it read", "")
    for broadcast in books.ledger["broadcasts"]:
        yield from _sample(broadcast, books)
    yield from ("## What was posted", "")
    yield from (f"> {line}" if line else ">" for post in books.posts for line in [*post["status"].splitlines(), ""])
    yield from ("", "## What happened when", "", "| when | who | what | |", "| --- | --- | --- | --- |")
    yield from (_row(entry) for entry in books.timeline["entries"])


def _table(broadcasts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"| notice | channel | audience | {' | '.join(_OUTCOMES)} |"
    yield f"| --- | --- |{' ---: |' * (1 + len(_OUTCOMES))}"
    for broadcast in broadcasts:
        for channel, sums in broadcast["channels"].items():
            numbers = " | ".join(str(sums[outcome]) for outcome in _OUTCOMES)
            yield f"| {broadcast['step']} | {channel} | {sums['audience']} | {numbers} |"


def _sample(broadcast: Mapping[str, Any], books: Books) -> Iterator[str]:
    """The first mail of each language."""
    yield f"### {broadcast['step']}"
    first = {letter.locale: letter for letter in reversed(books.mails_of(broadcast["id"]))}
    for locale, letter in sorted(first.items()):
        yield from ("", f"**{locale}** {letter.whole()['Subject']}", "", "```text", letter.text(), "```")
    yield ""


def _row(entry: Mapping[str, Any]) -> str:
    detail = entry.get("detail", {})
    words = str(detail.get("step") or detail.get("text") or detail.get("task") or detail.get("role") or "")
    because = f" ({entry['reason']})" if entry.get("reason") else ""
    return f"| {entry['happened_at']} | {entry['actor']} | {entry['kind']} | {words.replace('|', '/')}{because} |"
