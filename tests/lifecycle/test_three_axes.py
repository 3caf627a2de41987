"""What we do about it, what the public was told, and who among the staff may see it: one moves, the others stay."""

from __future__ import annotations

from pathlib import Path

from tests.cli.program import run

TEXTS = tuple(part for locale in ("zh-Hans", "zh-Hant", "en") for part in ("--text", f"{locale}=…"))


def test_state_phase_and_visibility_move_apart(tmp_path: Path) -> None:
    """In what `show` tells scripts, step by step through a night: each act moves its own axis, or none."""
    folder = tmp_path / "oncall"

    def typed(line: str, *more: str) -> tuple[str, str, str]:
        done = run(*line.split(), *more, "--workspace", folder)
        assert done.exit == 0, (line, done.err)
        shown = run("show", "1", "--output", "json", "--workspace", folder).json
        return shown["state"], shown["phase"], shown["visibility"]

    run("init", folder)
    run("audience", "import", folder / "audience" / "sample.csv", "--workspace", folder)
    assert typed("declare datacenter-loss --param dc=sh1") == ("open", "investigating", "everyone")
    assert typed("ack 1") == ("open", "investigating", "everyone")
    assert typed("role claim 1 commander") == ("open", "investigating", "everyone")
    assert typed("severity 1 sev3 --reason small") == ("open", "investigating", "everyone")
    assert typed("approve 1 first-notice --as second --yes 8") == ("open", "investigating", "everyone")
    assert typed("update 1 --phase identified --yes 7", *TEXTS) == ("open", "identified", "everyone")
    assert typed("restrict 1 --to second --reason hole") == ("open", "identified", "restricted")
    assert typed("cancel 1 --reason sensor") == ("cancelled", "identified", "restricted")
    assert typed("reopen 1 --reason none") == ("open", "identified", "restricted")
    assert typed("restrict 1 --everyone --reason closed") == ("open", "identified", "everyone")
