"""A person's one-time code, taken once: somebody on the phone is who they say, and another types for them.

A wrong code is written down at once, in a transaction of its own; a right one is used up inside the act that it lets
through, so that an act which comes to nothing (a count that was not confirmed) does not cost a second code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from incident import journal
from incident.errors import NotAllowed
from incident.journal import Actor
from incident.now import duration_text, maybe_at, ms
from incident.people.person import Person
from incident.people.totp import counter_of
from incident.store import Store

TRIES = 5
WINDOW = timedelta(minutes=15)
"""So many wrong codes in so long, then none is looked at: of a million codes three are right at any moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A code that was right and is not used up yet."""

    person: str
    counter: int

    def use(self, store: Store) -> None:
        """Uses it up, in the caller's transaction. Raises NotAllowed when it was used before."""
        if store.queries("incident.people").use_code(person=self.person, counter=self.counter) != 1:
            raise NotAllowed(f"This code of {self.person} was used already. Ask for the next one; it comes in 30 s.")


def check(store: Store, person: Person, code: str, actor: Actor, now: datetime) -> Proof:
    """Whether the code is the person's of now. Not inside a transaction.

    1. No secret that can be read, no code. 2. After five wrong codes in a quarter of an hour none is looked at until
    it is over. 3. A wrong code is counted, and stands in the journal. 4. A used one, or one older, is refused.
    Raises NotAllowed.
    """
    if person.totp is None:
        raise NotAllowed(f"{person.id} has no one-time codes. {person.id} sets them up: incident person totp enrol")
    if person.totp.missing:
        raise NotAllowed(f"A one-time code of {person.id} cannot be checked by this login: {person.totp.missing}.")
    queries = store.queries("incident.people")
    with store.transaction():
        queries.know_person(person=person.id)
        row = queries.code_of(person=person.id)
        since = maybe_at(row["wrong_since"])
        if row["wrong"] >= TRIES and since is not None and since <= now < since + WINDOW:
            left = duration_text(since + WINDOW - now)
            raise NotAllowed(f"Too many wrong codes of {person.id}; none is looked at for {left}.")
        counter = counter_of(person.totp.reveal(), code, now)
        if counter is None:
            _count_wrong(store, person, actor, now)
    if counter is None:
        raise NotAllowed(f"This is no code of {person.id} now. Ask for the one that is shown at this moment.")
    if counter <= row["counter"]:
        raise NotAllowed(f"This code of {person.id} was used already. Ask for the next one; it comes in 30 s.")
    return Proof(person=person.id, counter=counter)


def _count_wrong(store: Store, person: Person, actor: Actor, now: datetime) -> None:
    queries = store.queries("incident.people")
    queries.count_wrong(person=person.id, since=ms(now - WINDOW), now=ms(now))
    journal.append(
        store,
        journal.Entry(
            kind="code.wrong",
            actor=actor.login or actor.person,
            os_user=actor.os_user,
            happened_at=now,
            recorded_at=now,
            detail={"person": person.id},
        ),
    )
