"""Receipts in the ledger: beside the sum, each once, and no address on the list that is not the delivery's own."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from incident import journal
from incident.audience.suppression import suppress
from incident.channel.port import Deferred, Sent
from incident.delivery import care
from incident.delivery.model import LANES
from incident.delivery.rules.frozen import Rules
from incident.delivery.rules.pause import PauseIf
from incident.now import ms
from incident.receipt import record
from incident.receipt.sources import callbacks, mbox
from incident.receipt.tally import Tally, tally
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.receipt.sending import WORKER, key, left, maildir, read_maildir, receipts, sent, suppressed
from tests.receipt.shapes import mail

ONE = "u00001@example.net"


def test_a_bounce_comes_back(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Its row stands beside the delivery, its address on the list with reason and date; the mail moves to cur/."""
    row = sent(store, clock)
    clock.advance("10m")
    folder = maildir(tmp_path, m1=mail("postfix", key(store, row), ONE))
    assert read_maildir(store, folder, clock) == {"read": 1, "bounced": 1, "suppressed": 1}
    (found,) = receipts(store)
    assert (found["kind"], found["permanent"], found["sure"]) == ("bounced", 1, 1)
    assert (found["code"], found["enhanced"]) == ("550", "5.1.1")
    assert found["words"] == "550 5.1.1 <***>: Recipient address rejected: User unknown"
    assert found["happened_at"] == ms(clock()) - 288_000  # 03:05:12 of the report; it is 03:10 now
    (listed,) = store.execute("SELECT * FROM suppression").fetchall()
    assert (listed["address"], listed["reason"]) == (ONE, "bounced 5.1.1")
    assert (listed["at"], listed["actor"]) == (ms(clock()), "worker")
    assert (left(folder), [file.name for file in (folder / "cur").iterdir()]) == ([], ["m1:2,S"])


def test_addresses_that_die_later_pause_too(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """All were accepted; bounces come back while the rest waits for its retry: the rule holds it, with the figures."""
    ledger.add_recipients(store, 4)
    row = ledger.broadcast(store, clock(), rules=Rules(pause_if=PauseIf(hard_bounce=0.4, after=3)))
    way = ledger.Answering(answers=lambda one: Deferred("busy") if one.recipient == "u00003" else Sent("250"))
    ledger.send(store, ledger.line(way), clock)
    assert ledger.state(store, row) == "sending"
    one, two = key(store, row), key(store, row, "u00002")
    folder = maildir(
        tmp_path,
        m1=mail("postfix", one, ONE),
        m2=mail("exim", one, ONE),
        m3=mail("postfix", two, "u00002@example.net"),
    )
    read_maildir(store, folder, clock)
    care.look_after(store, clock())
    assert ledger.state(store, row) == "held"
    assert store.execute("SELECT why FROM broadcast").fetchone()["why"].startswith("2 of 3 addresses are dead by email")


def test_the_sum_does_not_move(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """What was accepted stays accepted; the receipts are counted beside it, a delivery once."""
    row = sent(store, clock)
    before = ledger.summed(store, row)
    one, two = key(store, row), key(store, row, "u00002")
    folder = maildir(
        tmp_path,
        m1=mail("postfix", one, ONE),
        m2=mail("exim", one, ONE),
        m3=mail("full", two, "u00002@example.net"),
        m4=mail("complaint", two, "u00002@example.net"),
        m5=mail("delayed", two, "u00002@example.net"),
    )
    counted = read_maildir(store, folder, clock)
    assert counted == {"read": 5, "bounced": 3, "complained": 1, "delayed": 1, "suppressed": 2}
    assert ledger.summed(store, row) == before
    assert tally(store, row["no"]) == Tally(bounced=2, permanent=2, complained=1, delayed=1)
    assert str(tally(store, row["no"])) == "2 bounced (2 permanent), 1 complained, 1 delayed"


def test_reading_twice_does_nothing(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """The same mail in another mailbox, with other headers on its way: no second row, no second suppression."""
    row = sent(store, clock)
    raw = mail("postfix", key(store, row), ONE)
    read_maildir(store, maildir(tmp_path / "a", m1=raw), clock)
    entries = len(list(journal.read(store)))
    again = maildir(tmp_path / "b", m9=b"Received: by another.example\n" + raw)
    assert read_maildir(store, again, clock) == {"read": 1, "known": 1}
    assert left(again) == []
    assert (len(receipts(store)), len(list(journal.read(store)))) == (1, entries)


def test_taken_off_the_list_it_stays_off(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """A person who takes an address off the list is not overruled by a mail that was read before."""
    row = sent(store, clock)
    raw = mail("postfix", key(store, row), ONE)
    read_maildir(store, maildir(tmp_path / "a", m1=raw), clock)
    store.execute("DELETE FROM suppression")
    read_maildir(store, maildir(tmp_path / "b", m1=raw), clock)
    assert suppressed(store) == {}


def test_a_persons_reason_stays(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """An address that is on the list already keeps the reason that it is there for."""
    row = sent(store, clock)
    suppress(store, ONE, "asked by phone", WORKER, clock())
    folder = maildir(tmp_path, m1=mail("postfix", key(store, row), ONE))
    assert read_maildir(store, folder, clock) == {"read": 1, "bounced": 1}
    assert suppressed(store) == {ONE: "asked by phone"}


def test_killed_before_it_is_put_away(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """The receipt is durable, the mail still in new/: the next reading finds it known and puts it away."""
    row = sent(store, clock)
    folder = maildir(tmp_path, m1=mail("postfix", key(store, row), ONE))
    raw = (folder / "new" / "m1").read_bytes()
    read_maildir(store, folder, clock)
    (folder / "cur" / "m1:2,S").unlink()
    (folder / "new" / "m1").write_bytes(raw)  # as if the rename had never been
    assert read_maildir(store, folder, clock) == {"read": 1, "known": 1}
    assert left(folder) == []


@pytest.mark.parametrize("name", ["full", "expired", "delayed", "delivered"])
def test_what_passes_suppresses_nobody(name: str, store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """A full mailbox, a server that is down, a delay, a success: recorded, and the address may be written to again."""
    row = sent(store, clock)
    counted = read_maildir(store, maildir(tmp_path, m1=mail(name, key(store, row), ONE)), clock)
    assert (counted["read"], suppressed(store)) == (1, {})
    assert len(receipts(store)) == 1


def test_a_complaint_without_an_address(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Providers hide who complained; the key of the delivery tells whom not to write to again."""
    row = sent(store, clock)
    folder = maildir(tmp_path, m1=mail("complaint-anonymous", key(store, row)))
    assert read_maildir(store, folder, clock) == {"read": 1, "complained": 1, "suppressed": 1}
    assert suppressed(store) == {ONE: "complained"}


def test_forged_reports(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """A key that does not exist, a number that does not, another person's address under one's own key: nobody is
    suppressed, each is counted as unmatched and stays where it is."""
    row = sent(store, clock)
    folder = maildir(
        tmp_path,
        m1=mail("postfix", "zzzzzzzzzzzzzzzz.1", ONE),
        m2=mail("postfix", f"{row['id']}.999999999", ONE),
        m3=mail("postfix", key(store, row), "u00002@example.net"),
        m4=mail("complaint", key(store, row), "u00002@example.net"),
    )
    assert read_maildir(store, folder, clock) == {"read": 4, "unmatched": 4}
    assert (receipts(store), suppressed(store), left(folder)) == ([], {}, ["m1", "m2", "m3", "m4"])


def test_what_is_not_understood_is_left(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Automatic answers, people's mails, broken reports, a pipe in the place of a mail: counted by name, left alone."""
    row = sent(store, clock)
    one = key(store, row)
    folder = maildir(
        tmp_path,
        m1=mail("vacation", one, ONE),
        m2=mail("person", one, ONE),
        m3=mail("broken", one, ONE),
        m4=mail("relayed", one, ONE),
        m5=b"",
    )
    os.mkfifo(folder / "new" / "pipe")
    expected = {"read": 5, "auto_reply": 1, "not_a_report": 2, "unreadable": 1, "no_news": 1}
    assert read_maildir(store, folder, clock) == expected
    assert left(folder) == ["m1", "m2", "m3", "m4", "m5", "pipe"]
    assert suppressed(store) == {}
    assert list(journal.read(store)) == []


def test_without_a_key(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """The thread of the incident and the address name the one delivery that can be meant. It is recorded as not sure,
    and suppresses nobody: anybody could have written it."""
    sent(store, clock)
    folder = maildir(tmp_path, m1=mail("without-key", address="U00001@Example.NET"))
    assert read_maildir(store, folder, clock) == {"read": 1, "bounced": 1}
    assert ([row["sure"] for row in receipts(store)], suppressed(store)) == ([0], {})


def test_without_a_key_and_not_clear(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Two broadcasts of the incident went to the address: which one bounced is not guessed."""
    sent(store, clock)
    sent(store, clock, step="update-1")
    folder = maildir(tmp_path, m1=mail("without-key", address=ONE))
    assert read_maildir(store, folder, clock) == {"read": 1, "unmatched": 1}


def test_what_no_database_holds(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """NUL, halves of characters and octets of no charset, wherever they stand: read as nothing, never an error."""
    row = sent(store, clock)
    no_key = mail("without-key", address=ONE)
    folder = maildir(
        tmp_path,
        m1=no_key.replace(b"u00001", b"u0\x000001").replace(b"INC-2026-001", b"INC-\x002026"),
        m2=no_key.replace(b"rfc822; u00001", rb"utf-8; \x{0}\x{D800}\x{FFFFFF}u00001"),
        m3=mail("postfix", key(store, row), ONE).replace(b"User unknown", b"\x00 \xed\xa0\x80 \xff"),
        m4=mail("international", key(store, row), ONE).replace(b"674E", b"0"),
    )
    counted = read_maildir(store, folder, clock)
    assert (counted["read"], counted["bounced"], counted["unmatched"]) == (4, 2, 2)
    assert all(found["words"].isprintable() for found in receipts(store))


def test_staff_are_never_silenced(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Whoever marks a page as spam is paged the next time all the same."""
    row = sent(store, clock)
    store.execute("UPDATE broadcast SET lane = :lane", {"lane": LANES["page"]})
    folder = maildir(tmp_path, m1=mail("complaint", key(store, row), ONE))
    assert read_maildir(store, folder, clock) == {"read": 1, "complained": 1}
    assert suppressed(store) == {}


def test_a_flood_about_one_delivery(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Whoever got a mail knows its key; after some reports about it the others are counted and left."""
    row = sent(store, clock)
    raw = mail("delayed", key(store, row), ONE)
    flood = {f"m{no:03d}": raw.replace(b"4Xq2d", b"%d" % no) for no in range(record.MOST + 5)}
    counted = read_maildir(store, maildir(tmp_path, **flood), clock)
    assert counted == {"read": record.MOST + 5, "delayed": record.MOST, "too_many": 5}


def test_strangers_clocks(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """A date before the broadcast or after now is drawn to the nearer of the two."""
    row = sent(store, clock)
    clock.advance("10m")
    early = mail("full", key(store, row), ONE).replace(b"14 Mar 2026 04:00:00", b"1 Jan 1970 00:00:00")
    late = mail("full", key(store, row, "u00002"), "u00002@example.net").replace(b"2026 04:00:00", b"9999 23:59:59")
    read_maildir(store, maildir(tmp_path, m1=early, m2=late), clock)
    assert [found["happened_at"] for found in receipts(store)] == [row["frozen_at"], ms(clock())]


def test_the_journal_holds_counts_and_no_address(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """One row for the reading, one for the address that is written to no more, masked; the chain is whole."""
    row = sent(store, clock)
    one = key(store, row)
    folder = maildir(tmp_path, m1=mail("postfix", one, ONE), m2=mail("vacation", one, ONE))
    read_maildir(store, folder, clock)
    entries = list(journal.read(store))
    assert [entry.kind for entry in entries] == ["address.suppressed", "receipts.read"]
    assert entries[1].detail == {"read": 2, "bounced": 1, "suppressed": 1, "auto_reply": 1}
    assert {entry.actor for entry in entries} == {"worker"}
    assert "u00001" not in json.dumps([dict(entry.detail) for entry in entries])
    assert journal.verify(store) == 2


def test_more_than_a_batch(sqlite_store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Many mails are recorded in several transactions, each with its row in the journal."""
    people = record.BATCH + 10
    row = sent(sqlite_store, clock, people)
    mails = {
        f"m{no:04d}": mail("postfix", key(sqlite_store, row, f"u{no:05d}"), f"u{no:05d}@example.net")
        for no in range(people)
    }
    counted = read_maildir(sqlite_store, maildir(tmp_path, **mails), clock)
    assert counted == {"read": people, "bounced": people, "suppressed": people}
    read = [entry for entry in journal.read(sqlite_store) if entry.kind == "receipts.read"]
    assert [entry.detail["read"] for entry in read] == [record.BATCH, 10]


def test_an_mbox(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Each mail of the file, `From ` inside a text not taken for a new one; the file stays as it is."""
    row = sent(store, clock)
    file = tmp_path / "bounces.mbox"
    said = mail("postfix", key(store, row), ONE).replace(b"Your money", b">From today your money")
    file.write_bytes(
        b"From MAILER-DAEMON Sat Mar 14 03:05:12 2026\n" + said + b"\nFrom x Sat Mar 14 2026\n" + mail("vacation")
    )
    before = file.read_bytes()
    counted = record.read(store, mbox(file), WORKER, clock)
    assert {name: count for name, count in counted.items() if count} == {
        "read": 2,
        "bounced": 1,
        "suppressed": 1,
        "auto_reply": 1,
    }
    assert file.read_bytes() == before


def test_callbacks(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """A provider's events by key or message id; a bounce of the address and a complaint suppress, once; lines that are
    broken, unknown or about somebody else's address are counted by name."""
    row = sent(store, clock)
    one, two, three = (key(store, row, f"u0000{no}") for no in range(3))
    lines = [
        {"key": one, "event": "delivered", "at": "2026-03-14T03:00:01Z"},
        {"message_id": f"<{two}@wallet.example>", "event": "bounced", "code": "550 5.1.1", "words": "gone"},
        {"key": three, "event": "complained", "address": "U00002@example.net", "provider": {"own": 1}},
        {"key": three, "event": "bounced", "code": 550, "address": ONE},
        {"key": one, "event": "opened"},
        {"key": "nobody.1", "event": "delivered"},
        {"key": one, "event": "exploded"},
        {"key": [one], "event": {"x": 1}},
        [],
    ]
    file = tmp_path / "callbacks.jsonl"
    raw = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    file.write_bytes(raw + b"\xff{\n\n" + b'{"key": "' + b"a" * 200_000 + b'"}\n' + b"[" * 60_000 + b"\n")
    counted = record.read(store, callbacks(file), WORKER, clock)
    assert {name: count for name, count in counted.items() if count} == {
        "read": 12,
        "delivered": 1,
        "bounced": 1,
        "complained": 1,
        "suppressed": 2,
        "no_news": 1,
        "unmatched": 2,
        "unreadable": 6,
    }
    assert suppressed(store) == {ONE: "bounced 5.1.1", "u00002@example.net": "complained"}
    again = record.read(store, callbacks(file), WORKER, clock)
    assert (again["known"], again["suppressed"], len(receipts(store))) == (3, 0, 3)


def test_what_is_counted_adds_up() -> None:
    """Every name of a count is told once, and what was read is the sum of what became of it."""
    assert len(set(record.COUNTED)) == len(record.COUNTED)
    assert (record.COUNTED[0], record.COUNTED[-1]) == ("read", "suppressed")
