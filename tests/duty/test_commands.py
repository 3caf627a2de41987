"""`incident clock` as people type it, and how deadlines read in `show` and `list`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from incident.cli import _output
from tests.cli.program import Ran, run

LONG_AGO = "2020-01-01T00:00:00+08:00"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new workspace with an incident, whose clocks run."""
    folder = tmp_path / "oncall"
    run("init", folder)
    assert run("declare", "datacenter-loss", "--param", "dc=sh1", cwd=folder).exit == 0
    return folder


def clock(folder: Path, *line: str) -> Ran:
    return run("clock", *line, "--output", "json", cwd=folder)


def test_what_is_overdue_is_told_everywhere(folder: Path) -> None:
    """In the list of clocks, in `show` and in `list`, for people and for scripts."""
    clock(folder, "start", "1", "cn-pboc-class1", "--reason", "it began long ago", "--at", LONG_AGO)
    (late, *_) = clock(folder, "list").json["clocks"]
    assert (late["clock"], late["late"], late["met"]) == ("cn-pboc-class1", True, False)
    for line in (("clock", "list"), ("show", "1"), ("list",)):
        assert " LATE" in run(*line, cwd=folder).out, line
    assert run("list", "--output", "json", cwd=folder).json["incidents"][0]["next_deadline"] == late["due"]


def test_an_incident_that_is_over_is_listed_while_it_owes_a_report(folder: Path) -> None:
    """Its deadline is counted down where everybody looks; then it is gone."""
    words = [f"--text={locale}=It is over." for locale in ("zh-Hans", "zh-Hant", "en")]
    assert run("resolve", "1", "--yes", "0", *words, cwd=folder).exit == 0
    (left,) = run("list", "--output", "json", cwd=folder).json["incidents"]
    assert (left["state"], left["next_deadline"] is None) == ("resolved", False)
    for one in clock(folder, "list").json["clocks"]:
        clock(folder, "dismiss", "1", one["clock"], "--reason", "nobody was hurt")
    assert run("list", "--output", "json", cwd=folder).json["incidents"] == []


def test_what_is_overdue_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal that wants colours; nothing else is."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert _output._reddened("due, 12m LATE: type") == "due, \x1b[31m\x1b[1m12m LATE: type\x1b[0m"
    assert _output._reddened("LATER, in 12m") == "LATER, in 12m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert _output._reddened("12m LATE") == "12m LATE"


def test_what_was_sent_is_kept_by_its_hash(folder: Path) -> None:
    """The file stays where it is; its SHA-256 stands on record and in the chain."""
    file = folder / "report.pdf"
    file.write_bytes(b"the report")
    done = clock(folder, "submit", "1", "cn-cac-operator", "--reference", "7", "--evidence", str(file))
    assert done.json["evidence"] == hashlib.sha256(b"the report").hexdigest()
    assert [one["clock"] for one in done.json["following"]] == ["cn-cac-summary"]
    told = run("timeline", "1", "--output", "json", cwd=folder).json["entries"]
    assert done.json["evidence"] in str([entry for entry in told if entry["kind"] == "clock.submitted"])


def test_a_decision_not_to_report_needs_its_reason(folder: Path) -> None:
    """Without one the command is not understood; the clock runs on."""
    assert clock(folder, "dismiss", "1", "cn-cac-operator").exit == 2
    assert clock(folder, "dismiss", "1", "cn-cac-operator", "--reason", "40 minutes").json["state"] == "dismissed"


def test_a_draft_goes_into_a_file(folder: Path) -> None:
    """In the language of its reader; how much is missing is told."""
    done = clock(folder, "draft", "1", "cn-pboc-class1", "--file", str(folder / "draft.md"))
    text = (folder / "draft.md").read_text(encoding="utf-8")
    assert done.json["text"] == text
    assert text.count("[待填写：") == len(done.json["gaps"])


def test_rules_show_their_source_and_the_warning(folder: Path) -> None:
    """One by its id, or all; counsel must confirm them."""
    assert "your counsel must confirm" in run("clock", "rules", cwd=folder).out
    one = run("clock", "rules", "eu-gdpr-33", cwd=folder).out
    assert "https://" in one
    assert "Counsel:" in one
    assert clock(folder, "rules", "eu-gdpr33").exit == 9


def test_doctor_warns_of_a_rule_that_nobody_has_checked(folder: Path) -> None:
    """Older than a year: a warning. A rule with a mistake: a problem."""
    rules = folder / "playbooks" / "clocks"
    rules.mkdir()
    shipped = run("clock", "rules", "eu-gdpr-33", "--output", "json", cwd=folder).json["rules"][0]["file"]
    text = Path(shipped).read_text(encoding="utf-8")
    (rules / "eu-gdpr-33.yaml").write_text(text.replace('"2026-11-22"', '"2020-01-01"'), encoding="utf-8")
    findings = run("doctor", "--output", "json", cwd=folder).json["findings"]
    assert [f["level"] for f in findings if f["check"] == "deadline"] == ["warning"]
    (rules / "eu-gdpr-33.yaml").write_text(text.replace("within: 72h", "within: soon"), encoding="utf-8")
    findings = run("doctor", "--output", "json", cwd=folder).json["findings"]
    assert "problem" in [f["level"] for f in findings if f["check"] == "deadline"]
    assert run("playbook", "lint", rules, cwd=folder).exit == 10
