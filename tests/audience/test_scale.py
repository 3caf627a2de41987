"""100,000 people are imported in seconds, and memory does not grow with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from incident.store import Store
from tests.audience.people import HEADER

MANY = 100_000
FLAT_MEGABYTES = 30
"""The whole file is about 12 MB; its rows as Python objects would be more than 100."""

SCRIPT = r"""
import json, re, sys, time
from pathlib import Path
from incident.audience.importing import import_file
from incident.store import open_store
from tests.audience.people import CHANNELS, LI
from tests.clock import START
store = open_store(sys.argv[1])
def peak():  # of this program alone; ru_maxrss remembers the parent's
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024
before = peak()
began = time.monotonic()
result = import_file(store, Path(sys.argv[2]), default_locale="en", channels=CHANNELS, actor=LI, now=START)
print(json.dumps({"imported": result.imported, "seconds": time.monotonic() - began, "megabytes": peak() - before}))
"""


def write(file: Path) -> None:
    with file.open("w", encoding="utf-8") as stream:
        stream.write(HEADER + "\n")
        for n in range(MANY):
            locale = ("zh-Hans", "zh-Hant", "en")[n % 3]
            stream.write(
                f"u{n:06},王伟 {n},{locale},sh,payment;login,user{n}@mail.example.com,+8613{n:09},tok-{n},email;push,\n"
            )


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_hundred_thousand_people(request: pytest.FixtureRequest, tmp_path: Path, dialect: str) -> None:
    """A process of its own imports them; its memory grows by less than the file would fill."""
    store: Store = request.getfixturevalue(f"{dialect}_store")
    file = tmp_path / "people.csv"
    write(file)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, store.url, str(file)], capture_output=True, text=True, check=True, timeout=120
    )
    measured = json.loads(done.stdout)
    print(dialect, measured)
    assert measured["imported"] == MANY
    assert measured["megabytes"] < FLAT_MEGABYTES
    assert measured["seconds"] < 60  # about 3 on a laptop; a shared builder is slower
