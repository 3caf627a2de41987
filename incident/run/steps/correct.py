"""correct: words to exactly those who got an earlier notice, or may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident.playbook.sending_shapes import ChannelsShape
from incident.playbook.shapes import ApprovalShape, MessageShape, StepShape
from incident.run import speaking
from incident.shape import Field, LocalText

HELP = "Corrects an earlier notice: to exactly those in the ledger who got it, or may have."
EFFECT = "internal"  # as an announcement
LIKE = "announce"
FIXED = {"audience": "received_any()"}
FIELDS = {
    "corrects": Field(shape=StepShape("announce"), required=True, default="", help="The notice that was wrong."),
    "template": Field(shape=MessageShape(), default="correction", help="The message to render."),
    "text": Field(
        shape=LocalText(), required=True, default={}, help="What was wrong, and what is right: per language, or in one."
    ),
    "channels": Field(
        shape=ChannelsShape(), default=(), help="By which channels; all when left out. A list among them is a chain."
    ),
    "approval": Field(shape=ApprovalShape(), help="Who must agree before it leaves the house."),
}


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"people", "broadcast"})


decide = speaking.decide
EFFECTS = speaking.EFFECTS
