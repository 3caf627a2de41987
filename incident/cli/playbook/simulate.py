"""Show what a run of a playbook would bring, before anybody declares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session
from incident.cli.playbook._theatre import theatre, to_json

if TYPE_CHECKING:
    from incident.playbook.model import Playbook
    from incident.playbook.testing import Reply
    from incident.review.rehearsal.lines import Line

EXAMPLES = """
Examples:
  incident playbook simulate datacenter-loss --param dc=sh1
  incident playbook simulate datacenter-loss --param dc=sh1 --nobody
  incident playbook simulate datacenter-loss --param dc=sh1 --answer failover-decision=hold --answer first-notice=never
  incident playbook simulate refund-delay --recovers 6h --for 1d --output json
"""


@click.command(epilog=EXAMPLES)
@click.argument("name", metavar="PLAYBOOK")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter, as for declare.")
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="STEP=ANSWER",
    help="How a step is answered: a choice, STEP.FIELD=VALUE, or never, reject, or a time such as 10m.",
)
@click.option("--nobody", is_flag=True, help="The night when nobody answers; only what --answer says is done.")
@click.option("--recovers", default="2h", metavar="DURATION", show_default=True, help="It works again after this long.")
@click.option("--for", "lasts", default="12h", metavar="DURATION", show_default=True, help="How far to look.")
@session
def command(
    session: Session,
    name: str,
    params: tuple[str, ...],
    answers: tuple[str, ...],
    nobody: bool,
    recovers: str,
    lasts: str,
) -> None:
    """Show what a run of PLAYBOOK would bring, in virtual time: when, which step, what, to whom, and how many people of
    this workspace's audience. Nothing is sent, nobody is called, nothing is written.

    Everybody answers within two minutes, promised words and reports come in time, and the incident is resolved half an
    hour after it works again; with --nobody no person does anything.
    """
    from incident.cli._values import duration, pairs
    from incident.playbook.loader import load_file
    from incident.playbook.params import check_params, masked
    from incident.playbook.shelf import shelf
    from incident.review.rehearsal.house import Counted
    from incident.review.rehearsal.simulate import Course, simulate

    console = session.console()
    playbook = load_file(shelf(console.workspace).find(name), console.vocabulary())
    given = check_params(playbook, pairs(params, "--param"))
    usual = Course()
    course = Course(
        nobody=nobody,
        recovers=duration(recovers, "--recovers") or usual.recovers,
        lasts=duration(lasts, "--for") or usual.lasts,
        answers=_answers(playbook, pairs(answers, "--answer"), None if nobody else usual.staff_after),
    )
    outlook = simulate(playbook, theatre(console, Counted(store=console.store)), given, course)
    data = {
        "playbook": playbook.id,
        "revision": playbook.revision,
        "params": masked(playbook.params, given),
        "nobody": nobody,
        "seconds": int(course.lasts.total_seconds()),
        "timeline": [to_json(line) for line in outlook.lines],
        "state": outlook.state,
        "run": outlook.run,
        "unmet": list(outlook.left),
    }
    columns = ("after", "step", "what", "to", "by", "people")
    table = session.table(columns, [_row(line) for line in outlook.lines], title=f"{playbook.id}, simulated")
    session.emit("playbook-simulate", data, table)
    session.say(f"After {lasts}: the incident is {outlook.state}, the run {outlook.run}. Nothing was sent.")
    for sentence in outlook.left:
        session.say(f"It could not be resolved: {sentence}")


def _answers(playbook: Playbook, given: Mapping[str, str], usual: timedelta | None) -> dict[str, Reply]:
    """`decide=go`, `impact.users=5`, `first-notice=never|reject|10m`. Raises BadValue, NotFound."""
    from incident.errors import NotFound
    from incident.registry import nearest

    found: dict[str, Reply] = {}
    known = [*playbook.lineage, *playbook.notices]
    for key, text in given.items():
        step, _, field = key.partition(".")
        if step not in known:
            raise NotFound(f"'{playbook.id}' has no step '{step}'. {nearest(step, known)}")
        found[step] = _reply(found.get(step), field, text, usual or timedelta(minutes=2))
    return found


def _reply(before: Reply | None, field: str, text: str, usual: timedelta) -> Reply:
    from incident.now import parse_duration
    from incident.playbook.testing import Reply

    values: dict[str, Any] = dict(before.values) if before else {}
    if field:
        return Reply(after=usual, values={**values, field: text})
    if text in ("never", "reject"):
        return Reply(after=None) if text == "never" else Reply(after=usual, reject="as --answer says")
    try:
        return Reply(after=parse_duration(text), values=values)
    except ValueError:
        return Reply(after=usual, values={**values, "choice": text})


def _row(line: Line) -> Sequence[object]:
    from incident.review.rehearsal.expecting import offset

    people = "" if line.people is None else line.people
    by = ", ".join(line.channels) or ("all channels" if line.what.startswith("sent: ") else "")
    return f"+{offset(line.after)}", line.step, line.what, line.to, by, people
