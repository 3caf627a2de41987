"""A drill cannot reach live people, a live run cannot reach the audience of drills: proved where the mail arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from incident import respond
from incident.delivery import reconcile
from incident.run.live import no_confirmation
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house
from tests.servers import smtp
from tests.servers.smtp import MailServer

FIRE = """\
schema: incident.playbook/v1
id: fire
title: Fire
kind: force_majeure
case: datacenter-loss
steps:
  - {id: tell, type: announce, template: first-notice, audience: everyone, promise_next: 20m}
  - {id: work, type: task, needs: [], title: Look}
"""
EVERYBODY = (
    "id,name,locale,email,drill",
    "live1,Ann,en,ann@live.example,",
    "live2,Bo,en,bo@live.example,no",
    "drill1,Cy,en,cy@drill.example,yes",
    "drill2,Di,en,di@drill.example,true",
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with smtp.running(tmp_path / "mails") as server:
        yield server


def opened(home: Path, clock: MovableClock, server: MailServer, **drill: str) -> Console:
    """Mail goes to the server; the status page is a live account that keeps what it is given."""
    channels = {
        "email": {"kind": "mail", "url": server.url},
        "status": {"kind": "file", "path": "live-status", "medium": "status", "reach": "once"},
    }
    more: dict[str, object] = {"drill": drill} if drill else {}
    console = house.opened(
        house.write(home / "oncall", playbooks={"fire": FIRE}, channels=channels, **more), clock, acting_as="li"
    )
    house.import_rows(console, EVERYBODY)
    return console


def declare(console: Console, *, drill: bool) -> str:
    book = console.playbook("fire")
    standing = respond.declare(console.office, console.actor, book, {}, no_confirmation, drill=drill)
    house.send(console)
    return standing.incident


def test_each_reaches_its_own_people_alone(tmp_path: Path, clock: MovableClock, server: MailServer) -> None:
    """The same audience, the same playbook: a drill reaches those who are marked, what is real everybody else."""
    console = opened(tmp_path, clock, server)
    assert declare(console, drill=True) == "DRILL-2026-001"
    assert sorted(server.recipients()) == ["cy@drill.example", "di@drill.example"]
    assert all(str(mail["Subject"]).startswith("[EXERCISE]") for mail in server.mails())
    assert declare(console, drill=False) == "INC-2026-001"
    assert sorted(server.recipients()[2:]) == ["ann@live.example", "bo@live.example"]
    assert not any("EXERCISE" in mail.as_string() for mail in server.mails()[2:])
    console.close()


def test_what_all_would_see_is_written_into_files(tmp_path: Path, clock: MovableClock, server: MailServer) -> None:
    """A drill never posts by a live account, and what is real never ends in a drill's files."""
    console = opened(tmp_path, clock, server)
    live, sink = console.workspace / "live-status", console.workspace / "drill" / "status"
    declare(console, drill=True)
    assert not live.exists()
    (post,) = [json.loads(file.read_text(encoding="utf-8")) for file in sink.glob("*.json")]
    assert post["parts"]["headline"].startswith("[EXERCISE]")
    declare(console, drill=False)
    assert (len(list(live.glob("*.json"))), len(list(sink.glob("*.json")))) == (1, 1)
    console.close()


def test_a_drill_into_files_sends_no_mail(tmp_path: Path, clock: MovableClock, server: MailServer) -> None:
    """`people: files` writes what the marked people would get; staff still hear by their channels."""
    console = opened(tmp_path, clock, server, people="files", folder="rehearsals")
    incident = declare(console, drill=True)
    assert server.recipients() == []
    assert len(list((console.workspace / "rehearsals" / "email").glob("*.json"))) == 2
    assert all(one.total.adds_up for one in reconcile.reconcile(console.store, incident))
    console.close()


def test_the_sender_looks_once_more(tmp_path: Path, clock: MovableClock, server: MailServer) -> None:
    """Whoever is marked between the freeze and the sending, or is marked no more, gets nothing."""
    console = opened(tmp_path, clock, server)
    book = console.playbook("fire")
    for drill in (True, False):
        respond.declare(console.office, console.actor, book, {}, no_confirmation, drill=drill)
    turned = [row.replace("drill1,Cy,en,cy@drill.example,yes", "drill1,Cy,en,cy@drill.example,no") for row in EVERYBODY]
    house.import_rows(console, [row.replace("ann@live.example,", "ann@live.example,yes") for row in turned])
    house.send(console)
    assert sorted(server.recipients()) == ["bo@live.example", "di@drill.example"]
    reasons = [one.total.reasons for name in IDS for one in reconcile.reconcile(console.store, name)]
    assert [found.get("wrong_side") for found in reasons] == [1, 1]
    console.close()


IDS = ("DRILL-2026-001", "INC-2026-001")


def test_the_count_is_that_of_its_own_side(tmp_path: Path, clock: MovableClock, server: MailServer) -> None:
    """What a person confirms is the number of those who will get it."""
    console = opened(tmp_path, clock, server)
    asked: list[int] = []
    book = console.playbook("fire")
    for drill in (True, False):
        respond.declare(console.office, console.actor, book, {}, lambda people, _: asked.append(people), drill=drill)
    assert asked == [2, 2]
    console.close()


def test_both_databases_keep_them_apart(tmp_path: Path, clock: MovableClock, postgresql_url: str) -> None:
    """The same on PostgreSQL: rows of the ledger by recipient."""
    console = house.opened(house.write(tmp_path, playbooks={"fire": FIRE}, store=postgresql_url), clock, acting_as="li")
    house.import_rows(console, EVERYBODY)
    told = {}
    for drill in (True, False):
        made = respond.declare(
            console.office, console.actor, console.playbook("fire"), {}, no_confirmation, drill=drill
        )
        rows = console.store.execute(
            "SELECT d.recipient FROM delivery d JOIN broadcast b ON b.no = d.broadcast "
            "WHERE b.incident = :incident AND b.lane = 1 ORDER BY d.recipient",
            {"incident": made.incident},
        )
        told[made.incident] = [row["recipient"] for row in rows.fetchall()]
    assert told == {"DRILL-2026-001": ["drill1", "drill2"], "INC-2026-001": ["live1", "live2"]}
    console.close()
