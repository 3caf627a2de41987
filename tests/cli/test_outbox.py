"""The outbox from the command line: what scripts read, and what a person is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import run

CARDS = """\
schema: incident.playbook/v1
id: cards
title: Cards are down
kind: outage
case: payment-failure
roles: {commander: {}}
steps:
  - {id: notice, type: announce, needs: [], template: first-notice, audience: everyone, canary: {first: 2, hold: 1h}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A practice workspace whose notice has gone to the first two people."""
    folder = tmp_path / "oncall"
    assert run("init", folder).exit == 0
    (folder / "playbooks" / "cards.yaml").write_text(CARDS, encoding="utf-8")
    assert run("audience", "import", "audience/sample.csv", cwd=folder).exit == 0
    count = run("declare", "cards", "--output", "json", cwd=folder).json["count"]
    assert run("declare", "cards", "--yes", str(count), cwd=folder).exit == 0
    return folder


def test_it_is_told_what_is_waited_for(workspace: Path) -> None:
    """The list says why nothing moves, and until when."""
    (told,) = run("outbox", "list", "--output", "json", cwd=workspace).json["broadcasts"]
    assert (told["state"], told["waits_for"]) == ("sending", "canary")
    assert told["why"] == "the first 2 people have been tried"
    assert told["until"] is not None


def test_a_word_lets_everybody_go_and_the_watch_ends(workspace: Path) -> None:
    """Released, all are sent; a watch of what is over prints one line and ends."""
    refused = run("outbox", "release", "1", "--output", "json", cwd=workspace)
    assert refused.exit == 20
    assert run("outbox", "release", "1", "--yes", str(refused.json["count"]), cwd=workspace).exit == 0
    watched = run("outbox", "watch", "1", cwd=workspace)
    (line,) = watched.out.splitlines()
    (told,) = json.loads(line)["broadcasts"]
    assert (told["state"], told["pending"]) == ("finished", 0)
    assert sum(part["accepted"] for part in told["locales"].values()) == told["accepted"] > 0


def test_a_stop_says_how_many_were_not_sent(workspace: Path) -> None:
    """At once, and the ledger agrees."""
    stopped = run("outbox", "stop", "1", "--reason", "wrong link", "--output", "json", cwd=workspace).json
    (told,) = stopped["broadcasts"]
    ledger = run("reconcile", "1", "--output", "json", cwd=workspace).json
    assert told["rows"] == ledger["reasons"]["stopped"] > 0
    assert ledger["pending"] == 0


def test_a_reason_that_is_none_is_refused(workspace: Path) -> None:
    """The sentence names those there are; two wishes at once are none."""
    wrong = run("outbox", "retry", "1", "--refused", "bad_adress", cwd=workspace)
    assert wrong.exit == 9
    assert "bad_address" in wrong.err
    assert run("outbox", "retry", "1", "--failed", "--refused", "blocked", cwd=workspace).exit == 2


def test_an_archive_needs_a_name(workspace: Path) -> None:
    """Nothing is archived by accident; what was never archived is not proved."""
    assert run("outbox", "archive", cwd=workspace).exit == 2
    young = run("outbox", "archive", "--to", "old.jsonl.gz", cwd=workspace)
    assert young.out.startswith("Nothing was over before")
    assert not (workspace / "old.jsonl.gz").exists()
    (workspace / "other").write_text("other", encoding="utf-8")
    assert run("outbox", "archive", "--verify", "other", cwd=workspace).exit == 9


def test_show_says_what_a_broadcast_waits_for(workspace: Path) -> None:
    """In words with the time for people, by name for scripts."""
    (told,) = run("show", "1", "--output", "json", cwd=workspace).json["broadcasts"]
    assert (told["waits_for"], told["why"]) == ("canary", "the first 2 people have been tried")
    assert "notice waits: the first 2 people have been tried, until 20" in run("show", "1", cwd=workspace).out


def test_following_prints_lines_for_programs(workspace: Path) -> None:
    """How far it has come, at least at the end; then the command's own document, on a line as well."""
    count = run("resolve", "1", "--output", "json", cwd=workspace).json["count"]
    done = run("resolve", "1", "--yes", str(count), "--follow", "--output", "json", cwd=workspace)
    *lines, last = map(json.loads, done.out.splitlines())
    assert {line["schema"] for line in lines} == {"incident.outbox-watch/v1"}
    assert lines[0]["broadcasts"][0]["rate"] is None
    assert [told["state"] for told in lines[-1]["broadcasts"]][-1] == "finished"
    assert last["schema"] == "incident.resolve/v1"
