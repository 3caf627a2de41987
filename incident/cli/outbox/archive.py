"""Put what was finished long ago into a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.store import Row

EXAMPLES = """
Examples:
  incident outbox archive --older-than 90d --to /var/archive/2026-q3.jsonl.gz
  incident outbox archive INC-2026-007 --older-than 30d --to inc-7.jsonl.gz
  incident outbox archive --verify inc-7.jsonl.gz
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident", required=False)
@click.option("--older-than", default="90d", show_default=True, metavar="DURATION", help="Over for longer than this.")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="A new file.")
@click.option(
    "--verify",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Instead: prove that FILE is what was archived.",
)
@session
def command(session: Session, incident: str | None, older_than: str, target: Path | None, verify: Path | None) -> None:
    """Put the deliveries of finished broadcasts (of incidents that have ended) into gzipped JSON lines, and take them
    out of the database; those of restricted incidents stay, unless you may see them. Their sums stay, and reconcile
    still adds up; the file's SHA-256 stands on the timeline. The file holds people's addresses: keep it as you keep the
    database.
    """
    if verify is not None:
        _verify(session, verify.expanduser().absolute())
    elif target is None:
        raise click.UsageError("Name the file with --to FILE, or prove one with --verify FILE.")
    else:
        _archive(session, incident, older_than, target.expanduser().absolute())


def _archive(session: Session, incident: str | None, older_than: str, target: Path) -> None:
    from incident.cli._values import duration, the_incident
    from incident.cli._visible import visible_ids
    from incident.delivery import archive

    console = session.console()
    name = the_incident(session, incident).id if incident else None
    age = duration(older_than, "--older-than")
    assert age is not None
    now = console.clock()
    archive.tidy(console.store)
    over, seen = archive.old(console.store, name, now - age), visible_ids(session)
    found = [row for row in over if seen(row["incident"])]
    if restricted := len(over) - len(found):
        session.say(f"{restricted} broadcasts are left where they are: their incidents are restricted, not for you.")
    told: dict[str, Any] = {"file": None, "sha256": None, "bytes": 0, "broadcasts": [], "rows": 0}
    if found:
        written = archive.put_away(console.store, found, target, console.actor, now)
        told = {
            "file": written.path,
            "sha256": written.sha256,
            "bytes": written.path.stat().st_size,
            "broadcasts": [_told(row, written.rows[row["no"]]) for row in found],
            "rows": sum(written.rows.values()),
        }
    told["restricted"] = restricted
    words = (
        f"{told['rows']:,} deliveries of {len(found)} broadcasts are in {told['file']} ({told['bytes']:,} bytes).\n"
        f"SHA-256 {told['sha256']}"
    )
    session.emit(
        "outbox-archive",
        told,
        words if found else f"Nothing {'else ' * bool(restricted)}was over before {session.when(now - age)}.",
    )


def _verify(session: Session, file: Path) -> None:
    from incident.delivery import archive
    from incident.delivery.archive.writing import digest

    found = archive.verify(session.console().store, file)
    told = {
        "file": file,
        "sha256": digest(file),
        "bytes": file.stat().st_size,
        "broadcasts": [_told(row, int(row["rows_"])) for row in found],
        "rows": sum(int(row["rows_"]) for row in found),
        "restricted": 0,
    }
    session.emit("outbox-archive", told, f"{file} is what was archived: {told['rows']:,} deliveries, and they add up.")


def _told(row: Row, rows: int) -> dict[str, Any]:
    return {"incident": row["incident"], "step": row["step"], "rows": rows}
