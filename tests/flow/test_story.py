"""The story of `make demo` as a test: everybody got each notice once, in the right language, or it is told why not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from incident.wiring import open_console
from tests.demo import servers, summary
from tests.demo.mailbox import Letter
from tests.demo.people import DROPPED, REFUSED, Subscriber, mail_fates, subscribers
from tests.demo.stage import Stage
from tests.demo.story import LAST_WORD, UPDATE, Night, play
from tests.demo.summary import Books

_NOTICES = ("first-notice", "update-1", "resolved-1")
_NO_WORDS = {"zh-Hans": "", "zh-Hant": "", "en": ""}
_SUBJECTS = {"zh-Hans": "钱包", "zh-Hant": "錢包", "en": "wallet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What is left when the story is over."""

    folder: Path
    night: Night
    books: Books
    seen: str
    """All that a person saw."""
    ledger: tuple[Mapping[str, Any], ...]
    """Every row of every notice."""
    still_to_drop: frozenset[str]
    """Addresses at which the mail server has not dropped the connection yet."""

    def first(self, notice: int, locale: str) -> Letter:
        """The first letter of a notice (counted from 0) in a language."""
        broadcast = self.books.ledger["broadcasts"][notice]["id"]
        return next(letter for letter in self.books.mails_of(broadcast) if letter.locale == locale)


class Watcher:
    """Sees what is shown."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def show(self, text: str) -> None:
        self.texts.append(text)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The story, played once for all tests of this page."""
    folder = tmp_path_factory.mktemp("demo")
    watcher = Watcher()
    stage = Stage(workspace=folder / "workspace", show=watcher.show)
    with servers.running(folder) as running:
        night = play(stage, folder, running)
        books = summary.examine(stage, night, running)
        dropping = frozenset(running.mail.behaviour.drop_before_text)
    summary.write(folder, stage, night, books)
    return Played(
        folder=folder,
        night=night,
        books=books,
        seen="".join(watcher.texts),
        ledger=_ledger(stage.workspace),
        still_to_drop=dropping,
    )


def _ledger(workspace: Path) -> tuple[Mapping[str, Any], ...]:
    console = open_console(workspace)
    rows = console.store.execute(
        "SELECT b.step, b.id AS broadcast_id, d.* FROM delivery d "
        "JOIN broadcast b ON b.no = d.broadcast WHERE b.lane = 1",
        {},
    ).fetchall()
    console.close()
    return tuple(dict(row) for row in rows)


def test_the_books_balance(played: Played) -> None:
    """Every check that the demonstration makes, each by name."""
    assert [check.sentence for check in played.books.checks if not check.holds] == []


@pytest.mark.parametrize("lost", ["mails", "pushes", "posts"])
def test_books_that_lack_one_message_do_not_balance(played: Played, lost: str) -> None:
    """The demonstration would notice: its exit code hangs on it."""
    books = replace(played.books, **{lost: getattr(played.books, lost)[1:]})
    assert not summary.checked(books).balanced


@pytest.mark.parametrize("step", _NOTICES)
def test_each_subscriber_got_one_mail_in_the_right_language_or_is_accounted_for(played: Played, step: str) -> None:
    """What must become of each is told from the list alone; the ledger and the server's mails both say the same."""
    told = _told(played, step)
    fates = mail_fates(told.values())
    rows = {row["recipient"]: row for row in played.ledger if row["step"] == step and row["channel"] == "email"}
    assert {identity: row["reason"] or row["state"] for identity, row in rows.items()} == fates
    letters = {
        letter.to: letter.locale for letter in played.books.mails if letter.broadcast == rows["c0001"]["broadcast_id"]
    }
    assert letters == {
        told[identity].email.lower(): told[identity].locale for identity, fate in fates.items() if fate == "accepted"
    }


def test_no_mail_arrived_twice(played: Played) -> None:
    """Not even after the dropped connection: one Message-ID, one letter."""
    seen = [letter.message_id for letter in played.books.mails]
    assert len(seen) == len(set(seen))


def test_the_words_are_in_the_language_that_the_header_names(played: Played) -> None:
    """Subject and body of one letter of each notice and language; staff's own words stand in the update and the end."""
    for locale, word in _SUBJECTS.items():
        for notice, words in enumerate((_NO_WORDS, UPDATE, LAST_WORD)):
            letter = played.first(notice, locale)
            assert words[locale] in letter.text()
            assert word in str(letter.whole()["Subject"]).lower()


def test_a_name_is_data(played: Played) -> None:
    """`Jo <Jones>` reads so in the text, and escaped in the HTML."""
    letter = next(one for one in played.books.mails if one.locale == "en" and "Jo <Jones>" in one.text())
    html = letter.whole().get_body(("html",))
    assert html is not None
    assert "Jo &lt;Jones&gt;" in html.get_content()


def test_the_bad_moments_happened(played: Played) -> None:
    """A refusal for good, a dropped connection and a busy server, each seen and overcome or on record."""
    first = [row for row in played.ledger if row["step"] == "first-notice"]
    refused = next(row for row in first if row["address"] == REFUSED)
    assert (refused["state"], refused["reason"], refused["attempts"]) == ("refused", "bad_address", 1)
    assert "550" in f"{refused['code']} {refused['words']}"
    dropped = next(row for row in first if row["address"] == DROPPED)
    assert dropped["state"] == "accepted"
    assert played.still_to_drop == frozenset()
    posts = [row for row in first if row["channel"] == "social"]
    assert sorted((row["state"], row["attempts"]) for row in posts) == [
        ("accepted", 1),
        ("accepted", 1),
        ("accepted", 2),
    ]


def test_a_person_saw_the_count_the_words_and_the_progress(played: Played) -> None:
    """Before the approval the counts by channel and language and a text of each medium; then how far the sending is."""
    before, after = played.seen.split("--yes 500 --as wang", 1)
    assert "Message 'first-notice' to everyone: 500 people" in before
    assert re.search(r"CHANNEL +EN +ZH-HANS +ZH-HANT", before)
    assert "--- email/zh-Hans" in before
    assert "--- push/zh-Hans" in before
    assert "--- social/zh-Hans" in before
    assert re.search(r"first-notice by email +━+ +500/500 +493 accepted, 1 refused", after)
    assert "It adds up." in after


def test_nobody_s_address_is_shown(played: Played) -> None:
    """Neither on the screen nor in the timeline, the reconciliation or the summary, but where the story names it."""
    names = [played.seen.replace(REFUSED, "")]
    names += [
        (played.folder / name).read_text("utf-8") for name in ("timeline.json", "reconciliation.json", "summary.md")
    ]
    for text in names:
        assert "@people.example" not in text
        assert "@wallet.example" not in text
        assert "push-c0" not in text


def test_the_summary_tells_the_night(played: Played) -> None:
    """Numbers, samples in three languages, and the posts."""
    page = (played.folder / "summary.md").read_text("utf-8")
    assert f"# {played.night.incident}" in page
    assert all(f"**{locale}** " in page for locale in _SUBJECTS)
    assert "WRONG" not in page


def _told(played: Played, step: str) -> dict[str, Subscriber]:
    """Whom a notice is for: everybody first; then whoever got the first one, by any channel."""
    people = {one.id: one for one in subscribers()}
    if step == "first-notice":
        return people
    got = {row["recipient"] for row in played.ledger if row["step"] == "first-notice" and row["state"] == "accepted"}
    return {identity: one for identity, one in people.items() if identity in got}
