"""`make bench`: runs every measurement in this folder and prints its table.

python -m bench                    all of them
python -m bench durable scale      two of them
python -m bench --write            all of them, and docs/benchmarks.md anew
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

from bench.rig import page
from bench.rig.report import Report

ORDER = ("durable", "mail", "push", "distance", "scale", "hand", "audience", "start")


def main(wanted: list[str]) -> None:
    write = "--write" in wanted
    names = [name for name in wanted if name != "--write"]
    found = {one.name for one in pkgutil.iter_modules([str(Path(__file__).parent)]) if not one.ispkg}
    known = [*(name for name in ORDER if name in found), *sorted(found - {*ORDER, "__main__"})]
    unknown = set(names) - set(known)
    if write and names:
        sys.exit("The page is written when everything was measured: python -m bench --write")
    if unknown:
        sys.exit(f"There is no measurement {', '.join(sorted(unknown))}. Known: {', '.join(known)}.")
    done: dict[str, tuple[str, Report]] = {}
    for name in names or known:
        module = importlib.import_module(f"bench.{name}")
        words = module.__doc__ or ""
        print(f"\n== {name}: {words.splitlines()[0]}", flush=True)
        report: Report = module.main()
        print(report.text(), flush=True)
        done[name] = (words, report)
    if write:
        page.write(done)


if __name__ == "__main__":
    main(sys.argv[1:])
