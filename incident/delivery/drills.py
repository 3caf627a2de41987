"""How drills are held: the section `drill` of incident.yaml. It is read by every command, and brings nothing along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from incident.playbook.drill import SECTION as TARGETS
from incident.playbook.drill import Targets
from incident.shape import Choice, Duration, Field, Section, Text

SECTION = Field(
    shape=Section(
        fields={
            "people": Field(
                shape=Choice(("marked", "files")),
                default="marked",
                help="Notices of a drill go to the people whom the audience file marks with `drill`, or into files.",
            ),
            "staff": Field(
                shape=Choice(("channels", "files")),
                default="channels",
                help="Pages and approval requests of a drill call staff out by their channels, or go into files.",
            ),
            "folder": Field(
                shape=Text(), default="drill", help="Where the files of a drill are written, relative to the workspace."
            ),
            "stale_after": Field(
                shape=Duration(),
                default=timedelta(days=180),
                help="A playbook that was not drilled for longer is warned about; so is one that never was.",
            ),
            "targets": replace(TARGETS, help="What drills are measured by, where the playbook says nothing."),
        },
        name="how drills are held",
    ),
    default=None,
    help="Where the words of a drill end, and what it is measured by.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drills:
    """The section as values."""

    people: str = "marked"
    staff: str = "channels"
    folder: Path = Path("drill")
    stale_after: timedelta = timedelta(days=180)
    targets: Targets = field(default_factory=Targets)


def read_drills(values: Mapping[str, Any] | None, workspace: Path) -> Drills:
    if values is None:
        return Drills(folder=workspace / "drill")
    return Drills(**{**values, "folder": workspace / values["folder"]})
