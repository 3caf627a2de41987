"""Every file that a page shows can be used as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import run
from tests.docs import pages

BLOCKS = [
    (page.name, text)
    for page in pages.PAGES
    if page.name != "first-playbook.md"  # its pieces are one file: test_first_playbook.py
    for language, text in pages.fenced(page)
    if language == "yaml" and not text.startswith("steps:")
]
_MAIL = "mailto://127.0.0.1:2525/?from=notice@example.com"
SECRETS = {"INCIDENT_MAIL_URL": _MAIL, "INCIDENT_SMS_TOKEN": "token", "INCIDENT_STORE_URL": "sqlite:///other.db"}


@pytest.mark.parametrize(("page", "text"), BLOCKS, ids=[f"{page}-{no}" for no, (page, _) in enumerate(BLOCKS)])
def test_yaml_is_accepted(page: str, text: str, tmp_path: Path) -> None:
    """A playbook passes lint and its tests; a piece of incident.yaml stands in for its section without a mistake."""
    folder = tmp_path / "oncall"
    run("init", folder)
    if text.startswith("schema: incident.playbook/v1"):
        name = next(line for line in text.splitlines() if line.startswith("id:")).removeprefix("id:").strip()
        (folder / "playbooks" / f"{name}.yaml").write_text(text, encoding="utf-8")
        done = run("playbook", "lint", folder / "playbooks" / f"{name}.yaml", cwd=folder)
        tested = run("playbook", "test", folder / "playbooks" / f"{name}.yaml", cwd=folder)
        assert tested.exit == 0, f"{page}: {tested.out}{tested.err}"
    elif text.startswith("schema: incident.clock/v1"):
        name = next(line for line in text.splitlines() if line.startswith("id:")).removeprefix("id:").strip()
        (folder / "playbooks" / "clocks").mkdir()
        (folder / "playbooks" / "clocks" / f"{name}.yaml").write_text(text, encoding="utf-8")
        done = run("playbook", "lint", folder / "playbooks" / "clocks", cwd=folder)
    else:
        (folder / "incident.yaml").write_text(f"people:\n  li: {{os_users: [root]}}\n{text}", encoding="utf-8")
        done = run("channel", "list", cwd=folder, env=SECRETS)
    assert done.exit == 0, f"{page}: {done.out}{done.err}"
