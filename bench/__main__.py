"""`make bench`: runs every measurement in this folder and prints its table.

python -m bench            all of them
python -m bench start      one
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def main(wanted: list[str]) -> None:
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    known = sorted(one.name for one in found if not one.ispkg and one.name[0] != "_")
    unknown = set(wanted) - set(known)
    if unknown:
        sys.exit(f"There is no measurement {', '.join(sorted(unknown))}. Known: {', '.join(known)}.")
    for name in wanted or known:
        module = importlib.import_module(f"bench.{name}")
        print(f"\n== {name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
        module.main()


if __name__ == "__main__":
    main(sys.argv[1:])
