"""What is said, of which incident, and where it goes: the values that `compose` works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Slot:
    """One place where a notice goes: a channel, with its medium and network ('' for none in particular)."""

    channel: str
    medium: str
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is said of one incident at one moment. All of it is data.

    `contact` is the incident's own contact (hotline extension, path in the app); empty: the organisation's.
    `texts` are the words that staff wrote, per locale. `corrects` names what is corrected, for the record.
    """

    incident_id: str
    title: Texts
    severity: str
    phase: str
    declared_at: datetime
    contact: Texts = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    next_update: datetime | None = None
    texts: Texts = field(default_factory=dict)
    drill: bool = False
    corrects: str = ""
