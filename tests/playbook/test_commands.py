"""`incident playbook …`, run as a person would."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from tests.cli.program import run

BAD = Path(__file__).parents[1] / "mistakes" / "playbook"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as `incident init` makes it."""
    folder = tmp_path_factory.mktemp("house") / "oncall"
    made = run("init", folder)
    assert made.exit == 0, made.err
    return folder


def test_lint_of_a_fresh_workspace_finds_no_mistake(workspace: Path) -> None:
    """What we ship can be declared at once."""
    found = run("playbook", "lint", "--workspace", workspace, "--output", "json")
    assert (found.exit, found.json["schema"], found.json["mistakes"]) == (0, "incident.playbook-lint/v1", [])
    assert found.json["files"] >= 3


def test_lint_tells_each_mistake_as_one_object(workspace: Path) -> None:
    """Exit 10, and one document on standard output."""
    file = BAD / "duplicate-step-id.yaml"
    found = run("playbook", "lint", file, "--workspace", workspace, "--output", "json")
    assert found.exit == 10
    assert found.json["mistakes"] == [
        {
            "file": str(file),
            "line": 9,
            "column": 5,
            "code": "duplicate_id",
            "message": "'first-notice' stands twice (first on line 5); give each its own id.",
        }
    ]


def test_lint_for_people_prints_places_that_editors_open(workspace: Path) -> None:
    """FILE:LINE:COLUMN: and the sentence, then a count."""
    file = BAD / "needs-circle.yaml"
    found = run("playbook", "lint", file, "--workspace", workspace)
    assert found.exit == 10
    assert f"{file}:9:25: These steps wait for each other: a -> b -> a" in found.out
    assert "1 file, 1 mistake." in found.out


def test_list_names_what_each_playbook_needs(workspace: Path) -> None:
    """Who declares sees which parameter cannot be left out."""
    found = run("playbook", "list", "--workspace", workspace, "--output", "json").json["playbooks"]
    required = {row["name"]: row["required"] for row in found}
    assert required["datacenter-loss"] == ["dc"]
    assert required["payment-failure"] == []


def test_show_prints_the_plan(workspace: Path) -> None:
    """Steps in order, each with what it waits for."""
    shown = run("playbook", "show", "datacenter-loss", "--workspace", workspace)
    assert shown.exit == 0, shown.err
    assert "1. first-notice (announce)" in shown.out
    assert "after first-notice" in shown.out


def test_show_of_an_unknown_name_suggests_the_nearest(workspace: Path) -> None:
    """A slip of the finger costs one more line, not a search."""
    shown = run("playbook", "show", "datacentre-loss", "--workspace", workspace)
    assert shown.exit == 9
    assert "Did you mean 'datacenter-loss'?" in shown.err


def test_schema_needs_no_workspace() -> None:
    """An editor can be set up before anything else."""
    printed = run("playbook", "schema")
    assert printed.exit == 0, printed.err
    jsonschema.Draft202012Validator.check_schema(printed.json)
