"""Say why something was done, sent, suppressed, escalated, or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.review.explain import Explanation

EXAMPLES = """
Examples:
  incident explain INC-2026-007                  every step: how it stands and why
  incident explain 7 first-notice                a step or a message: what happened, what became of its rows
  incident explain 7 c-10021                     a person: every row, what was decided, when, by which rule
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("subject", required=False)
@session
def command(session: Session, incident: str, subject: str | None) -> None:
    """Explain a step, a message or a recipient from the record: the rule that decided, and its line in the playbook as
    it read when the run began. Addresses are masked.
    """
    from incident.cli._values import the_incident
    from incident.review.explain import explain, look

    console = session.console()
    found = the_incident(session, incident)
    told = explain(look(console.office, found), subject)
    human = _overview(session, told) if subject is None else [part for one in told for part in _whole(session, one)]
    session.emit("explain", {"incident": found.id, "explanations": [one.to_json() for one in told]}, human)


def _overview(session: Session, told: list[Explanation]) -> Any:
    rows = [(one.name, one.state, one.why, f"{one.file}:{one.line}" if one.line else "") for one in told]
    return session.table(("step", "state", "why", "where"), rows)


def _whole(session: Session, one: Explanation) -> list[Any]:
    lines: list[Any] = [f"{one.subject} {one.name}: {one.state}." + (f" {one.why}" if one.why else "")]
    if one.rule:
        lines.append(f"Rule: {one.rule}" + (f"  ({one.file}:{one.line})" if one.line else ""))
    if one.facts:
        rows = [(session.when(fact.at), fact.what, fact.by, fact.why) for fact in one.facts]
        lines.append(session.table(("when", "what", "who", "why"), rows))
    if one.sent and one.subject == "recipient":
        own = [
            (row.step, row.channel, row.state, session.when(row.at), row.address, _because(row, one.file))
            for row in one.sent
        ]
        lines.append(session.table(("notice", "channel", "state", "when", "address", "why"), own))
    elif one.sent:
        sums = [(row.channel, row.locale, row.state, row.rows, _because(row, "")) for row in one.sent]
        lines.append(session.table(("channel", "locale", "state", "rows", "why"), sums))
    return lines


def _because(row: Any, file: str) -> str:
    where = f"{file}:{row.line}" if file and row.line else ""
    rule = ", ".join(part for part in (row.rule, where) if part)
    return " ".join(part for part in (row.why, row.words, f"[{rule}]" if rule else "") if part)
