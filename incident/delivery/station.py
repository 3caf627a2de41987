"""What every act that tells people something needs: the store, the clock, the words, the people, the ways out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from incident.channel.spec import ChannelSpec
from incident.delivery.drills import Drills
from incident.message.catalog import Catalog
from incident.message.organisation import Organisation
from incident.message.render import Slot
from incident.now import Clock
from incident.people import Person
from incident.people.oncall import OnCall
from incident.playbook.clock import ClockRule
from incident.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Built once by `wiring`. `channels` are specifications: nothing is opened or connected by looking at them."""

    store: Store
    clock: Clock
    people: Mapping[str, Person]
    organisation: Organisation
    catalog: Catalog
    channels: Mapping[str, ChannelSpec]
    oncall: OnCall = field(default_factory=OnCall)
    rules: Mapping[str, ClockRule] = field(default_factory=dict)
    drills: Drills = field(default_factory=Drills)

    def slot(self, channel: str) -> Slot:
        spec = self.channels[channel]
        return Slot(channel=channel, medium=spec.medium, network=spec.network)

    def year(self) -> int:
        """The year now, in the workspace's time zone."""
        return self.clock().astimezone(ZoneInfo(self.organisation.time_zone)).year
