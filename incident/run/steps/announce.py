"""announce: words to an audience, through a gate when the playbook or its guard asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident.playbook.sending_shapes import ChannelsShape, canary_shape, pause_shape, quiet_shape
from incident.playbook.shapes import ApprovalShape, AudienceShape, MessageShape
from incident.run import speaking
from incident.shape import Boolean, Duration, Field, Text

HELP = "Renders a message in every language and broadcasts it to an audience; `approval` puts a gate before it."
EFFECT = "internal"  # the ledger is ours; what leaves the house leaves through the senders
FIELDS = {
    "template": Field(shape=MessageShape(), required=True, default="", help="The message to render."),
    "audience": Field(shape=AudienceShape(), required=True, default="", help="Who gets it."),
    "channels": Field(
        shape=ChannelsShape(),
        default=(),
        help="By which channels; all when left out. A list among them is a chain: [[push, sms], email].",
    ),
    "approval": Field(shape=ApprovalShape(), help="Who must agree before it leaves the house."),
    "promise_next": Field(shape=Duration(), help="The text promises the next word after this long."),
    "legal_basis": Field(
        shape=Text(hint="the rule that obliges you, such as PIPL Art. 57"),
        default="",
        help="A notice that the law obliges you to send reaches those who opted out too; this is why, for the record.",
    ),
    "expires": Field(shape=Duration(), help="Nothing of it is sent later than this after its release."),
    "canary": Field(
        shape=canary_shape(), help="The first people, before the others; false: none, whatever guard says."
    ),
    "pause_if": Field(shape=pause_shape(), help="When it is held because it goes wrong; false: never."),
    "quiet_hours": Field(shape=quiet_shape(), help="It waits for their end; false: it does not."),
    "supersede": Field(
        shape=Boolean(),
        help="What is still unsent of older notices, to whom this one goes, is not sent any more. "
        "Left out: so do update, resolved and correction; steps do not.",
    ),
}


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"people", "broadcast"})


decide = speaking.decide
EFFECTS = speaking.EFFECTS
