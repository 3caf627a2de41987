"""From incident.yaml to open things: the only place where the concrete meets the abstract.

Everything is opened when first asked for: `incident list` must not pay for templates, expressions or channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from incident import registry
from incident.delivery.drills import SECTION as DRILL
from incident.delivery.drills import Drills, read_drills
from incident.errors import IncidentError
from incident.journal import Actor
from incident.message.organisation import SECTION as ORGANISATION
from incident.message.organisation import Organisation
from incident.now import Clock, system_clock
from incident.people import SECTION as PEOPLE
from incident.people import Person, identify, identify_by_code, os_user, read_people
from incident.proofread import is_proofread, remember
from incident.receipt.settings import SECTION as RECEIPTS
from incident.settings import FILE, SecretShape, complain, read
from incident.shape import Anything, Duration, Field, Integer, Reader, Section, Text
from incident.store import Store, open_store, require_current

if TYPE_CHECKING:
    from incident.channel.port import Channel
    from incident.channel.spec import ChannelSpec
    from incident.delivery.line import Line
    from incident.delivery.station import Station
    from incident.duty.rules import RuleShelf
    from incident.message.catalog import Catalog
    from incident.people.codes import Proof
    from incident.people.oncall import OnCall
    from incident.playbook.model import Playbook
    from incident.playbook.vocabulary import Vocabulary
    from incident.run.acts import Office
    from incident.run.heartbeat import Heartbeat

_STORE = {
    "url": Field(
        shape=SecretShape(plain=True, hint="sqlite:///path, or env:NAME of a postgresql:// URL"),
        help="The database; the file incident.db beside this one when left out.",
    ),
}
_RETRY = {
    "attempts": Field(shape=Integer(least=1, most=200), default=24, help="Tries in all before it is given up."),
    "first": Field(shape=Duration(), default=timedelta(seconds=30), help="The wait after the first failure."),
    "longest": Field(shape=Duration(), default=timedelta(minutes=15), help="Waits double up to this."),
}
_DELIVERY = {
    "retry": Field(
        shape=Section(fields=_RETRY),
        default=None,
        help="How temporary failures are tried again, when the server names no time.",
    ),
    "unsubscribe_url": Field(
        shape=Text(pattern=r"https://[^\s]+", hint="an https URL with {recipient} in it"),
        default="",
        help="One-click unsubscribe (RFC 8058) in mails; {recipient} stands for this delivery's reference.",
    ),
    "stale_after": Field(
        shape=Duration(),
        default=timedelta(hours=1),
        help="What nobody was sending for longer (a sleep, a restore) is held until somebody releases it.",
    ),
}

_LIGHT: Mapping[str, Field] = {
    "organisation": ORGANISATION,
    "people": PEOPLE,
    "delivery": Field(
        shape=Section(fields=_DELIVERY, name="how deliveries are tried"),
        default=None,
        help="Retries and unsubscribing.",
    ),
    "receipts": RECEIPTS,
    "drill": DRILL,
    "store": Field(shape=Section(fields=_STORE, name="the store"), default=None, help="Where it is kept."),
}
"""The sections that cost nothing to read, and that every command needs."""
_LATER = ("policies", "rotas", "paging", "channels", "heartbeat")
"""The others; reading `channels` loads each kind of channel that stands in it."""


def sections() -> Mapping[str, Field]:
    """The whole of incident.yaml."""
    from incident.channel.settings import SECTION as CHANNELS
    from incident.people.oncall import SECTION as PAGING
    from incident.people.policy import SECTION as POLICIES
    from incident.people.rota import SECTION as ROTAS
    from incident.run.heartbeat import SECTION as HEARTBEAT

    return {
        **_LIGHT,
        "policies": POLICIES,
        "rotas": ROTAS,
        "paging": PAGING,
        "channels": CHANNELS,
        "heartbeat": HEARTBEAT,
    }


@dataclass(kw_only=True)
class Console:
    """An open workspace. Attributes open what they name at first use; `close` closes what was opened."""

    workspace: Path
    settings: Mapping[str, Any]
    acting_as: str | None = None
    code: str | None = None
    clock: Clock = system_clock
    _opened: list[Callable[[], None]] = field(default_factory=list)

    @property
    def organisation(self) -> Organisation:
        found: Organisation = self.settings["organisation"]
        return found

    @cached_property
    def channels(self) -> Mapping[str, ChannelSpec]:
        """The specifications by name; `channel` opens one. Raises SettingsMistakes."""
        found: Mapping[str, ChannelSpec] = self._whole["channels"]
        return found

    @cached_property
    def oncall(self) -> OnCall:
        """Policies, rotas, who is told when nobody is found. Raises SettingsMistakes."""
        from incident.people.oncall import read_oncall

        return read_oncall(self._whole, self.people, self.organisation.time_zone, self.workspace)

    def heartbeat(self, say: Callable[[str], object]) -> Heartbeat | None:
        """The worker's sign of life; None when nobody outside waits for one."""
        from incident.run.heartbeat import Heartbeat

        section = self._whole["heartbeat"]
        return Heartbeat(url=section["url"], every=section["every"], say=say) if section else None

    @cached_property
    def _whole(self) -> Mapping[str, Any]:
        """The settings with the sections that were not read when the workspace was opened."""
        return self.settings if "channels" in self.settings else _read_whole(self.workspace / FILE)

    @cached_property
    def people(self) -> Mapping[str, Person]:
        return read_people(self.settings["people"])

    @cached_property
    def actor(self) -> Actor:
        """Who acts. Raises NotAllowed when the OS user is nobody here."""
        if self.code is not None:
            return identify_by_code(self.people, os_user(), self.acting_as)
        return identify(self.people, os_user(), self.acting_as)

    @cached_property
    def proof(self) -> Proof | None:
        """The one-time code that was given, looked at once and not used up yet; None when none was given.

        Raises NotAllowed, with the wrong code on record.
        """
        if self.code is None:
            return None
        from incident.people import codes

        return codes.check(self.store, self.people[self.actor.person], self.code, self.actor, self.clock())

    @cached_property
    def store(self) -> Store:
        """The open database. Raises StoreMissing when it is gone, StoreVersion when it is older or newer."""
        store = self.bare_store()
        require_current(store, self.clock())
        return store

    @property
    def only_looks(self) -> bool:
        """Whether the database was opened, and can be read alone."""
        return "store" in self.__dict__ and self.store.read_only

    def bare_store(self, *, make: bool = False) -> Store:
        """The database as it is, whatever its version; for `store migrate` and `store status`. With `make`, a missing
        one is made: for whoever begins a workspace."""
        section = self.settings["store"] or {}
        secret = section.get("url")
        url = secret.reveal() if secret else f"sqlite:///{self.workspace / 'incident.db'}"
        if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
            url = f"sqlite:///{self.workspace / url.removeprefix('sqlite:///')}"
        store = open_store(url, make=make)
        self._opened.append(store.close)
        return store

    @cached_property
    def catalog(self) -> Catalog:
        from incident.message.catalog import SHIPPED, Catalog

        return Catalog.open((self.workspace / "templates", SHIPPED))

    def channel(self, name: str) -> Channel:
        """A channel, open; not connected yet. Raises KeyError."""
        return self._open(self.channels[name])

    def _open(self, spec: ChannelSpec) -> Channel:
        from incident.channel.settings import open_channel

        channel = open_channel(spec, self.clock)
        self._opened.append(channel.close)
        return channel

    @cached_property
    def drills(self) -> Drills:
        """Where the words of a drill end, and what it is measured by."""
        return read_drills(self.settings["drill"], self.workspace)

    def vocabulary(self) -> Vocabulary:
        """The words that playbooks of this workspace may use."""
        return self._vocabulary

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        from incident.audience import parse
        from incident.playbook.shelf import shelf
        from incident.playbook.vocabulary import Vocabulary
        from incident.run.announcing import SOURCES

        return Vocabulary(
            step_types=step_types(),
            audience=lambda text: parse(text, SOURCES).names,
            messages=frozenset(self.catalog.names()),
            needs_words=frozenset(self._needing_words()),
            channels=frozenset(self.channels),
            posts=frozenset(name for name, spec in self.channels.items() if spec.reach == "once"),
            people=frozenset(self.people),
            rotas=frozenset(self.oncall.rotas),
            policies=frozenset(self.oncall.policies),
            locales=self.organisation.locales,
            clocks=self.rules,
            playbooks=shelf(self.workspace).texts(),
        )

    @cached_property
    def rules(self) -> RuleShelf:
        """The rules of regulatory clocks; each file is read when its rule is asked for."""
        from incident.duty.rules import shelf

        return shelf(self.workspace)

    def _needing_words(self) -> Iterator[str]:
        """Messages that carry what staff write. One that cannot be read is `message lint`'s to tell."""
        for name in self.catalog.names():
            try:
                about = self.catalog.get(name).about
            except IncidentError:
                continue
            if about.text == "required" and about.readers == "customers":
                yield name

    def playbook(self, name: str) -> Playbook:
        """A playbook by name. Raises NotFound, Mistakes."""
        from incident.playbook.loader import load_file
        from incident.playbook.shelf import shelf

        return load_file(shelf(self.workspace).find(name), self.vocabulary())

    @cached_property
    def station(self) -> Station:
        from incident.delivery.station import Station

        return Station(
            store=self.store,
            clock=self.clock,
            people=self.people,
            organisation=self.organisation,
            catalog=self.catalog,
            channels=self.channels,
            oncall=self.oncall,
            rules=self.rules,
            drills=self.drills,
        )

    @cached_property
    def office(self) -> Office:
        from incident.run.acts import Office

        return Office(station=self.station, vocabulary=self.vocabulary())

    @cached_property
    def line(self) -> Line:
        """The senders' line: every channel open, the retry policy, the unsubscribe address."""
        from incident.delivery.care import STALE_AFTER
        from incident.delivery.line import Line
        from incident.delivery.sinks import specs
        from incident.retry import Policy

        section = self.settings["delivery"] or {}
        retry = section.get("retry")
        sinks = specs(self.channels.values(), self.drills.folder)
        return Line(
            channels={name: self._open(spec) for name, spec in (*self.channels.items(), *sinks.items())},
            policy=Policy(**retry) if retry else Policy(),
            unsubscribe_url=section.get("unsubscribe_url") or "",
            stale_after=section.get("stale_after") or STALE_AFTER,
        )

    def close(self) -> None:
        """Closes what was opened, the last first; one that fails does not keep the others open."""
        for close in reversed(self._opened):
            try:
                close()
            except (OSError, IncidentError):
                continue
        self._opened.clear()


def open_console(
    workspace: Path, *, acting_as: str | None = None, code: str | None = None, clock: Clock = system_clock
) -> Console:
    """Reads the workspace's settings. Raises SettingsMistakes with all mistakes of incident.yaml at once.

    A file that was read whole before, and is as it was, is read without what only some commands need (`_LATER`): that
    is read when asked for.
    """
    file = workspace / FILE
    values, reader = read(file, {**_LIGHT, **{name: Field(shape=Anything(), help="") for name in _LATER}})
    unread = {name: values.pop(name) for name in _LATER}
    if reader.mistakes or not is_proofread(file, unread):
        values = _read_whole(file)
    if values["organisation"] is None:
        values["organisation"] = ORGANISATION.default
    console = Console(workspace=workspace, settings=values, acting_as=acting_as, code=code, clock=clock)
    if acting_as is not None or code is not None:
        console.actor  # noqa: B018 - who may not act as somebody may not look as somebody either
    return console


def _read_whole(file: Path) -> dict[str, Any]:
    values, reader = read(file, sections())
    _check_across(values, reader)
    complain(reader)
    remember(file)
    return values


def _check_across(values: Mapping[str, Any], reader: Reader) -> None:
    """What only shows when two sections are read together."""
    from incident.people.across import check

    check(values, read_people(values["people"] or {}), reader)


def step_types() -> Mapping[str, Any]:
    """Every step type as the playbook loader sees it, read off the folder of step types."""
    from incident.playbook.vocabulary import StepType

    package = "incident.run.steps"
    found = {}
    for name in registry.names(package):
        module = registry.load(package, name)
        found[name] = StepType(
            fields=module.FIELDS,
            effect=module.EFFECT,
            help=module.HELP,
            answers=getattr(module, "answers", None),
            check=getattr(module, "check", None),
            nests=getattr(module, "NESTS", ""),
            afterwards=getattr(module, "AFTERWARDS", False),
            outward=getattr(module, "OUTWARD", False),
            like=getattr(module, "LIKE", ""),
            fixed=getattr(module, "FIXED", {}),
        )
    return found
