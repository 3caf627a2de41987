"""`incident receipt read|list` and what `show` and `reconcile` tell of it, typed as a person or a script types it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from incident.store import open_store
from tests.cli.program import Ran, run
from tests.receipt.sending import left, maildir
from tests.receipt.shapes import mail
from tests.servers.imap import Mailbox, serving

CARDS = """\
schema: incident.playbook/v1
id: cards
title: Cards are down
kind: outage
case: payment-failure
roles:
  commander: {required: true}
steps:
  - {id: notice, type: announce, needs: [], template: first-notice, audience: "region == 'sh'", channels: [email]}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace whose first notice has gone out by mail."""
    folder = tmp_path / "oncall"
    run("init", folder)
    (folder / "playbooks" / "cards.yaml").write_text(CARDS, encoding="utf-8")
    run("audience", "import", "audience/sample.csv", cwd=folder)
    assert run("declare", "cards", "--yes", "2", cwd=folder).exit == 0
    return folder


def letters(workspace: Path) -> list[tuple[str, str]]:
    """(key, address) of each mail that went out."""
    store = open_store(f"sqlite:///{workspace / 'incident.db'}")
    found = store.execute(
        "SELECT b.id, d.no, d.address FROM delivery d JOIN broadcast b ON b.no = d.broadcast "
        "WHERE b.lane = 1 AND d.state = 'accepted' ORDER BY d.no"
    ).fetchall()
    store.close()
    return [(f"{row['id']}.{row['no']}", row["address"]) for row in found]


def told(workspace: Path, *line: str | Path) -> Ran:
    return run(*line, "--output", "json", cwd=workspace)


def test_a_bounce_is_seen_everywhere(workspace: Path, tmp_path: Path) -> None:
    """Read, listed, beside the sum in show and reconcile, on the suppression list; the sum itself is as it was."""
    before = told(workspace, "reconcile", "1").json
    (key, address), *_ = letters(workspace)
    bounces = maildir(tmp_path / "bounces", m1=mail("postfix", key, address))
    counted = told(workspace, "receipt", "read", "--maildir", bounces)
    assert counted.exit == 0, counted.err
    assert (counted.json["read"], counted.json["bounced"], counted.json["suppressed"]) == (1, 1, 1)
    (listed,) = told(workspace, "receipt", "list", "1", "--kind", "bounced").json["receipts"]
    assert (listed["step"], listed["channel"], listed["enhanced"]) == ("notice", "email", "5.1.1")
    assert address not in str(listed)
    after = told(workspace, "reconcile", "1").json
    receipts = {"delivered": 0, "bounced": 1, "permanent": 1, "complained": 0, "delayed": 0}
    assert after["broadcasts"][0].pop("receipts") == receipts
    assert before["broadcasts"][0].pop("receipts")["bounced"] == 0
    assert after == before
    assert told(workspace, "show", "1").json["broadcasts"][0]["receipts"] == receipts
    assert "Came back of notice: 1 bounced (1 permanent)" in run("show", "1", cwd=workspace).out
    assert [one["reason"] for one in told(workspace, "audience", "list", "--suppressed").json["suppressed"]] == [
        "bounced 5.1.1"
    ]


def test_one_mail_on_standard_input(workspace: Path) -> None:
    """As a mail server hands it to a program."""
    (key, address), *_ = letters(workspace)
    done = subprocess.run(
        [sys.executable, "-m", "incident", "--workspace", workspace, "receipt", "read", "--stdin"],
        input=mail("complaint", key, address),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.decode() == "Read 1: 1 complained. Addresses put on the suppression list: 1.\n"


def test_killed_while_reading(workspace: Path, tmp_path: Path) -> None:
    """kill -9 at some moments of a reading: after the last one every mail was recorded once, and all moved."""
    count = 120
    broadcast = letters(workspace)[0][0].partition(".")[0]
    store = open_store(f"sqlite:///{workspace / 'incident.db'}")
    with store.transaction():
        for no in range(1000, 1000 + count):
            store.execute(
                "INSERT INTO delivery (broadcast, no, recipient, channel, locale, address, name, state, attempts) "
                "SELECT no, :no, :id, 'email', 'en', :address, '', 'accepted', 1 FROM broadcast WHERE id = :broadcast",
                {"no": no, "id": f"r{no}", "address": f"r{no}@example.net", "broadcast": broadcast},
            )
    mails = {f"m{no}": mail("postfix", f"{broadcast}.{no}", f"r{no}@example.net") for no in range(1000, 1000 + count)}
    bounces = maildir(tmp_path / "bounces", **mails)
    line = [
        sys.executable,
        "-m",
        "incident",
        "--workspace",
        str(workspace),
        "receipt",
        "read",
        "--maildir",
        str(bounces),
    ]
    for delay in (0.25, 0.3, 0.35, 0.4, 0.5):
        process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert subprocess.run(line, capture_output=True, check=False, timeout=60).returncode == 0
    assert left(bounces) == []
    assert len(list((bounces / "cur").iterdir())) == count
    rows = store.execute("SELECT count(*) AS n, count(DISTINCT delivery) AS d FROM receipt").fetchone()
    listed = store.execute("SELECT count(*) AS n FROM suppression").fetchone()["n"]
    store.close()
    assert (rows["n"], rows["d"], listed) == (count, count, count)
    assert run("doctor", cwd=workspace).exit in (0, 100)  # the journal's chain is whole


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        (("read",), 2, "Name one place to read"),
        (("read", "--stdin", "--imap"), 2, "Name one place to read"),
        (("read", "--imap"), 18, "set receipts.imap"),
        (("read", "--maildir", "playbooks"), 23, "cannot be read as a maildir"),
        (("read", "--mbox", "incident.yaml"), 23, "This is no mbox file"),
        (("list", "77"), 9, "INC-"),
    ],
)
def test_what_a_person_can_do_wrong(workspace: Path, line: tuple[str, ...], code: int, sentence: str) -> None:
    """No place, two places, a mailbox that is not set, a folder or file of another kind: a sentence and its code."""
    done = run("receipt", *line, cwd=workspace)
    assert (done.exit, sentence in done.err) == (code, True), done.err


def test_the_mailbox_of_the_settings(workspace: Path) -> None:
    """`receipts.imap` in incident.yaml names it."""
    (key, address), *_ = letters(workspace)
    file = workspace / "incident.yaml"
    with serving(Mailbox(mails={7: mail("gmail", key, address)})) as mailbox:
        file.write_text(f"{file.read_text(encoding='utf-8')}\nreceipts: {{imap: '{mailbox.url}'}}\n", encoding="utf-8")
        done = told(workspace, "receipt", "read", "--imap")
    assert (done.exit, done.json["bounced"], mailbox.seen) == (0, 1, {7}), done.err
