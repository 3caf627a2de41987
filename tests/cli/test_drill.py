"""Drills as a person types and sees them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from incident import respond
from incident.cli import _drill
from incident.cli._checks import drills
from incident.playbook.drill import is_stale, latest
from incident.run import acts
from incident.run.live import no_confirmation
from incident.wiring import Console
from tests.cli.program import run
from tests.clock import MovableClock
from tests.run import house

SHORT = """\
schema: incident.playbook/v1
id: short
title: Short
kind: outage
case: payment-failure
roles:
  commander: {required: true}
drill: {acknowledged_within: 1m, claimed_within: 5m}
steps:
  - {id: tell, type: announce, template: first-notice, audience: everyone, promise_next: 20m}
  - {id: end, type: task, title: Look}
"""
MAIL = {"email": {"kind": "mail", "url": "mailto://127.0.0.1:9/?from=notice@wallet.example"}}


@pytest.fixture
def console(tmp_path: Path, clock: MovableClock) -> Iterator[Console]:
    """A workspace from which mail could leave, with one playbook of its own."""
    opened = house.opened(house.write(tmp_path, playbooks={"short": SHORT}, channels=MAIL), clock, acting_as="li")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("last", "stale"), [(None, True), (date(2026, 1, 1), True), (date(2026, 5, 25), False), (date(2026, 11, 21), False)]
)
def test_a_drill_grows_old(last: date | None, stale: bool) -> None:
    """Never is too long ago; the last day of the time is not."""
    assert is_stale(last, timedelta(days=180), date(2026, 11, 21)) is stale


def test_the_newer_day_counts() -> None:
    """What the record tells, or what stands in the playbook."""
    early, late = date(2026, 1, 1), date(2026, 2, 1)
    assert (latest(early, late), latest(late, early), latest(None, early), latest(None, None)) == (
        late,
        late,
        early,
        None,
    )


def test_doctor_names_what_was_never_drilled_and_what_was_long_ago(console: Console, clock: MovableClock) -> None:
    """A drill that was played to its end counts from its end; one that was cancelled does not."""
    book = console.playbook("short")
    assert "Never drilled: short." in _drill.stale(console, [book])
    cancelled = respond.declare(console.office, console.actor, book, {}, no_confirmation, drill=True)
    respond.cancel(console.office, console.actor, cancelled.incident, "enough")
    assert "Never drilled: short." in _drill.stale(console, [book])
    played(console, book_name="short")
    assert _drill.stale(console, [book]) == ""
    clock.instant += timedelta(days=181)
    assert "Not for 180 days: short" in _drill.stale(console, [book])
    (finding,) = drills(console)
    assert (finding.check, finding.level) == ("drill", "warning")


def played(console: Console, *, book_name: str) -> None:
    """A drill from its declaration to its resolution."""
    from incident.run import notices

    book = console.playbook(book_name)
    made = respond.declare(console.office, console.actor, book, {}, no_confirmation, drill=True)
    acts.finish_task(console.office, made.incident, console.actor, "end")
    notices.request(console.office, made.incident, console.actor, no_confirmation, "resolved", texts={"en": "Over."})


def test_it_is_marked_wherever_it_is_seen(tmp_path: Path) -> None:
    """Lists, the incident itself, its review with the score; a bare number never means it."""
    folder = tmp_path / "oncall"
    run("init", folder)
    (folder / "playbooks" / "short.yaml").write_text(SHORT, encoding="utf-8")
    declared = run("declare", "short", "--drill", "--yes", "0", "--output", "json", cwd=folder)
    assert (declared.exit, declared.json["incident"], declared.json["drill"]) == (0, "DRILL-2026-001", True)
    assert "Nobody is marked for drills" in declared.err
    assert "EXERCISE" in run("show", "latest-drill", cwd=folder).out
    listed = run("list", "--output", "json", cwd=folder).json["incidents"]
    assert [(one["drill"], one["title"]) for one in listed] == [(True, "[EXERCISE] Short")]
    review = run("review", "drill-1", "--output", "json", cwd=folder).json
    targets = {line["what"]: line["target"] for line in review["score"]["lines"]}
    assert (review["drill"], targets["acknowledged"], targets["role commander"]) == (True, 60, 300)
    assert run("show", "1", cwd=folder).exit == 9
    real = run("declare", "short", "--yes", "0", "--output", "json", cwd=folder)
    assert "incident cancel DRILL-2026-001 --no-play" in real.err
    assert run("cancel", "1", "--no-play", cwd=folder).exit == 16
    assert run("cancel", "1", cwd=folder).exit == 2
    ended = run("cancel", "drill-1", "--no-play", "--output", "json", cwd=folder)
    assert (ended.exit, ended.json["no_play"], ended.json["state"]) == (0, True, "cancelled")
