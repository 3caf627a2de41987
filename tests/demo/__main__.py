"""Plays the night on this machine and checks its books.

    python -m tests.demo [--folder demo-output]

Exit code 0 only when the reconciliation adds up and the servers hold exactly what the ledger says.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import time
from pathlib import Path

from tests.demo import servers, summary
from tests.demo.stage import Stage, StoryBroken
from tests.demo.story import play

_MARK = ".made-by-the-demo"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("demo-output"), help="replaced at each run")
    folder = parser.parse_args().folder.absolute()
    began = time.monotonic()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that knows no Chinese still shows the story
    _empty(folder)
    stage = _stage(folder)
    try:
        with servers.running(folder) as running:
            night = play(stage, folder, running)
            books = summary.examine(stage, night, running)
    except (StoryBroken, TimeoutError) as broken:
        print(f"\nThe story broke: {broken}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    finally:
        (folder / "transcript.txt").write_text("".join(stage.transcript).lstrip("\n"), encoding="utf-8")
    stage.chapter("The servers' side of the books")
    stage.say(books.told())
    summary.write(folder, stage, night, books)
    _show(f"\nTook {time.monotonic() - began:.0f} s. Everything is in {folder}:\n{summary.contents(folder)}\n")
    return 0 if books.balanced else 1


def _stage(folder: Path) -> Stage:
    live = sys.stdout.isatty()
    columns = max(100, min(shutil.get_terminal_size((120, 50)).columns, 160))
    return Stage(workspace=folder / "workspace", show=_show, live=live, columns=columns)


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _empty(folder: Path) -> None:
    """Removes what the last run left; a folder that is not ours is not touched."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            sys.exit(f"{folder} was not made by the demonstration; name another: python -m tests.demo --folder DIR")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()


if __name__ == "__main__":
    sys.exit(main())
