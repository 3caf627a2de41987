"""A restricted incident calls out only people who may see it; never nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident.paging.resolve import Roster, find
from incident.people import Person
from tests.cli.program import run

PEOPLE = {
    "li": Person(id="li", roles=("legal",)),
    "wang": Person(id="wang", roles=("commander",)),
    "zhao": Person(id="zhao", roles=("comms",)),
}


def test_who_may_not_see_it_is_left_out() -> None:
    """Of several only those who may; that is no gap."""
    found = find(Roster(people=PEOPLE, unseen=frozenset({"zhao"})), ("comms", "commander"))
    assert ([person.id for person in found.people], found.gaps) == (["wang"], ())


def test_when_nobody_is_left_who_may_see_it_is_called() -> None:
    """With the reason: whom it should have been."""
    found = find(Roster(people=PEOPLE, unseen=frozenset({"zhao", "li"})), ("comms",))
    assert [person.id for person in found.people] == ["wang"]
    assert [(gap.code, gap.target) for gap in found.gaps] == [("restricted", "zhao")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert run("init", tmp_path / "oncall").exit == 0
    return tmp_path / "oncall"


def test_nobody_is_called_who_is_then_refused(folder: Path) -> None:
    """From the declaration on: whoever is not named hears of nothing, and has nothing to acknowledge."""
    assert run("declare", "app-fault", "--restrict", "legal", "--workspace", folder).exit == 0
    assert "second" not in run("timeline", "1", "--workspace", folder).out
    assert run("ack", "1", "--as", "second", "--workspace", folder).exit == 12


def test_who_was_called_may_say_so(folder: Path) -> None:
    """Called before it was restricted: the acknowledgement is taken, and shows nothing of it."""
    assert run("declare", "app-fault", "--workspace", folder).exit == 0
    assert "second" in run("timeline", "1", "--workspace", folder).out
    assert run("restrict", "1", "--to", "legal", "--reason", "x", "--workspace", folder).exit == 0
    done = run("ack", "1", "--as", "second", "--workspace", folder, "--output", "json")
    assert (done.exit, done.json["incident"], done.json["state"]) == (0, "INC-2026-001", None), done.err
    assert run("show", "1", "--as", "second", "--workspace", folder).exit == 12
