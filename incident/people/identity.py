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
    3. several: the first in the file (the others by --as).
    Raises NotAllowed with what to write into incident.yaml.
    """
    mine = [person for person in people.values() if user in person.os_users]
    if wanted is not None:
        if wanted not in people:
            raise NotAllowed(f"There is no person '{wanted}' in incident.yaml. You may be: {_names(mine)}.")
        if user not in people[wanted].os_users:
            raise NotAllowed(
                f"The OS user {user} may not act as {wanted}: people.{wanted}.os_users does not hold it. "
                f"You may be: {_names(mine)}."
            )
        return Actor(person=wanted, os_user=user)
    if not mine:
        raise NotAllowed(f"The OS user {user} is nobody here; add it to os_users of a person in incident.yaml.")
    return Actor(person=mine[0].id, os_user=user)


def _names(people: list[Person]) -> str:
    return ", ".join(person.id for person in people) or "nobody"
