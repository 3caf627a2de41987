"""A calendar from the network: its last good copy survives every failure, and nothing secret is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from incident.people import Person
from incident.people.download import allowed
from incident.people.oncall import OnCall
from incident.people.rota import Rota
from incident.settings import Secret
from tests.clock import START, MovableClock

DUTY = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//rota//
BEGIN:VEVENT
UID:1
DTSTART:20260314T000000Z
DTEND:20260315T000000Z
SUMMARY:%s
END:VEVENT
END:VCALENDAR
"""


class Calendar:
    """What the server answers next: a status, a body, headers."""

    def __init__(self) -> None:
        self.status, self.body, self.location, self.asked = 200, DUTY % "li", "", 0


@contextmanager
def serving(calendar: Calendar) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calendar.asked += 1
            self.send_response(calendar.status)
            if calendar.location:
                self.send_header("Location", calendar.location)
            self.end_headers()
            self.wfile.write(calendar.body.encode())

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/rota.ics?token=very-secret"
    server.shutdown()
    server.server_close()


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def oncall(tmp_path: Path, calendar: Calendar) -> Iterator[OnCall]:
    people = {name: Person(id=name) for name in ("li", "wang")}
    with serving(calendar) as url:
        rota = Rota(name="ic", url=Secret("env:ROTA", url), timeout=timedelta(seconds=2))
        yield OnCall(people=people, rotas={"ic": rota}, folder=tmp_path)


def refresh(oncall: OnCall, clock: MovableClock) -> list[str]:
    return oncall.refresh(oncall.due(clock()), clock())


def test_a_calendar_is_fetched_when_its_copy_is_old(oncall: OnCall, calendar: Calendar, clock: MovableClock) -> None:
    """At first, and again after `refresh`; between, the copy is read."""
    assert refresh(oncall, clock) == []
    assert oncall.duty("ic", clock()).now == ("li",)
    calendar.body = DUTY % "wang"
    clock.advance("14m")
    assert oncall.due(clock()) == []
    clock.advance("2m")
    refresh(oncall, clock)
    assert (oncall.duty("ic", clock()).now, calendar.asked) == (("wang",), 2)


@pytest.mark.parametrize(
    ("status", "body", "location"),
    [(500, DUTY % "wang", ""), (200, "<html>log in</html>", ""), (302, "", "http://calendar.example/rota.ics")],
    ids=["broken server", "a login page", "a way into the clear"],
)
def test_the_last_good_copy_stays(
    oncall: OnCall, calendar: Calendar, clock: MovableClock, status: int, body: str, location: str
) -> None:
    """Whatever the server answers; it is told once, without the URL, and asked again a minute later."""
    refresh(oncall, clock)
    calendar.status, calendar.body, calendar.location = status, body, location
    clock.advance("20m")
    (problem,) = refresh(oncall, clock)
    assert "last good copy" in problem
    assert "secret" not in problem
    assert oncall.duty("ic", clock()).now == ("li",)
    assert oncall.due(clock()) == []
    clock.advance("61s")
    assert oncall.due(clock()) == ["ic"]


def test_a_copy_that_has_become_old_is_said(oncall: OnCall, clock: MovableClock) -> None:
    """An hour after the last fetch somebody should know; the copy still counts."""
    refresh(oncall, clock)
    clock.advance("61m")
    found = oncall.duty("ic", clock())
    assert (found.now, "last fetched" in found.problem) == (("li",), True)


def test_a_copy_is_private(oncall: OnCall, clock: MovableClock) -> None:
    """It holds names and addresses."""
    refresh(oncall, clock)
    file = oncall.copy(oncall.rotas["ic"])
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_clock_that_has_gone_back_fetches_again(oncall: OnCall, clock: MovableClock) -> None:
    """A copy from the future is not trusted for years."""
    refresh(oncall, clock)
    clock.instant = START - timedelta(days=1)
    assert oncall.due(clock()) == ["ic"]


@pytest.mark.parametrize(
    ("url", "insecure", "fine"),
    [
        ("https://calendar.example/x.ics", False, True),
        ("http://127.0.0.1:8000/x.ics", False, True),
        ("http://localhost/x.ics", False, True),
        ("http://[::1]/x.ics", False, True),
        ("http://calendar.example/x.ics", False, False),
        ("http://calendar.example/x.ics", True, True),
        ("file:///etc/passwd", True, False),
        ("ftp://calendar.example/x.ics", True, False),
        ("https:///x.ics", False, False),
    ],
)
def test_where_a_calendar_may_come_from(url: str, insecure: bool, fine: bool) -> None:
    """Encrypted, from this machine, or where the settings say that nobody else reads."""
    assert allowed(url, insecure=insecure) is fine


def test_a_calendar_that_was_never_fetched_is_missing(oncall: OnCall, calendar: Calendar, clock: MovableClock) -> None:
    """Only that one is worth waiting for when an incident is declared; and nobody reads of a copy that is not there."""
    assert oncall.missing() == ["ic"]
    calendar.status = 500
    (problem,) = refresh(oncall, clock)
    assert "There is no copy of it" in problem
    calendar.status = 200
    clock.advance("2m")
    refresh(oncall, clock)
    assert oncall.missing() == []
