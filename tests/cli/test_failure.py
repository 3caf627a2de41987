"""What a person reads when something goes wrong."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from incident.cli._crash import masked
from incident.cli._failure import guarded
from incident.cli._options import output_of
from incident.errors import CountNotConfirmed
from tests.cli.program import run

SECRET = "s3cr3t-canary"


def command(act: Callable[[], None]) -> click.Command:
    return click.Command("act", callback=act, params=[click.Argument(["words"], nargs=-1, expose_value=False)])


def fail(error: BaseException) -> click.Command:
    def act() -> None:
        raise error

    return command(act)


def test_mistake_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """An IncidentError is its sentence on standard error and the exit code of its class."""
    error = CountNotConfirmed("Repeat the count: --yes 12", count=12)
    assert guarded(fail(error), [], {}) == 20
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Error: Repeat the count: --yes 12" in click.unstyle(shown.err)
    assert "Traceback" not in shown.err


def test_mistake_is_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    """With --output json the mistake is one document on standard output, its details beside it."""
    error = CountNotConfirmed("Repeat the count: --yes 12", count=12)
    assert guarded(fail(error), [], {"INCIDENT_OUTPUT": "json"}) == 20
    assert json.loads(capsys.readouterr().out) == {
        "schema": "incident.error/v1",
        "code": "count_not_confirmed",
        "message": "Repeat the count: --yes 12",
        "exit": 20,
        "count": 12,
    }


@pytest.mark.parametrize("line", [["--output", "json", "nope"], ["completion", "--output=json", "--nope"]])
def test_usage_error_is_a_document_too(line: list[str]) -> None:
    """A line that cannot be read still answers a script in JSON, exit 2."""
    ran = run(*line)
    assert ran.exit == 2
    assert (ran.json["schema"], ran.json["code"], ran.json["exit"]) == ("incident.error/v1", "usage", 2)


@pytest.mark.parametrize(
    ("line", "environ", "output"),
    [
        ([], {}, "table"),
        (["--output", "json"], {}, "json"),
        (["--output=json"], {}, "json"),
        (["--output", "table"], {"INCIDENT_OUTPUT": "json"}, "table"),
        (["note", "--", "--output", "json"], {}, "table"),
        (["--output"], {}, "table"),
    ],
)
def test_output_is_known_before_parsing(line: list[str], environ: dict[str, str], output: str) -> None:
    """The last --output before `--` decides, then the environment."""
    assert output_of(line, environ) == output


def test_crash_is_one_sentence_and_a_private_report(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of ours ends with exit 1, a sentence, and a report in the workspace without secrets or addresses."""
    (tmp_path / "incident.yaml").write_text("x: env:CANARY\n", encoding="utf-8")
    words = f"cannot send {SECRET} to li.wei@example.com at smtp://user:pw@host/ or +86 138 0000 0001"
    environ = {"INCIDENT_WORKSPACE": str(tmp_path), "CANARY": SECRET}
    assert guarded(fail(RuntimeError(words)), ["note", "INC-1", "for li.wei@example.com"], environ) == 1
    shown = capsys.readouterr().err
    (report,) = (tmp_path / "crashes").iterdir()
    text = report.read_text(encoding="utf-8")
    assert str(report) in shown
    assert "Traceback" not in shown
    assert "RuntimeError: cannot send *** to ***@*** at smtp://*** or ***" in text
    for planted in (SECRET, "li.wei", "pw", "0000"):
        assert planted not in text.replace(str(tmp_path), "") + shown.replace(str(tmp_path), "")
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_crash_shows_its_traceback_on_demand(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INCIDENT_DEBUG=1 is for developers."""
    monkeypatch.chdir(tmp_path)
    assert guarded(fail(ValueError("odd")), [], {"INCIDENT_DEBUG": "1"}) == 1
    assert "Traceback" in capsys.readouterr().err


def test_masking_strikes_the_longest_secret_first() -> None:
    """A secret inside another leaves no rest."""
    assert masked("abcdef abc", ["abc", "abcdef"]) == "*** ***"


def test_interrupt_says_that_nothing_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C tells how to go on."""
    assert guarded(fail(KeyboardInterrupt()), [], {}) == 130
    assert "Nothing is lost" in capsys.readouterr().err


def test_broken_pipe_is_silent() -> None:
    """`incident … | head -1` says nothing on standard error."""
    child = subprocess.Popen(
        [sys.executable, "-m", "incident", "completion", "zsh"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout
    assert child.stderr
    child.stdout.close()
    assert child.stderr.read() == b""
    assert child.wait() == 128 + signal.SIGPIPE


def test_no_color(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR leaves the words alone."""
    monkeypatch.setenv("NO_COLOR", "1")
    guarded(fail(CountNotConfirmed("x")), [], {})
    assert "\x1b" not in capsys.readouterr().err


def test_poor_terminal_gets_escapes() -> None:
    """A terminal that knows no Chinese gets escapes, not a traceback."""
    ran = run("nope", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert ran.exit == 2
