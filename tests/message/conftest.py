"""An organisation, an incident at 14:20 in Shanghai, and a copy of the shipped messages to break."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incident.message.catalog import SHIPPED, Catalog
from incident.message.context import Context, Slot
from incident.message.organisation import DEFAULT, Organisation

LOCALES = ("zh-Hans", "zh-Hant", "en")
SLOTS = (
    Slot("email", "email"),
    Slot("push", "push"),
    Slot("x", "social", "x"),
    Slot("mastodon", "social", "mastodon"),
    Slot("sms", "sms"),
    Slot("chat", "chat"),
    Slot("status", "status"),
)
DECLARED = datetime(2026, 7, 3, 6, 20, tzinfo=UTC)


@pytest.fixture
def organisation() -> Organisation:
    return replace(
        DEFAULT,
        hours={"en": "24 hours a day"},
        legal_footer={"en": "Example Wallet Ltd."},
        status_page={"": "https://status.example.com"},
        domains=("example.com",),
    )


@pytest.fixture
def context() -> Context:
    return Context(
        incident_id="INC-2026-007",
        title={"en": "Data centre sh1 is down"},
        severity="sev1",
        phase="identified",
        declared_at=DECLARED,
        next_update=DECLARED + timedelta(minutes=50),
        contact=dict.fromkeys(LOCALES, "dial 95000, then 9"),
        texts={
            "zh-Hans": "约一半付款已恢复。",
            "zh-Hant": "約一半付款已恢復。",
            "en": "Half go through.",
        },
    )


@pytest.fixture
def shipped() -> Catalog:
    return Catalog.open()


@pytest.fixture
def broken(tmp_path: Path) -> Callable[..., Catalog]:
    """The shipped catalog with one file changed: `broken(path, old, new)`, or deleted: `broken(path)`."""

    def change(path: str, old: str = "", new: str = "") -> Catalog:
        folder = tmp_path / "templates"
        shutil.copytree(SHIPPED, folder)
        file = folder / path
        if old:
            source = file.read_text(encoding="utf-8")
            assert old in source
            file.write_text(source.replace(old, new), encoding="utf-8")
        elif new:
            file.write_text(file.read_text(encoding="utf-8") + new, encoding="utf-8")
        else:
            file.unlink()
        return Catalog.open([folder])

    return change
