"""Proves an evidence archive with nothing but Python 3: `python3 verify.py [FOLDER]`. Exit code 0: all proved, 1: not.

1. Each file is the one of the manifest (SHA-256), and there is no other; SHA256SUMS says the same.
2. Each row of the timeline hashes, with the hash before it, to what it says: sha256(previous + canonical JSON).
3. Rows that follow each other in the journal are linked, and the last one is the one that the manifest names.
4. What each notice said hashes to what its row of the timeline says was released.
5. The sums of the ledger add up.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

COLUMNS = ("accepted", "refused", "suppressed", "deduplicated", "expired", "unknown", "pending")
SUMS = "SHA256SUMS"


def sha256(file: str) -> str:
    digest = hashlib.sha256()
    with open(file, "rb") as opened:
        while piece := opened.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def read(folder: str, name: str) -> Any:
    with open(os.path.join(folder, name), encoding="utf-8") as opened:
        return json.load(opened)


def files(folder: str, manifest: dict[str, Any]) -> Iterator[str]:
    present = {
        os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
        for place, _, names in os.walk(folder)
        for name in names
    } - {"manifest.json", SUMS}
    told = manifest["files"]
    yield from (f"{name} is missing" for name in sorted(set(told) - present))
    yield from (f"{name} is not in the manifest" for name in sorted(present - set(told)))
    for name in sorted(present & set(told)):
        if sha256(os.path.join(folder, name)) != told[name]["sha256"]:
            yield f"{name} was changed"
    sums = {
        **{name: one["sha256"] for name, one in told.items()},
        "manifest.json": sha256(os.path.join(folder, "manifest.json")),
    }
    with open(os.path.join(folder, SUMS), encoding="utf-8") as opened:
        if opened.read() != "".join(f"{digest}  {name}\n" for name, digest in sums.items()):
            yield f"{SUMS} does not say what the manifest says"


def chain(folder: str, manifest: dict[str, Any]) -> Iterator[str]:
    before: dict[str, Any] | None = None
    with open(os.path.join(folder, "timeline.jsonl"), encoding="utf-8") as opened:
        for line in opened:
            row = json.loads(line)
            entry = {key: value for key, value in row.items() if key not in ("hash", "previous")}
            canonical = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            if hashlib.sha256((row["previous"] + canonical).encode()).hexdigest() != row["hash"]:
                yield f"timeline row {row['seq']} was changed"
            if before is not None and row["seq"] <= before["seq"]:
                yield f"timeline row {row['seq']} stands in the wrong place"
            if before is not None and row["seq"] == before["seq"] + 1 and row["previous"] != before["hash"]:
                yield f"timeline row {row['seq']} does not follow row {before['seq']}"
            before = row
    last = before or {"seq": 0, "hash": ""}
    if (last["seq"], last["hash"]) != (manifest["last_row"]["seq"], manifest["last_row"]["hash"]):
        yield "the timeline does not end where the manifest says"


def texts(folder: str) -> Iterator[str]:
    with open(os.path.join(folder, "timeline.jsonl"), encoding="utf-8") as opened:
        rows = [json.loads(line) for line in opened]
    released = {row["detail"]["step"]: row["detail"]["hash"] for row in rows if row["kind"] == "broadcast.released"}
    for step, expected in released.items():
        name = os.path.join("texts", f"{step}.json")
        if not os.path.isfile(os.path.join(folder, name)):
            yield f"the words of '{step}' are missing"
            continue
        canonical = json.dumps(read(folder, name), ensure_ascii=False, sort_keys=True)
        if hashlib.sha256(canonical.encode()).hexdigest() != expected:
            yield f"the words of '{step}' are not those that were released"


def ledger(folder: str) -> Iterator[str]:
    for one in read(folder, "ledger.json")["broadcasts"]:
        if one["audience"] != sum(one[column] for column in COLUMNS):
            yield f"the sum of '{one['step']}' does not add up"


def main(folder: str) -> int:
    manifest = read(folder, "manifest.json")
    found = [*files(folder, manifest), *chain(folder, manifest), *texts(folder), *ledger(folder)]
    for problem in found:
        sys.stdout.write(f"WRONG: {problem}\n")
    if found:
        return 1
    last = manifest["last_row"]
    sys.stdout.write(f"{manifest['incident']}: {len(manifest['files'])} files proved. ")
    sys.stdout.write(f"The timeline ends at row {last['seq']}, {last['hash']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))))
