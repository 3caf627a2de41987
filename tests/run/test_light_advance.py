"""What decides the next step loads nothing that could do it: no store, no ledger, no channel, no driver."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from incident import registry

FORBIDDEN = (
    "incident.store",
    "incident.journal",
    "incident.delivery",
    "incident.channel",
    "incident.lifecycle",
    "incident.paging",
    "incident.message",
    "sqlite3",
    "psycopg",
    "apprise",
    "smtplib",
)
STEPS = [f"incident.run.steps.{name}" for name in registry.names("incident.run.steps")]


def loaded_by(*modules: str) -> set[str]:
    """The modules that a fresh process holds after importing these."""
    code = f"import importlib, json, sys; [importlib.import_module(m) for m in {modules!r}]; "
    code += "print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_every_step_type_is_looked_at() -> None:
    """The folder is the registry."""
    assert {name.rpartition(".")[2] for name in STEPS} >= {
        "announce",
        "approve",
        "ask",
        "check",
        "page",
        "set",
        "task",
        "wait",
    }


@pytest.mark.parametrize("modules", [["incident.run.advance"], STEPS, ["incident.run.advance", *STEPS]])
def test_deciding_loads_no_doing(modules: list[str]) -> None:
    """Imports by name are invisible to the import contracts; a process tells the truth."""
    loaded = loaded_by(*modules)
    found = {name for name in loaded if any(name == bad or name.startswith(f"{bad}.") for bad in FORBIDDEN)}
    assert not found


def test_the_measure_measures() -> None:
    """The shell does load the store: this test would notice."""
    assert {"incident.store", "sqlite3"} <= loaded_by("incident.run.perform")
