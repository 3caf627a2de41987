"""Prove that the record was not changed."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident verify
  incident verify INC-2026-007
  0 4 * * *  incident verify --workspace /srv/oncall > /dev/null || mail -s 'the journal is broken' audit@example.com

Exit codes: 0 all proved, 22 the journal's chain is broken, 24 a kept file, playbook or text was changed.
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident", required=False)
@session
def command(session: Session, incident: str | None) -> None:
    """Prove the journal's hash chain and name its first broken row; then prove kept files, the playbooks of runs and
    the words that were sent, of one incident or of all.
    """
    from incident.cli._values import the_incident
    from incident.cli._visible import visible_ids
    from incident.review.proof import prove

    console = session.console()
    name = the_incident(session, incident).id if incident else None
    proof = prove(console.store, console.workspace, name, visible_ids(session))
    told = {
        "incident": name,
        "journal_entries": proof.rows,
        "entries": proof.own,
        "attachments": proof.attachments,
        "texts": proof.texts,
        "playbooks": proof.playbooks,
    }
    own = f", {proof.own} of them of {name}" if name else ""
    session.emit(
        "verify",
        told,
        f"The journal is whole ({proof.rows} rows{own}). Unchanged are {proof.attachments} kept files, the words of "
        f"{proof.texts} notices, {proof.playbooks} playbooks.",
    )
