"""What nobody knows yet is not said to customers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import run

HOLDING = ("message", "preview", "holding-statement", "--case", "account-security", "--medium", "sms", "--locale")


@pytest.mark.parametrize(("locale", "claim"), [("en", "sign-ins"), ("zh-Hans", "登录"), ("zh-Hant", "登入")])
def test_a_problem_that_is_unknown_is_not_called_a_takeover(tmp_path: Path, locale: str, claim: str) -> None:
    """The first words of an account-security night that was declared by its name alone claim nothing."""
    run("init", tmp_path / "w")
    done = run(*HOLDING, locale, "--workspace", tmp_path / "w")
    assert (done.exit, claim in done.out) == (0, False)
