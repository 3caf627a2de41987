"""Show the rules of the clocks, with their sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session
from incident.cli.clock._shown import chosen

if TYPE_CHECKING:
    from incident.playbook.clock import ClockRule

EXAMPLES = """
Examples:
  incident clock rules
  incident clock rules cn-pboc-class1
"""


@click.command(epilog=EXAMPLES)
@click.argument("clock", required=False)
@session
def command(session: Session, clock: str | None) -> None:
    """Show the rules: this workspace's own in playbooks/clocks/, which hide shipped ones of the same name, then those.

    They are engineering input: your counsel must confirm each. `incident doctor` warns of one that nobody has compared
    with its source for a year.
    """
    console = session.console()
    rules = [console.rules.find(clock)] if clock else list(console.rules.values())
    today = console.clock().date()
    data = {"rules": [_json(session, rule, today) for rule in rules]}
    if clock:
        session.emit("clock-rules", data, "\n".join(_lines(session, rules[0])))
        return
    columns = ("clock", "within", "from", "title", "calls", "checked on")
    rows = [
        (
            rule.id,
            _within(rule),
            _anchor(rule),
            chosen(session, rule.title),
            " ".join(rule.escalate_to),
            rule.checked_on,
        )
        for rule in rules
    ]
    warning = "Engineering input, no legal advice: your counsel must confirm each. One: incident clock rules CLOCK"
    session.emit("clock-rules", data, [session.table(columns, rows), warning])


def _json(session: Session, rule: ClockRule, today: Any) -> dict[str, Any]:
    from incident.duty.rules import doubts
    from incident.playbook.clock import to_data

    file = session.console().rules.files().get(rule.id)
    condition = rule.applies_when.text if rule.applies_when else None
    return {
        **to_data(rule),
        "applies_when": condition,
        "file": file,
        "check_overdue": bool(file and doubts(rule, file, today)),
    }


def _within(rule: ClockRule) -> str:
    return " or ".join(str(limit.within) for limit in rule.limits) + ("" if rule.statutory else " (own target)")


def _anchor(rule: ClockRule) -> str:
    return " or ".join(f"submission of {limit.of}" if limit.of else limit.anchor for limit in rule.limits)


def _lines(session: Session, rule: ClockRule) -> list[str]:
    law = f"The law says: {rule.law_says}." if rule.law_says else ""
    source = " ".join(filter(None, (rule.source.title, rule.source.article, rule.source.url)))
    return [
        f"{rule.id}: {chosen(session, rule.title)}",
        f"To:        {chosen(session, rule.authority)} ({rule.jurisdiction})",
        f"Who:       {chosen(session, rule.who)}",
        f"Within:    {_within(rule)} from {_anchor(rule)}. {law}".rstrip(),
        f"Starts:    {'when ' + rule.applies_when.text if rule.applies_when else 'by hand, a step, or another clock'}",
        f"Warns:     {', '.join(rule.escalate_to)} at {', '.join(f'{part}%' for part in rule.warn_at)}",
        f"Report:    templates/report/{rule.template} in {', '.join(rule.languages)}",
        f"Source:    {source}",
        f"Checked:   {rule.checked_on}",
        f"Counsel:   {chosen(session, rule.counsel)}",
    ]
