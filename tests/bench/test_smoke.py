"""The measurements themselves still run: with tiny numbers, without their peers."""

from __future__ import annotations

import importlib
import shutil
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from bench import distance, durable, hand, push, scale
from bench.__main__ import ORDER
from bench.rig import compiled, page, sinks
from bench.rig.report import Figure, Report
from tests.channel.setup import closed_port

needs_sink = pytest.mark.skipif(sinks.sink_path() is None, reason="smtp-sink is not installed: apt-get install postfix")


@needs_sink
def test_durable_mail_is_measured() -> None:
    """Imported, frozen, sent by a process of its own and accounted for; a rate for each number of connections."""
    found = durable.main(["--alone", "--plain", "--mails", "30", "--rounds", "1"])
    assert [row[0] for row in found.rows] == ["incident, 8 connections", "incident, 16 connections"]
    assert "30 rows" in found.text()


@pytest.mark.soak
@needs_sink
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_compiled_mail_is_measured() -> None:
    """The hot modules are compiled, loaded, and do the same."""
    found = durable.main(["--alone", "--mails", "30", "--rounds", "1"])
    assert [row[0] for row in found.rows][1::2] == [
        "incident compiled, 8 connections",
        "incident compiled, 16 connections",
    ]
    names = "\n".join(str(file) for file in compiled.PLACE.rglob("*.so"))
    assert all(Path(module).stem in names for module in ("engine", "stream", "patch"))


@pytest.mark.soak
@needs_sink
def test_the_others_are_measured() -> None:
    """Distance, scale and a person's hand."""
    assert len(distance.main(["--alone", "--share", "0.01", "--rounds", "1"]).rows) >= 2
    assert [figure.what for figure in scale.main(["--people", "500"]).figures][1:3] == [
        "peak memory of the whole run",
        "reconcile",
    ]
    assert len(hand.main(["--people", "3000", "--rounds", "1", "--pause", "0.005"]).figures) == 2


@pytest.mark.soak
def test_push_is_measured() -> None:
    """One POST each and many in one, beside requests and Apprise."""
    found = push.main(["--messages", "40", "--rounds", "1"])
    assert len(found.rows) == len(push.RUNS)


@pytest.mark.parametrize("name", ORDER)
def test_every_measurement_can_be_asked_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By its name, with help; the first line of its module says what it measures."""
    module = importlib.import_module(f"bench.{name}")
    with pytest.raises(SystemExit):
        module.main(["--help"])
    assert str(module.__doc__).splitlines()[0] in " ".join(capsys.readouterr().out.split())


def test_the_road_is_long_and_wide() -> None:
    """Each octet arrives, in order, and none before its time."""
    port, server = closed_port(), socket.create_server(("127.0.0.1", 0))
    command = ["--port", str(port), "--to", str(server.getsockname()[1]), "--way", "0.05"]
    sent = bytes(range(256)) * 4_000
    with sinks.serving([sys.executable, "-m", "bench.rig.delay", *command], port), server:
        server.accept()[0].close()  # whoever looked whether it listens
        with socket.create_connection(("127.0.0.1", port)) as near, server.accept()[0] as far:
            began = time.monotonic()
            threading.Thread(target=near.sendall, args=(sent,), daemon=True).start()
            got = far.recv(1)
            first = time.monotonic() - began
            while len(got) < len(sent):
                got += far.recv(1 << 20)
    assert got == sent
    assert first >= 0.045


def test_a_page_of_figures(tmp_path: Path) -> None:
    """What was measured stands beside what was wanted, reached or not."""
    slow = Figure(what="freeze", got=6.5, wanted=4, most=True, unit="s")
    found = Report(columns=("who", "mails/s"), rows=[("us", "1,000")], figures=[slow], notes=["A word."])
    page.write({"durable": ("Durable mail.\n\nHow.\n", found)}, tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| freeze | 6.50 s | ≤ 4 s | no |" in text
    assert "## durable: Durable mail.\n\nHow.\n\n| who | mails/s |\n| --- | ---: |\n| us | 1,000 |\n\nA word.\n" in text
