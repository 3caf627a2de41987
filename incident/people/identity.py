"""Who acts: the OS user, mapped to a person. Both are recorded, always."""

from __future__ import annotations

import os
from collections.abc import Mapping

from incident.errors import NotAllowed
from incident.journal import Actor
from incident.people.person import Person

WORKER = "worker"


def os_user() -> str:
    """The effective OS user's name; the number when it has none. Environment variables are not believed."""
    try:
        import pwd

        return pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError):
        import getpass

        return str(os.geteuid()) if hasattr(os, "geteuid") else getpass.getuser()


def identify(people: Mapping[str, Person], user: str, wanted: str | None) -> Actor:
    """Who `user` is, or acts as.

    1. `--as PERSON` only for a person whose `os_users` holds the caller;
    2. else the one person whose `os_users` holds the caller;
    3. several: the first in the file (the others by --as, which stands on the record).
    Raises NotAllowed with what to write into incident.yaml.
    """
    mine = _mine(people, user)
    if wanted is None:
        return Actor(person=_own(mine, user), os_user=user)
    _known(people, wanted, mine)
    if user not in people[wanted].os_users:
        raise NotAllowed(
            f"The OS user {user} may not act as {wanted}: people.{wanted}.os_users does not hold it. "
            f"You may be: {_names(mine)}. With a one-time code of {wanted} you may approve and reject: --totp CODE"
        )
    return _acting(mine, user, wanted, "os_users")


def identify_by_code(people: Mapping[str, Person], user: str, wanted: str | None) -> Actor:
    """As whom `user` acts when that person tells a one-time code; the code itself is `codes.check`'s business.

    Raises NotAllowed for nobody, and for a user who is nobody here: whoever types is on the record too.
    """
    mine = _mine(people, user)
    if wanted is None:
        raise NotAllowed("Whose code is it? Say so: --as PERSON --totp CODE")
    _known(people, wanted, mine)
    _own(mine, user)
    return _acting(mine, user, wanted, "totp")


def _mine(people: Mapping[str, Person], user: str) -> list[Person]:
    return [person for person in people.values() if user in person.os_users]


def _own(mine: list[Person], user: str) -> str:
    if not mine:
        raise NotAllowed(f"The OS user {user} is nobody here; add it to os_users of a person in incident.yaml.")
    return mine[0].id


def _known(people: Mapping[str, Person], wanted: str, mine: list[Person]) -> None:
    if wanted not in people:
        raise NotAllowed(f"There is no person '{wanted}' in incident.yaml. You may be: {_names(mine)}.")


def _acting(mine: list[Person], user: str, wanted: str, proof: str) -> Actor:
    if mine[0].id == wanted:
        return Actor(person=wanted, os_user=user)
    return Actor(person=wanted, os_user=user, login=mine[0].id, proof=proof)


def _names(people: list[Person]) -> str:
    return ", ".join(person.id for person in people) or "nobody"
