"""Who acts: the OS user that the system vouches for, as a person of incident.yaml, and nobody else."""

from __future__ import annotations

import pytest

from incident.errors import NotAllowed
from incident.people import Person, identify, os_user

LI = Person(id="li", os_users=("li", "oncall"))
WANG = Person(id="wang", os_users=("oncall",), roles=("comms",))
CHEN = Person(id="chen")
PEOPLE = {person.id: person for person in (LI, WANG, CHEN)}


@pytest.mark.parametrize(
    ("user", "wanted", "person"),
    [("li", None, "li"), ("oncall", None, "li"), ("oncall", "wang", "wang"), ("oncall", "li", "li")],
)
def test_an_os_user_is_its_person(user: str, wanted: str | None, person: str) -> None:
    """The only one, else the first in the file; the others by name. Both are recorded."""
    actor = identify(PEOPLE, user, wanted)
    assert (actor.person, actor.os_user) == (person, user)


@pytest.mark.parametrize(
    ("user", "wanted", "words"),
    [
        ("eve", None, "eve is nobody here"),
        ("li", "wang", "may not act as wang"),
        ("li", "chen", "may not act as chen"),
        ("li", "worker", "no person 'worker'"),
        ("oncall", "eve", "You may be: li, wang"),
    ],
)
def test_nobody_is_somebody_else(user: str, wanted: str | None, words: str) -> None:
    """Neither an unknown user, nor another person, nor one whom nobody may be."""
    with pytest.raises(NotAllowed, match=words):
        identify(PEOPLE, user, wanted)


def test_the_environment_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """USER and LOGNAME can be set to anything; the effective user cannot."""
    before = os_user()
    for name in ("USER", "LOGNAME", "SUDO_USER", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert os_user() == before


def test_a_person_without_roles_may_hold_any() -> None:
    """Named roles are a limit."""
    assert CHEN.may_hold("commander")
    assert WANG.may_hold("comms")
    assert not WANG.may_hold("commander")


def test_addresses_do_not_print() -> None:
    """A person's repr stands in tracebacks."""
    person = Person(id="li", email="li@secret.example", phone="+86 10 5555 0100", push="tok-123")
    for address in ("secret.example", "5555", "tok-123"):
        assert address not in repr(person)
