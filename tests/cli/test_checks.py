"""What `doctor` decides, check by check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incident.channel.port import Channel
from incident.channel.settings import open_channel
from incident.channel.spec import ChannelSpec
from incident.cli import _checks
from incident.errors import Mistake, Mistakes, StoreBusy
from incident.people import Person
from incident.playbook.model import Playbook, Role
from incident.settings import Secret

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)


def mail() -> dict[str, Channel]:
    url = Secret("plain", "mailto://127.0.0.1:25/?from=notice@example.com")
    return {"email": open_channel(ChannelSpec(name="email", kind="mail", medium="email", url=url, address="email"))}


def playbook(**roles: Role) -> Playbook:
    return Playbook(
        id="p",
        revision=1,
        title={},
        kind="outage",
        case="p",
        steps=(),
        notices={},
        hash="",
        text="",
        file="p.yaml",
        roles=roles,
    )


LI = Person(id="li", os_users=("li",), roles=("commander",), email="li@example.com")
WANG = Person(id="wang", os_users=("wang",), roles=("comms",))


@pytest.mark.parametrize(("free", "level"), [(50_000_000, "problem"), (500_000_000, "warning"), (5_000_000_000, "ok")])
def test_space(free: int, level: str) -> None:
    """Little space is a warning, none a problem."""
    assert _checks.space(free).level == level


@pytest.mark.parametrize(
    ("last", "level"),
    [
        (None, "ok"),
        (NOW - timedelta(days=9), "ok"),
        (NOW + timedelta(minutes=1), "ok"),
        (NOW + timedelta(hours=1), "problem"),
    ],
)
def test_clock(last: datetime | None, level: str) -> None:
    """A clock that stands before the last journal entry has gone back."""
    assert _checks.clock(NOW, last).level == level


def test_second_person() -> None:
    """Nobody approves what they wrote: one person is a problem; one shared login is said, not judged."""
    assert _checks.second_person({"li": LI}).level == "problem"
    twin = Person(id="second", os_users=("li",))
    assert _checks.second_person({"li": LI, "second": twin}).level == "ok"
    assert _checks.second_person({"li": LI, "wang": WANG}).level == "ok"


def test_role_that_reaches_somebody() -> None:
    """A required role is well when one of those who may hold it has an address for a channel."""
    book = playbook(commander=Role(required=True))
    assert list(_checks.roles(book, {"li": LI, "wang": WANG}, mail())) == []


def test_role_that_nobody_holds() -> None:
    """A required role without a person is told before the night."""
    (found,) = _checks.roles(playbook(scribe=Role(required=True)), {"li": LI, "wang": WANG}, mail())
    assert (found.level, "nobody may hold" in found.message) == ("problem", True)


@pytest.mark.parametrize("page", [(), ("wang",), ("comms",)])
def test_role_that_no_channel_reaches(page: tuple[str, ...]) -> None:
    """A person without an address cannot be woken, however the role finds them."""
    (found,) = _checks.roles(playbook(comms=Role(required=True, page=page)), {"li": LI, "wang": WANG}, mail())
    assert "no channel reaches anybody for 'comms' (wang)" in found.message


def test_role_that_is_not_required() -> None:
    """An optional role may stay empty."""
    assert list(_checks.roles(playbook(scribe=Role()), {}, mail())) == []


def test_contacts_name_the_channels() -> None:
    """A person's contacts are tried and no others; one that is no channel reaches nobody."""
    assert _checks.ways_to(Person(id="x", email="x@example.com", contacts=("sms",)), mail()) == []
    assert _checks.ways_to(Person(id="x", email="x@example.com", contacts=("email",)), mail()) == ["email"]


def test_files_open_to_others(tmp_path: Path) -> None:
    """A readable database in a folder that others may enter is a warning; a closed folder hides it."""
    (tmp_path / "incident.db").touch(mode=0o644)
    tmp_path.chmod(0o755)
    (found,) = _checks.private(tmp_path)
    assert (found.level, "incident.db" in found.message) == ("warning", True)
    tmp_path.chmod(0o700)
    assert next(_checks.private(tmp_path)).level == "ok"


def test_errors_become_findings() -> None:
    """Every mistake is a finding of its own; any other error is one."""
    mistakes = [Mistake("f", 1, 1, "a", "First."), Mistake("f", 2, 1, "b", "Second.")]
    assert len(_checks.of_error("playbook", Mistakes("2 mistakes", mistakes))) == 2
    assert [found.message for found in _checks.of_error("store", StoreBusy("Busy."))] == ["Busy."]
