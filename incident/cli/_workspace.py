"""What a new workspace holds, as plain data: file name -> content."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from string import Template


def contents(folder: Path, os_user: str) -> Mapping[str, str]:
    """The files of a new workspace at `folder` (absolute), whose first person is `os_user`."""
    person = person_id(os_user)
    values = {
        "person": person,
        "name": _quoted(os_user),
        "os_user": _quoted(os_user),
        "workspace": str(folder),
        "program": str(Path(sys.executable).with_name("incident")),
    }
    return {
        "incident.yaml": Template(_data("incident.yaml")).substitute(values),
        "playbooks/README.md": _data("playbooks.md"),
        "templates/README.md": _data("templates.md"),
        "audience/sample.csv": _data("sample.csv"),
        "incident-worker.service": Template(_data("incident-worker.service")).substitute(values),
    }


def person_id(os_user: str) -> str:
    """A login as an id: `J.Doe` -> `j-doe`; one that leaves nothing, or is taken by `second`, becomes `me`."""
    slug = re.sub(r"[^a-z0-9]+", "-", os_user.lower()).strip("-")
    slug = re.sub(r"^[0-9-]+", "", slug)
    return "me" if slug in ("", "second") else slug


def _quoted(text: str) -> str:
    """Text as YAML that cannot be read as anything else: `007` and `no` are logins too."""
    return "'" + text.replace("'", "''") + "'"


def _data(name: str) -> str:
    return resources.files("incident").joinpath("data", name).read_text(encoding="utf-8")
