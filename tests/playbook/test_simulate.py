"""`incident playbook simulate` and `incident playbook test`, as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import run

BROKEN = """
tests:
  - name: Somebody answers
    given: {params: {dc: sh1}}
    advance: 12m
    expect: {sent: {step: first-notice, template: first-notice}}
"""

FEW = """\
schema: incident.playbook/v1
id: few
title: A few
kind: outage
case: payment-failure
params: [{name: where, type: string, default: sh}]
steps:
  - {id: some, type: announce, template: first-notice, audience: region == where}
  - {id: same, type: announce, template: first-notice, audience: received('some')}
  - {id: all, type: announce, template: first-notice, audience: everyone}
  - {id: both, type: announce, template: first-notice, audience: "received('some', 'all')"}
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new workspace with its eight sample customers."""
    folder = tmp_path_factory.mktemp("simulate") / "oncall"
    assert run("init", folder).exit == 0
    assert run("audience", "import", folder / "audience" / "sample.csv", "--workspace", folder).exit == 0
    return folder


def test_a_simulation_shows_when_what_goes_to_how_many(workspace: Path) -> None:
    """Best case: the first notice after the approval, updates in time, the last word; counted in this workspace."""
    done = run("playbook", "simulate", "datacenter-loss", "--param", "dc=sh1", "--output", "json", cwd=workspace)
    sent = [(one["step"], one["to"], one["people"]) for one in done.json["timeline"] if one["what"].startswith("sent:")]
    assert sent[0] == ("first-notice", "everyone", 8)
    assert sent[-1] == ("resolved-1", "received_any()", 8)
    assert done.json["state"] == "resolved"


def test_a_night_of_three_days_is_shown_at_once(workspace: Path) -> None:
    """However many words follow one another, each to those who were told before."""
    typed = ("playbook", "simulate", "datacenter-loss", "--param", "dc=sh1", "--recovers", "3d", "--for", "3d")
    done = run(*typed, "--output", "json", cwd=workspace)
    updates = [one["people"] for one in done.json["timeline"] if one["what"] == "sent: update"]
    assert len(updates) > 50
    assert set(updates) == {8}


def test_who_was_told_before_is_counted(workspace: Path) -> None:
    """`received` is everybody who was meant by the notice before it; nobody else."""
    (workspace / "playbooks" / "few.yaml").write_text(FEW, encoding="utf-8")
    done = run("playbook", "simulate", "few", "--for", "10m", "--output", "json", cwd=workspace)
    (workspace / "playbooks" / "few.yaml").unlink()
    sent = {one["step"]: one["people"] for one in done.json["timeline"] if one["what"].startswith("sent:")}
    assert 0 < sent["some"] < 8
    assert sent == {"some": sent["some"], "same": sent["some"], "all": 8, "both": 8}


def test_a_simulation_of_the_night_when_nobody_answers(workspace: Path) -> None:
    """The holding statement, and calls for roles that nobody takes."""
    typed = ("playbook", "simulate", "datacenter-loss", "--param", "dc=sh1", "--nobody", "--for", "1h")
    done = run(*typed, "--output", "json", cwd=workspace)
    whats = [one["what"] for one in done.json["timeline"]]
    assert "sent: holding-statement" in whats
    assert "called out: nobody is commander yet" in whats
    assert max(one["after"] for one in done.json["timeline"]) <= 3600


def test_a_simulation_takes_answers(workspace: Path) -> None:
    """A gate that is never passed and a choice that is made are played so."""
    answers = ("--answer", "first-notice=never", "--answer", "failover-decision=hold")
    done = run("playbook", "simulate", "datacenter-loss", "--param", "dc=sh1", *answers, cwd=workspace)
    assert "choice=hold" in done.out
    assert "sent: holding-statement" in done.out
    assert "sent: first-notice" not in done.out


@pytest.mark.parametrize(
    ("answer", "code"), [("failover-decision=fly", 18), ("nothing=go", 9), ("confirm-impact.colour=red", 18)]
)
def test_an_answer_that_does_not_fit_is_told(workspace: Path, answer: str, code: int) -> None:
    """A choice, a step and a field that are not there."""
    done = run("playbook", "simulate", "datacenter-loss", "--param", "dc=sh1", "--answer", answer, cwd=workspace)
    assert done.exit == code


def test_a_simulation_writes_and_sends_nothing(workspace: Path) -> None:
    """No incident, no file, no change of the database."""
    before = _files(workspace)
    assert run("playbook", "simulate", "payment-failure", cwd=workspace).exit == 0
    assert _files(workspace) == before
    assert run("list", "--output", "json", cwd=workspace).json["incidents"] == []


def _files(workspace: Path) -> dict[str, bytes]:
    """What stands in the workspace, but for what the program itself remembers to start faster."""
    passing = (".proofread", "incident.db-wal", "incident.db-shm")
    return {
        str(file): file.read_bytes() for file in workspace.rglob("*") if file.is_file() and file.name not in passing
    }


def test_all_shipped_tests_pass(workspace: Path) -> None:
    """As a person types it in a new workspace."""
    done = run("playbook", "test", cwd=workspace)
    assert (done.exit, "0 failed" in done.out) == (0, True), done.out


def test_a_failure_is_told_with_its_line_and_its_night(workspace: Path, tmp_path: Path) -> None:
    """Exit 15, the file and the line of the expectation, what was there instead, and what happened."""
    shipped = Path(__file__).parents[2] / "playbooks" / "datacenter-loss.yaml"
    text = shipped.read_text(encoding="utf-8").partition("\ntests:")[0] + "\n" + BROKEN
    file = tmp_path / "datacenter-loss.yaml"
    file.write_text(text, encoding="utf-8")
    done = run("playbook", "test", file, cwd=workspace)
    assert done.exit == 15
    assert f"{file}:{text.count(chr(10))}" in done.out
    assert "expected after 12m: first-notice (template first-notice) was sent" in done.out
    assert "sent: holding-statement -> everyone" in done.out
    (test,) = run("playbook", "test", file, "--output", "json", cwd=workspace).json["tests"]
    assert not test["passed"]
    assert test["failures"][0]["line"] == text.count("\n")
    assert test["timeline"]


def test_mistakes_come_first(workspace: Path, tmp_path: Path) -> None:
    """A file with mistakes is not played: exit 10."""
    file = tmp_path / "bad.yaml"
    file.write_text("schema: incident.playbook/v1\nid: bad\n", encoding="utf-8")
    assert run("playbook", "test", file, cwd=workspace).exit == 10
