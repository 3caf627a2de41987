"""`declare --dry-run` does every real check, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from incident import respond
from incident.errors import BadValue, ChecksFailed, CountNotConfirmed, Held
from incident.message.catalog import SHIPPED
from incident.run.live import no_confirmation
from incident.wiring import Console
from tests.cli.program import run
from tests.clock import MovableClock
from tests.playbook.test_shipped import NAMES
from tests.run import house

CARDS = """\
schema: incident.playbook/v1
id: cards
title: Cards are down
kind: outage
case: payment-failure
roles:
  commander: {required: true}
  legal: {required: LEGAL}
steps:
  - {id: call, type: page, to: [commander], text: Cards are down}
  - {id: notice, type: announce, needs: [], template: TEMPLATE, audience: "region == 'sh'", promise_next: 20m}
  - {id: work, type: task, needs: [], assignee: commander, title: Look, due: 1h}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A new workspace with the sample's people and a playbook of its own."""
    folder = tmp_path / "oncall"
    run("init", folder)
    run("audience", "import", folder / "audience" / "sample.csv", cwd=folder)
    playbook(folder)
    return folder


def playbook(folder: Path, *, template: str = "first-notice", legal: str = "false") -> None:
    text = CARDS.replace("TEMPLATE", template).replace("LEGAL", legal)
    (folder / "playbooks" / "cards.yaml").write_text(text, encoding="utf-8")


def contents(console: Console) -> dict[str, str]:
    """Every table's rows, as a hash."""
    tables = [row["name"] for row in console.store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: hashlib.sha256(repr(console.store.execute(f"SELECT * FROM {table}").fetchall()).encode()).hexdigest()
        for table in tables
    }


def test_not_one_row_is_written(tmp_path: Path, clock: MovableClock) -> None:
    """Whatever a shipped playbook does first, all of it is taken back."""
    organisation = {**house.ORGANISATION, "locales": ["zh-Hans", "zh-Hant", "en"]}
    console = house.opened(house.write(tmp_path, organisation=organisation), clock, acting_as="li")
    house.import_people(console, 3)
    before = contents(console)
    for name in NAMES:
        given = {"dc": "sh1"} if name == "datacenter-loss" else {}
        book = console.playbook(name)
        trial = respond.try_out(console.office, console.actor, book, given, no_confirmation)
        assert trial.entries
        assert [one.problem for one in trial.notices if one.problem] == []
        assert {one.step for one in trial.notices} >= {"notice.update", "notice.resolved", "notice.correction"}
    assert contents(console) == before
    assert not (tmp_path / "out").exists()
    console.close()


def test_it_is_taken_back_on_either_database(store_console: Console) -> None:
    """A declaration after it gets the number that it would have had."""
    trial = respond.try_out(
        store_console.office, store_console.actor, store_console.playbook("datacenter-loss"), {"dc": "sh1"}, free
    )
    declared = house.declared(store_console, "datacenter-loss", dc="sh1")
    assert (trial.incident.id, declared.incident) == ("INC-2026-001", "INC-2026-001")


def free(people: int, preview: Callable[[], object]) -> None:
    """Whatever the count."""


@pytest.fixture(params=("sqlite", "postgresql"))
def store_console(request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock) -> Iterator[Console]:
    """A workspace on each kind of database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    console = house.opened(house.write(tmp_path, store=url), clock, acting_as="li")
    yield console
    console.close()


def test_a_bad_parameter_is_told_as_when_it_is_real(tmp_path: Path, clock: MovableClock) -> None:
    """The same class of mistake, and so the same exit code."""
    console = house.opened(house.write(tmp_path), clock, acting_as="li")
    with pytest.raises(BadValue):
        respond.try_out(console.office, console.actor, console.playbook("datacenter-loss"), {}, free)
    console.close()


def test_what_would_happen_is_shown(workspace: Path) -> None:
    """The count, the first lines of the timeline, what it would wait for; exit 0."""
    told = run("declare", "cards", "--dry-run", cwd=workspace)
    assert (told.exit, told.out.splitlines()[0]) == (0, FIRST)
    assert [
        word for word in ("incident.declared", "page.sent", "notice", "incident task done") if word not in told.out
    ] == []
    assert run("list", "--all", "--output", "json", cwd=workspace).json["incidents"] == []


FIRST = "DRY RUN: nothing is sent and nothing is kept. What would happen first:"


def test_a_held_notice_is_the_exit_code(workspace: Path) -> None:
    """A message that lacks a language would hold the notice: exit as for that, and all the rest is told too."""
    own = workspace / "templates" / "own"
    shutil.copytree(SHIPPED / "first-notice", own)
    shutil.rmtree(own / "en")
    playbook(workspace, template="own")
    told = run("declare", "cards", "--dry-run", "--output", "json", cwd=workspace)
    assert (told.exit, told.json["problems"]) == (Held.exit, 1)
    assert {one["step"]: bool(one["problem"]) for one in told.json["would_say"]} == {
        "notice": True,
        "notice.update": False,
        "notice.resolved": False,
        "notice.correction": False,
    }


def test_a_role_that_nobody_may_hold_is_a_problem(workspace: Path) -> None:
    """As `doctor` says it, with its exit code; what would happen is shown nevertheless."""
    settings = workspace / "incident.yaml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace("# roles: [commander, comms]", "roles: [commander]").replace("# roles: [", "roles: [")
    settings.write_text(text, encoding="utf-8")
    playbook(workspace, legal="true")
    told = run("declare", "cards", "--dry-run", "--output", "json", cwd=workspace)
    assert (told.exit, [one["check"] for one in told.json["findings"]]) == (ChecksFailed.exit, ["role"])
    assert told.json["first"][0]["kind"] == "incident.declared"


def test_a_wrong_count_is_told(workspace: Path) -> None:
    """`--yes` is compared as when it is real."""
    assert run("declare", "cards", "--dry-run", "--yes", "7", cwd=workspace).exit == CountNotConfirmed.exit
    assert run("declare", "cards", "--dry-run", "--yes", "2", cwd=workspace).exit == 0
