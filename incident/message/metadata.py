"""What a message says about itself: templates/<message>/message.yaml.

The names follow CAP 1.2 (`msg_type`, `severity`, `urgency`, `certainty`, `expires`) and the status pages (`stage`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from incident.errors import Mistake
from incident.message.medium import MEDIA, PER_RECIPIENT
from incident.shape import (
    Boolean,
    Choice,
    Duration,
    Field,
    Integer,
    ListOf,
    LocalText,
    MapOf,
    Reader,
    Section,
    Slug,
    Text,
)
from incident.yamlfile import parse

RULES = ("no_promise", "no_cause", "next_update", "contact", "safety")

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What may stand in one variable: for preview (`example`) and for the longest plausible text (`max`)."""

    type: str
    required: bool
    max: int
    example: Texts
    per_recipient: bool
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """See FIELDS for the meaning of each."""

    schema: str
    version: int
    name: Texts
    readers: str
    stage: str
    msg_type: str
    severity: str
    urgency: str
    certainty: str
    expires: timedelta | None
    correction: str
    media: tuple[str, ...]
    words: bool
    text: str
    statement: tuple[str, ...]
    variables: Mapping[str, Variable]

    def longest(self, variable: str, default: int = 0) -> int:
        known = self.variables.get(variable)
        return known.max if known else default


_VARIABLE: Mapping[str, Field] = {
    "type": Field(shape=Choice(("text", "datetime", "url", "integer")), help="Its kind.", default="text"),
    "required": Field(shape=Boolean(), help="Whether the message cannot do without.", default=False),
    "max": Field(shape=Integer(least=1), help="The longest plausible value, in characters.", default=60),
    "example": Field(shape=LocalText(), help="A plausible value, for previews.", default={}),
    "per_recipient": Field(shape=Boolean(), help="Filled per recipient, after rendering.", default=False),
    "help": Field(shape=Text(), help="What it is.", default=""),
}

_NAMES = ("text", "contact", "title", "corrects", *PER_RECIPIENT)


@dataclass(frozen=True, slots=True)
class _VariableName:
    """The variables whose length a person decides, at 3 a.m. or in a file of subscribers."""

    def read(self, node: Any, path: str, reader: Reader) -> str:
        return Choice(_NAMES).read(node, path, reader)

    def schema(self) -> dict[str, Any]:
        return Choice(_NAMES).schema()

    def words(self) -> str:
        return Choice(_NAMES).words()


FIELDS: Mapping[str, Field] = {
    "schema": Field(shape=Choice(("incident.message/v1",)), help="The form of this file.", required=True),
    "version": Field(shape=Integer(least=1), help="Count it up with every change of words.", required=True),
    "name": Field(shape=LocalText(), help="What the message is, for lists.", required=True),
    "readers": Field(
        shape=Choice(("customers", "staff")),
        help="customers: every language must be complete; staff: any language beats silence.",
        default="customers",
    ),
    "stage": Field(
        shape=Choice(("investigating", "update", "resolved", "correction", "holding", "staff")),
        help="When in an incident it is sent.",
        required=True,
    ),
    "msg_type": Field(shape=Choice(("alert", "update", "cancel")), help="CAP: msgType.", default="alert"),
    "severity": Field(
        shape=Choice(("extreme", "severe", "moderate", "minor", "unknown")), help="CAP: severity.", default="unknown"
    ),
    "urgency": Field(
        shape=Choice(("immediate", "expected", "future", "past", "unknown")), help="CAP: urgency.", default="unknown"
    ),
    "certainty": Field(
        shape=Choice(("observed", "likely", "possible", "unlikely", "unknown")),
        help="CAP: certainty.",
        default="unknown",
    ),
    "expires": Field(shape=Duration(), help="Not sent, nor sent again, when older than this.", default=None),
    "correction": Field(shape=Slug(), help="The message that corrects this one.", default=""),
    "media": Field(shape=ListOf(item=Choice(MEDIA), least=1), help="The media it must exist in.", required=True),
    "words": Field(shape=Boolean(), help="Whether it uses the words of a case (templates/words/).", default=True),
    "text": Field(
        shape=Choice(("none", "optional", "required")), help="Whether staff write words into it.", default="none"
    ),
    "statement": Field(shape=ListOf(item=Choice(RULES)), help="The rules its words must keep.", default=()),
    "variables": Field(
        shape=MapOf(value=Section(fields=_VARIABLE, into=Variable), key=_VariableName()),
        help="What may stand in its variables.",
        default={},
    ),
}

SECTION = Section(fields=FIELDS, into=Metadata, name="a message: what it says about itself")


def read(file: Path, mistakes: list[Mistake]) -> Metadata | None:
    """The metadata, or None; every mistake is added to `mistakes`."""
    reader = Reader(str(file), mistakes)
    before = len(mistakes)
    node = parse(file.read_text(encoding="utf-8"), reader.file, mistakes)
    metadata: Metadata | None = SECTION.read(node, "", reader) if node else None
    return metadata if len(mistakes) == before else None
