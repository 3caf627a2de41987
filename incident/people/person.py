"""A member of staff, as `people:` in incident.yaml declares one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from incident.people.hours import EVERY_DAY, Hours
from incident.priority import PRIORITIES
from incident.settings import Secret, SecretShape
from incident.shape import Choice, Field, ListOf, Locale, LocalText, MapOf, Section, Slug, Text, TimeZone, choose


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`contacts` are channel names, the first to try first; empty means every channel that the person has an
    address for; `notify` says so for one priority. `roles` are those the person may claim or be paged for; empty means
    any. `totp` is the secret of the person's one-time codes."""

    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    locale: str | None = None
    os_users: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    push: str = field(default="", repr=False)
    notify: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quiet_hours: Hours | None = None
    time_zone: str = ""
    totp: Secret | None = None

    @property
    def name(self) -> str:
        return choose(self.names, ("", "en")) or self.id

    def may_hold(self, role: str) -> bool:
        return not self.roles or role in self.roles

    def address(self, kind: str) -> str:
        """The person's address of one kind (`email`, `phone`, `push`, `id`); empty when there is none."""
        return str(getattr(self, kind, "") or "")


def _person(**values: Any) -> Any:
    """A person without an id yet: the key of the mapping is the id, filled in by `read_people`."""
    values["names"] = values.pop("name") or {}
    return partial(Person, **values)


_ADDRESS = r"[^\s\x00-\x1f,;<>]+@[^\s\x00-\x1f,;<>]+"

_PERSON = Section(
    name="a person",
    into=_person,
    fields={
        "name": Field(shape=LocalText(), help="How others see this person; text, or text per locale."),
        "locale": Field(shape=Locale(), help="The language of pages and approval requests to this person."),
        "os_users": Field(
            shape=ListOf(item=Text(hint="an OS user name"), single=True),
            default=(),
            help="OS users that are this person, or may act as this person with --as.",
        ),
        "roles": Field(
            shape=ListOf(item=Slug(), single=True),
            default=(),
            help="Roles this person may hold and be paged for; leave out for any role.",
        ),
        "contacts": Field(
            shape=ListOf(item=Text(hint="a channel's name"), single=True),
            default=(),
            help="Channels to reach this person by, the first to try first; leave out for all that fit.",
        ),
        "email": Field(shape=Text(pattern=_ADDRESS, hint="an e-mail address"), default="", help="E-mail address."),
        "phone": Field(
            shape=Text(pattern=r"\+?[0-9][0-9 ()-]{2,30}", hint="a quoted phone number such as '+86 10 5555 0100'"),
            default="",
            help="Phone number, quoted, for SMS and for the call tree.",
        ),
        "push": Field(shape=Text(hint="a push address"), default="", help="Push token or topic."),
        "notify": Field(
            shape=MapOf(key=Choice(PRIORITIES), value=ListOf(item=Text(hint="a channel's name"), single=True, least=1)),
            default={},
            help="By which channels for a page of which priority (high, low), the first to try first; else `contacts`.",
        ),
        "quiet_hours": Field(shape=EVERY_DAY, help="Pages of low priority wait until these are over."),
        "time_zone": Field(
            shape=TimeZone(), default="", help="Where the quiet hours are counted; the organisation's by default."
        ),
        "totp": Field(
            shape=SecretShape(dispensable=True),
            help="Where the secret of this person's one-time codes is kept (`incident person totp enrol`).",
        ),
    },
)

SECTION = Field(
    shape=MapOf(value=_PERSON),
    required=True,
    help="The staff: who may declare, approve, be paged. The key is the name that is written everywhere.",
)


def read_people(values: Mapping[str, Any]) -> dict[str, Person]:
    """The section's value as persons by id."""
    return {name: make(id=name) for name, make in values.items()}
