"""What scripts rely on: documents, keys, exit codes, the count; each command typed as a script types it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Ran, run

_OUTCOMES = ("accepted", "refused", "suppressed", "deduplicated", "expired", "unknown", "pending")
_TEXTS = ("--text", "zh-Hans=正在恢复。", "--text", "zh-Hant=正在恢復。", "--text", "en=It is getting better.")
_PEOPLE = 8
_TOLD = 7
"""Who gets the first notice at all: one of the sample has opted out of everything."""


@dataclass(frozen=True, slots=True)
class Script:
    """Types commands in a workspace that `incident init` made: its people, its sample audience, its file channels."""

    workspace: Path

    def __call__(self, *words: str | Path, expect: int = 0) -> Any:
        """The document of a command that must end with `expect`."""
        ran = self.ran(*words)
        assert ran.exit == expect, ran
        return ran.json

    def ran(self, *words: str | Path) -> Ran:
        return run("--workspace", self.workspace, "--output", "json", *words)

    def declared(self, *options: str) -> str:
        return str(self("declare", "datacenter-loss", "--param", "dc=sh1", *options)["incident"])

    def told(self) -> str:
        """An incident whose first notice is out."""
        incident = self.declared("--no-work")
        self("approve", incident, "first-notice", "--as", "second", "--yes", str(_PEOPLE))
        return incident


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with its sample audience, to be copied."""
    script = Script(tmp_path_factory.mktemp("contract") / "oncall")
    script("init", script.workspace)
    script("audience", "import", script.workspace / "audience" / "sample.csv")
    return script.workspace


@pytest.fixture
def script(fresh: Path, tmp_path: Path) -> Script:
    return Script(Path(shutil.copytree(fresh, tmp_path / "oncall")))


@pytest.fixture(scope="module")
def undisturbed(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Script, str]:
    """A workspace with an open incident, for lines that must change nothing."""
    script = Script(Path(shutil.copytree(fresh, tmp_path_factory.mktemp("undisturbed") / "oncall")))
    return script, script.declared("--no-work")


def test_import_tells_how_many_rows_were_new_changed_and_bad(script: Script) -> None:
    """The same file a second time changes the same people."""
    told = script("audience", "import", script.workspace / "audience" / "sample.csv")
    assert told == {"schema": "incident.audience-import/v1", "imported": 0, "updated": _PEOPLE, "rejected": 0}


def test_declare_tells_the_incident_and_what_it_waits_for(script: Script) -> None:
    """Each item with its step, type, role, and the command that answers it."""
    told = script("declare", "datacenter-loss", "--param", "dc=sh1", "--no-work")
    assert told["schema"] == "incident.declare/v1"
    assert told["incident"].startswith("INC-")
    assert told["state"] == "open"
    first = next(item for item in told["waiting_for"] if item["step"] == "first-notice")
    assert (first["type"], first["role"]) == ("announce", "comms")
    assert first["command"] == f"incident approve {told['incident']} first-notice"


@pytest.mark.parametrize("count", [(), ("--yes", "7")], ids=["absent", "wrong"])
def test_without_the_right_count_nothing_is_sent(script: Script, count: tuple[str, ...]) -> None:
    """Exit 20 with the count; the gate is still open, the ledger empty, and the right count goes through."""
    incident = script.declared("--no-work")
    refused = script("approve", incident, "first-notice", "--as", "second", *count, expect=20)
    assert (refused["schema"], refused["code"]) == ("incident.error/v1", "count_not_confirmed")
    assert (refused["exit"], refused["count"]) == (20, _PEOPLE)
    assert script("reconcile", incident)["audience"] == 0
    told = script("approve", incident, "first-notice", "--as", "second", "--yes", str(_PEOPLE))
    assert told["schema"] == "incident.approve/v1"
    assert script("reconcile", incident)["accepted"] > 0


def test_a_playbook_that_releases_at_once_asks_declare_for_the_count(script: Script) -> None:
    """No gate before the first broadcast: then `declare` itself must be confirmed, or nothing happens."""
    text = (
        "schema: incident.playbook/v1\nid: at-once\nrevision: 1\ntitle: At once\nkind: force_majeure\nowner: on-call\n"
        "roles: {commander: {required: true}}\n"
        "steps:\n  - {id: tell, type: announce, template: holding-statement, audience: everyone}\n"
    )
    (script.workspace / "playbooks" / "at-once.yaml").write_text(text, encoding="utf-8")
    assert script("declare", "at-once", expect=20)["count"] == _PEOPLE
    assert script("list", "--all")["incidents"] == []
    told = script("declare", "at-once", "--yes", str(_PEOPLE))
    assert script("reconcile", told["incident"])["broadcasts"][0]["people"] == _PEOPLE


def test_recorded_only_then_sent_by_the_worker(script: Script) -> None:
    """`--no-work` leaves every row pending; `work --until-idle` sends them and ends, though people are waited for."""
    incident = script.declared("--no-work")
    script("approve", incident, "first-notice", "--as", "second", "--yes", str(_PEOPLE), "--no-work")
    before = script("reconcile", incident)
    assert before["pending"] == before["audience"] > 0
    assert before["adds_up"] is True
    told = script("work", "--until-idle", "--wait", "1s")
    assert told["schema"] == "incident.work/v1"
    after = script("reconcile", incident)
    assert after["pending"] == 0
    assert after["audience"] == before["audience"]


def test_the_reconciliation_is_an_equation(script: Script) -> None:
    """In all, by broadcast and by channel; a post counts one for each language; staff stand outside, under `pages`."""
    incident = script.told()
    told = script("reconcile", incident)
    assert told["schema"] == "incident.reconcile/v1"
    for sums in (told, *told["broadcasts"], *told["channels"].values(), *told["pages"]):
        assert sums["audience"] == sum(sums[outcome] for outcome in _OUTCOMES)
        assert sums["adds_up"] is True
    assert told["audience"] == sum(one["audience"] for one in told["broadcasts"]) == 2 * _PEOPLE + 3
    assert told["audience"] == sum(one["audience"] for one in told["channels"].values())
    assert told["channels"]["social"]["audience"] == 3
    assert {page["message"] for page in told["pages"]} == {"page", "approval-request"}


def test_update_and_resolve_keep_the_same_contract(script: Script) -> None:
    """Held without words (17), refused without the count (20), then sent; the incident ends as resolved."""
    incident = script.told()
    assert script("update", incident, "--phase", "identified", expect=17)["code"] == "held"
    assert script("update", incident, "--phase", "identified", *_TEXTS, expect=20)["count"] == _TOLD
    told = script("update", incident, "--phase", "identified", *_TEXTS, "--yes", str(_TOLD))
    assert (told["schema"], told["phase"], told["step"]) == ("incident.update/v1", "identified", "update-1")
    assert script("resolve", incident, expect=20)["count"] == _TOLD
    told = script("resolve", incident, "--yes", str(_TOLD))
    assert (told["schema"], told["state"]) == ("incident.resolve/v1", "resolved")
    assert {waiting["type"] for waiting in told["waiting_for"]} <= {"task"}
    assert [one["step"] for one in script("reconcile", incident)["broadcasts"]] == [
        "first-notice",
        "update-1",
        "resolved-1",
    ]


def test_a_correction_asks_for_its_own_count(script: Script) -> None:
    """It goes to those who got the notice that it corrects."""
    incident = script.told()
    assert script("correct", incident, "first-notice", *_TEXTS, expect=20)["count"] == _TOLD
    told = script("correct", incident, "first-notice", *_TEXTS, "--yes", str(_TOLD))
    assert told["schema"] == "incident.correct/v1"


def test_the_preview_counts_by_channel_whom_it_reaches(script: Script) -> None:
    """Without those who opted out, chose another channel or have no address: the numbers that are then accepted."""
    incident = script.declared("--no-work")
    preview = script("approve", incident, "first-notice", "--as", "second", expect=20)["preview"]
    script("approve", incident, "first-notice", "--as", "second", "--yes", str(_PEOPLE))
    channels = script("reconcile", incident)["channels"]
    shown = {channel: sum(counts.values()) for channel, counts in preview["channels"].items()}
    assert shown == {channel: sums["accepted"] for channel, sums in channels.items()}
    assert set(preview["texts"]) >= {"email/zh-Hans", "push/zh-Hant", "social/en"}


def test_what_was_held_is_released_by_the_count_only(script: Script) -> None:
    """`outbox hold` keeps it; `outbox release` asks again for the people of that broadcast."""
    incident = script.declared("--no-work")
    script("approve", incident, "first-notice", "--as", "second", "--yes", str(_PEOPLE), "--no-work")
    script("outbox", "hold", incident, "first-notice")
    script("work", "--until-idle")
    held = script("reconcile", incident)
    assert held["pending"] == held["audience"]
    assert script("outbox", "release", incident, "first-notice", expect=20)["count"] == _PEOPLE
    script("outbox", "release", incident, "first-notice", "--yes", str(_PEOPLE))
    assert script("reconcile", incident)["pending"] == 0


def test_what_was_stopped_is_suppressed(script: Script) -> None:
    """`outbox stop` settles every row that was not sent; the sum still adds up."""
    incident = script.declared("--no-work")
    script("approve", incident, "first-notice", "--as", "second", "--yes", str(_PEOPLE), "--no-work")
    script("outbox", "stop", incident, "first-notice")
    told = script("reconcile", incident)
    assert (told["suppressed"], told["adds_up"]) == (told["audience"], True)


def test_what_people_do_to_a_run_tells_how_it_stands(script: Script) -> None:
    """answer, task done, ack, page, run pause|resume|abort, cancel: one document each, with the same keys."""
    incident = script.declared("--no-work")
    lines = (
        ("answer", incident, "confirm-impact", "est_affected_users=8", "cause_known=false"),
        ("task", "done", incident, "regulator-check"),
        ("ack", incident),
        ("page", incident, "commander", "--text", "take over", "--no-work"),
        ("run", "pause", incident),
        ("run", "resume", incident),
        ("run", "abort", incident),
        ("cancel", incident, "--reason", "a sensor"),
    )
    for line in lines:
        told = script(*line)
        assert told["schema"].startswith(f"incident.{line[0]}")
        assert {"incident", "state", "waiting_for"} <= set(told), line
    assert told["state"] == "cancelled"


@pytest.mark.parametrize(
    ("line", "exit_code", "code"),
    [
        (("approve", "INC", "first-notice", "--yes", "8"), 12, "not_allowed"),
        (("show", "INC-2026-999"), 9, "not_found"),
        (("approve", "INC", "no-such-step", "--as", "second"), 9, "not_found"),
        (("declare", "datacenter-loss"), 18, "bad_value"),
        (("declare", "no-such-playbook"), 9, "not_found"),
        (("answer", "INC", "failover-decision", "hold"), 16, "wrong_state"),
        (("role", "claim", "INC", "king"), 9, "not_found"),
        (("note", "INC", "x", "--as", "nobody"), 12, "not_allowed"),
        (("declare",), 2, "usage"),
        (("no-such-command",), 2, "usage"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_one_document_and_an_exit_code(
    undisturbed: tuple[Script, str], line: tuple[str, ...], exit_code: int, code: str
) -> None:
    """On standard output, with nothing else; the message is a sentence."""
    script, incident = undisturbed
    told = script(*(incident if word == "INC" else word for word in line), expect=exit_code)
    assert (told["schema"], told["code"], told["exit"]) == ("incident.error/v1", code, exit_code)
    assert told["message"].strip()


def test_options_stand_before_or_after_the_subcommand(script: Script) -> None:
    """Also by the environment; the nearest to the end wins."""
    folder = str(script.workspace)
    before = run("--workspace", folder, "--output", "json", "--as", "second", "list")
    after = run("list", "--workspace", folder, "--as", "second", "--output", "json")
    around = run("--output", "table", "list", "--output", "json", env={"INCIDENT_WORKSPACE": folder})
    assert before.json == after.json == around.json


def test_everything_but_the_document_is_on_standard_error(script: Script) -> None:
    """A cancel says how much it stopped, a worker when it wakes again: not between the lines of the document."""
    incident = script.declared("--no-work")
    ran = script.ran("work", "--until-idle")
    assert json.loads(ran.out)["schema"] == "incident.work/v1"
    assert "due in" in ran.err
    ran = script.ran("cancel", incident, "--reason", "a sensor")
    assert json.loads(ran.out)["stopped"] >= 0
    assert "stopped" in ran.err


def test_a_preview_is_shown_where_nobody_can_be_asked(script: Script) -> None:
    """In a pipe the counts and a text of each medium stand on standard error, and the exit code is 20."""
    incident = script.declared("--no-work")
    ran = run("--workspace", script.workspace, "approve", incident, "first-notice", "--as", "second")
    assert (ran.exit, ran.out) == (20, "")
    assert f"{_PEOPLE} people" in ran.err
    assert "--- email/" in ran.err


def test_init_refuses_a_folder_that_is_not_empty(script: Script) -> None:
    """Exit 3; nothing of what is there is touched."""
    assert script("init", script.workspace, expect=3)["code"] == "no_workspace"


def test_lint_tells_every_mistake_with_its_place(script: Script) -> None:
    """Counted from 1; exit 10, and 0 without a mistake."""
    bad = script.workspace / "playbooks" / "bad.yaml"
    bad.write_text("schema: incident.playbook/v1\nid: bad\nstepz: []\n", encoding="utf-8")
    told = script("playbook", "lint", bad, expect=10)
    assert told["schema"] == "incident.playbook-lint/v1"
    assert all({"file", "line", "column", "code", "message"} == set(mistake) for mistake in told["mistakes"])
    assert any(mistake["line"] == 3 and mistake["column"] == 1 for mistake in told["mistakes"])
    bad.unlink()
    assert script("playbook", "lint")["mistakes"] == []
