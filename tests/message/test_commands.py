"""`incident message …` in a fresh workspace, as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("oncall") / "ws"
    subprocess.run([sys.executable, "-m", "incident", "init", str(folder)], check=True, capture_output=True)
    return folder


def _run(workspace: Path, *words: str, exit_code: int = 0) -> dict[str, Any]:
    command = [sys.executable, "-m", "incident", "message", *words, "--workspace", str(workspace), "--output", "json"]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == exit_code, result.stdout + result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_list_names_every_message_with_its_languages(workspace: Path) -> None:
    """Seven are shipped, each in three languages."""
    listed = {row["name"]: row for row in _run(workspace, "list")["messages"]}
    assert {"first-notice", "update", "resolved", "holding-statement", "correction", "page"} <= set(listed)
    assert all(row["locales"] == ["en", "zh-Hans", "zh-Hant"] for row in listed.values())


def test_the_workspace_that_init_makes_is_in_order(workspace: Path) -> None:
    """Also with its longer name for the time zone."""
    assert _run(workspace, "lint")["mistakes"] == []


def test_lint_ends_with_10_for_a_file_of_ones_own(workspace: Path) -> None:
    """A workspace's own words are checked like the shipped ones."""
    file = workspace / "templates" / "resolved" / "en" / "sms.j2"
    file.parent.mkdir(parents=True)
    file.write_text("{{ contcat }}")
    [mistake] = _run(workspace, "lint", "resolved", exit_code=10)["mistakes"]
    assert (mistake["line"], mistake["code"]) == (1, "unknown_variable")
    file.unlink()


def test_preview_shows_each_part_with_its_length(workspace: Path, tmp_path: Path) -> None:
    """And writes the mail where a browser can open it."""
    page = tmp_path / "mail.html"
    words = ("preview", "first-notice", "--locale", "zh-Hant", "--medium", "email", "--html", str(page))
    texts = _run(workspace, *words)["texts"]
    assert [text["part"] for text in texts] == ["subject", "preheader", "text", "html"]
    assert texts[0]["length"] == {"used": len(texts[0]["text"]), "limit": 78, "unit": "characters"}
    assert '<html lang="zh-Hant"' in page.read_text(encoding="utf-8")


def test_a_message_is_tried_on_oneself(workspace: Path) -> None:
    """It really leaves by the channel, marked as a drill."""
    sent = _run(workspace, "test", "first-notice", "--to", "me", "--locale", "en")
    assert [result["outcome"] for result in sent["results"]] == ["sent"] * len(sent["results"])
    written = [file for file in workspace.rglob("*") if file.is_file()]
    files = [file for file in written if "[EXERCISE]" in file.read_text(errors="replace")]
    assert [file for file in files if "incident.db" not in file.name]


def test_an_unknown_message_is_a_sentence(workspace: Path) -> None:
    """With the nearest name."""
    error = _run(workspace, "preview", "first-notise", exit_code=9)
    assert (error["schema"], error["code"]) == ("incident.error/v1", "not_found")
    assert "first-notice" in error["message"]


def test_preview_shows_what_a_parameter_makes_a_notice_say(workspace: Path) -> None:
    """Typed as the playbook declares it; a var counts too. What the playbook does not know is a mistake with a hint."""
    line = ("preview", "first-notice", "--locale", "en", "--medium", "sms")
    (bank,) = _run(workspace, *line, "--case", "bank-link-outage", "--param", "banks=icbc")["texts"]
    assert "ICBC cards" in bank["text"]
    (leak,) = _run(workspace, *line, "--case", "privacy-leak", "--param", "confirmed=yes")["texts"]
    assert "we confirmed" in leak["text"]
    wrong = _run(workspace, *line, "--case", "bank-link-outage", "--param", "bank=icbc", exit_code=18)
    assert "Did you mean 'banks'?" in wrong["message"]
