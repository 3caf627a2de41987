"""Export an incident's evidence as one archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident evidence INC-2026-007 --to inc-2026-007.tar.gz
  incident evidence 7 --to /mnt/audit/7.zip --addresses
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option(
    "--to",
    "target",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write it: .tar.gz, .tgz or .zip.",
)
@click.option("--addresses", is_flag=True, help="Put each delivery with its address in it, too.")
@session
def command(session: Session, incident: str, target: Path, addresses: bool) -> None:
    """Write the timeline with its hashes, the words as sent, audiences by count and hash, approvals, clocks and
    promises, the sums of the ledger and kept files into one archive. It proves itself with `python3 verify.py`, without
    this program. Addresses are not in it unless asked for; that it was taken stands in the journal.
    """
    from incident import lifecycle
    from incident.cli._values import the_incident
    from incident.review import evidence

    console = session.console()
    found = the_incident(session, incident)
    actor = console.actor
    file = target.expanduser().absolute()
    done = evidence.export(console.store, console.workspace, found, file, addresses=addresses)
    # under no incident: the same incident gives the same archive again
    detail: dict[str, Any] = {"of": found.id, "sha256": done.sha256, "addresses": addresses}
    lifecycle.record(console.store, actor, console.clock(), "evidence.exported", None, **detail)
    told = {"file": done.file, "sha256": done.sha256, "bytes": done.bytes, "files": done.files}
    session.emit(
        "evidence",
        {"incident": found.id, **told, "last_row": done.last_row, "last_hash": done.last_hash},
        [
            f"Written to {done.file} ({done.bytes:,} bytes, {done.files} files).",
            f"sha256 {done.sha256}",
            f"The timeline in it ends at row {done.last_row}, {done.last_hash}",
        ],
    )
