"""What was forgotten is found, tried again, then told to people; a heartbeat goes out only while all is well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from incident import paging
from incident.errors import SettingsMistakes
from incident.now import ms
from incident.run import audit
from incident.run.heartbeat import Heartbeat, ping
from incident.settings import Secret
from incident.store import Store
from incident.wiring import open_console
from tests.cli.program import run
from tests.clock import START
from tests.flow.conftest import night
from tests.flow.night import Night
from tests.run import house

__all__ = ["night"]


def test_nothing_is_overdue_while_a_worker_works(night: Night) -> None:
    """An incident with its pages, promise and clocks, looked after for an hour."""
    night.declare("datacenter-loss")
    night.pass_time("1h")
    assert audit.look(night.console.store, night.clock()) == []


def test_what_no_worker_looked_after_is_found(night: Night) -> None:
    """Nobody works for an hour: pages and duties are overdue, the oldest first."""
    night.declare("datacenter-loss")
    night.clock.advance("3h")
    found = audit.look(night.console.store, night.clock())
    assert {"page", "promise"} & {one.what for one in found}
    assert [one.due for one in found] == sorted(one.due for one in found)
    assert {one.incident for one in found} == {night.incident}


def break_run(night: Night) -> None:
    """Its snapshot cannot be read any more: what a defect, a bad disk or a bad update may do."""
    store = night.console.store
    store.execute("UPDATE run SET snapshot = 'x', next_due = :now", {"now": ms(night.clock())})


def test_a_run_that_cannot_go_on_is_tried_a_few_times_then_people_are_called(night: Night) -> None:
    """A minute apart, five times; then a page, once, and a try every hour."""
    night.declare("datacenter-loss")
    night.work()
    store = night.console.store
    break_run(night)
    pages = len(paging.listed(store, night.incident))
    for _ in range(audit.MOST_TRIES - 1):
        night.work()
        night.clock.advance("61s")
    assert "run.stuck" not in night.timeline()
    night.work()
    (page,) = paging.listed(store, night.incident)[pages:]
    assert (page["target"], "is stuck" in page["text"]) == ("commander", True)
    night.clock.advance("61m")
    night.work()
    assert night.timeline().count("run.stuck") == 1
    assert [one.tries for one in audit.look(store, night.clock()) if one.what == "stumbling"] == [6]


def test_a_run_that_goes_on_is_forgotten(night: Night) -> None:
    """One bad moment leaves no trace in the count."""
    night.declare("datacenter-loss")
    night.work()
    store = night.console.store
    (row,) = store.execute("SELECT snapshot FROM run").fetchall()
    break_run(night)
    night.work()
    assert audit.stumbling(store) == {f"{night.incident}.1"}
    store.execute("UPDATE run SET snapshot = :text", {"text": row["snapshot"]})
    night.clock.advance("61s")
    night.work()
    assert audit.stumbling(store) == set()


def test_one_run_keeps_no_other_from_going_on(night: Night) -> None:
    """The first run is broken; the second goes on in the same round."""
    night.declare("datacenter-loss")
    first = night.incident
    night.declare("datacenter-loss")
    store = night.console.store
    store.execute("UPDATE run SET next_due = :now", {"now": ms(night.clock())})
    store.execute("UPDATE run SET snapshot = 'x' WHERE incident = :first", {"first": first})
    night.work()
    assert audit.stumbling(store) == {f"{first}.1"}
    assert night.state() == "open"


def test_a_million_closed_ones_cost_nothing(sqlite_store: Store) -> None:
    """Each part of the question has an index on what is open; a hundred thousand closed runs change nothing."""
    fill = """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO run (id, incident, playbook, revision, hash, snapshot, params, state, started_by, started_at, next_due)
    SELECT 'r' || i, 'INC-2026-001', 'x', 1, '', '', '{}', 'finished', 'li', 0, NULL FROM n"""
    sqlite_store.execute(fill)
    sqlite_store.execute("UPDATE run SET next_due = 5 WHERE id = 'r77'")
    sql = next(
        part
        for part in (Path(audit.__file__).parent / "queries.sql").read_text("utf-8").split("-- name: ")
        if part.startswith("audit(")
    ).partition("\n")[2]
    plan = sqlite_store.execute(f"EXPLAIN QUERY PLAN {sql}", {"before": 10}).fetchall()
    scans = [row["detail"] for row in plan if row["detail"].startswith("SCAN") and "USING" not in row["detail"]]
    assert scans == ["SCAN restart"]
    began = time.perf_counter()
    (found,) = audit.look(sqlite_store, START)
    assert time.perf_counter() - began < 0.02
    assert (found.what, found.name) == ("run", "r77")


def test_the_audit_is_asked_on_both_databases(store: Store) -> None:
    """An empty database has nothing overdue."""
    assert audit.look(store, START) == []


# --- the heartbeat


class Monitor(BaseHTTPRequestHandler):
    """Counts what it hears; answers as it is told."""

    heard: ClassVar[list[str]] = []
    answer: ClassVar[int] = 200

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(self.answer)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def monitor() -> Iterator[str]:
    """The address of somebody outside who waits for a sign of life."""
    Monitor.heard, Monitor.answer = [], 200
    server = HTTPServer(("127.0.0.1", 0), Monitor)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/ping"
    server.shutdown()
    server.server_close()


def wait_for(heartbeat: Heartbeat) -> None:
    assert heartbeat._thread is not None
    heartbeat._thread.join(5)


def test_the_heartbeat_beats_while_all_is_well(night: Night, monitor: str) -> None:
    """Once in each interval; not at all while something is overdue, which is said once."""
    said: list[str] = []
    heartbeat = Heartbeat(url=Secret("plain", monitor), every=timedelta(minutes=1), say=said.append)
    store = night.console.store
    assert heartbeat.beat(store, night.clock())
    wait_for(heartbeat)
    assert not heartbeat.beat(store, night.clock())
    night.declare("datacenter-loss")
    night.clock.advance("3h")
    assert not heartbeat.beat(store, night.clock())
    night.clock.advance("2m")
    assert not heartbeat.beat(store, night.clock())
    assert Monitor.heard == ["/ping"]
    assert [line.partition(":")[0] for line in said] == ["No heartbeat"] * len(said)


@pytest.mark.parametrize(("answer", "words"), [(200, ""), (204, ""), (302, "answered 302"), (500, "answered 500")])
def test_an_answer_is_heard_or_not(monitor: str, answer: int, words: str) -> None:
    """Only 2xx counts; nobody is followed elsewhere."""
    Monitor.answer = answer
    problem = ping(Secret("plain", monitor))
    assert words in problem
    assert bool(problem) == bool(words)
    assert Monitor.heard == ["/ping"]


def test_a_dead_monitor_is_told_without_its_address() -> None:
    """The URL is a secret: whoever knows it can keep the alarm quiet."""
    problem = ping(Secret("plain", "http://127.0.0.1:9/secret"))
    assert problem
    assert "secret" not in problem


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://hc.example.com/abc", True),
        ("http://localhost:8080/x", True),
        ("http://[::1]:8080/", True),
        ("http://hc.example.com/abc", False),
        ("http://127.0.0.1.example.com/", False),
        ("ftp://127.0.0.1/", False),
    ],
)
def test_only_https_or_loopback(tmp_path: Path, url: str, fine: bool) -> None:
    """What is sent in the clear could be forged on its way."""
    folder = house.write(tmp_path, heartbeat={"url": url})
    if fine:
        assert open_console(folder).heartbeat(str) is not None
    else:
        with pytest.raises(SettingsMistakes, match="goes to https"):
            open_console(folder)


def test_by_hand(tmp_path: Path, monitor: str) -> None:
    """Typed: `doctor --live` says whether anything is overdue; a worker gives a sign of life."""
    folder = tmp_path / "oncall"
    run("init", folder)
    (folder / "incident.yaml").open("a", encoding="utf-8").write(f"\nheartbeat: {{url: '{monitor}', every: 1s}}\n")
    live = run("doctor", "--live", "--output", "json", "--workspace", folder)
    assert (live.exit, live.json["problems"], live.json["findings"][0]["check"]) == (0, 0, "live")
    assert run("work", "--until-idle", "--wait", "1s", "--workspace", folder).exit == 0
    assert Monitor.heard[:1] == ["/ping"]
    run("declare", "datacenter-loss", "--param", "dc=sh1", "--workspace", folder)
    import sqlite3

    with sqlite3.connect(folder / "incident.db") as database:
        database.execute("UPDATE run SET next_due = 1000")
    late = run("doctor", "--live", "--workspace", folder)
    assert (late.exit, "run INC-" in late.out) == (15, True)
