"""One of several processes that reserve starts of one account: `python -m tests.delivery.brakes.reserving URL RATES N`.

RATES as `most/seconds,most/seconds`. It reserves by small portions, as fast as it can, and prints the instants.
"""

from __future__ import annotations

import json
import sys

from incident.delivery import brakes
from incident.now import system_clock
from incident.store import open_store
from tests.delivery.brakes.limits import rate


def main(url: str, written: str, count: int) -> None:
    rates = [rate(int(most), float(seconds)) for most, _, seconds in (one.partition("/") for one in written.split(","))]
    store = open_store(url)
    starts: list[int] = []
    while len(starts) < count:
        starts += brakes.reserve(store, "relay", rates, system_clock(), min(7, count - len(starts)))
    print(json.dumps(starts))
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
