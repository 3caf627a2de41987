"""What commands share that let words leave the house: the count to confirm, the sending, what comes next."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from incident.cli._output import cell
from incident.errors import CountNotConfirmed

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.delivery.outbox import Confirm
    from incident.run.acts import Standing

T = TypeVar("T")
C = TypeVar("C", bound=Callable[..., Any])

_SLIPS = 3

Preview = Callable[[], Mapping[str, Any]]


def yes_option(command: C) -> C:
    """`--yes COUNT`. No environment variable gives it: what is left set from another night must confirm nothing."""
    return click.option(
        "--yes",
        "yes",
        type=click.IntRange(min=0),
        metavar="COUNT",
        help="Confirms the number of people in the audience; another number sends nothing.",
    )(command)


def no_work_option(command: C) -> C:
    """`--no-work`."""
    return click.option(
        "--no-work",
        is_flag=True,
        envvar="INCIDENT_NO_WORK",
        show_envvar=True,
        help="Record only; `incident work` sends.",
    )(command)


def sending_options(command: C) -> C:
    """`--no-work` and `--follow`."""
    return click.option(
        "--follow",
        is_flag=True,
        envvar="INCIDENT_FOLLOW",
        show_envvar=True,
        help="Stay until the incident ends, and show it live.",
    )(no_work_option(command))


def confirmed(session: Session, yes: int | None, act: Callable[[Confirm], T]) -> T:
    """Does `act`; asks a person at a terminal for the count, and does it again with what was typed.

    Raises CountNotConfirmed, with nothing recorded or sent, when the count is absent or wrong; what would have been
    sent was shown then.
    """
    try:
        return act(counting(yes))
    except CountNotConfirmed as refused:
        if session.json:  # the document of the error holds the preview
            raise
        show_preview(session, refused.details["preview"])
        if yes is not None or not session.can_ask:
            raise
        return act(counting(_typed_count(session, int(refused.details["count"]))))


def _typed_count(session: Session, count: int) -> int:
    """The count, typed by a person. A slip of the finger is asked again; anything that is no number stops."""
    for _ in range(_SLIPS):
        typed = click.prompt(f"Type the number of people ({count}) to send, anything else to stop", err=True).strip()
        number = _plain(typed)
        if number == str(count):
            return count
        if not number.isdigit():
            break
        session.say(f"{typed} is not {count}.")
    raise CountNotConfirmed("Not confirmed; nothing was sent.", count=count)


def _plain(number: str) -> str:
    """A typed number with ASCII digits and without the commas between thousands: full-width digits, as a Chinese
    keyboard types them, are the same number."""
    return unicodedata.normalize("NFKC", number).replace(",", "").strip()


def counting(yes: int | None) -> Confirm:
    """Compares the first broadcast's count; later ones of the same command were declared together with it."""
    asked: list[int] = []

    def confirm(people: int, preview: Preview) -> None:
        if not asked and people != yes:
            what = "Nothing was sent" if yes is None else f"--yes {yes} does not fit; nothing was sent"
            raise CountNotConfirmed(
                f"{what}. This goes to {people} people; confirm with --yes {people}", count=people, preview=preview()
            )
        asked.append(people)

    return confirm


def show_preview(session: Session, preview: Mapping[str, Any]) -> None:
    """Who would get it, and how it reads: on standard error, because it is no result yet."""
    from incident.cli import _carefully, _output

    to = "everybody who was told before" if preview["audience"] == "received_any()" else preview["audience"]
    lines = [f"Message '{preview['message']}' to {to}: {preview['count']} people"]
    locales = sorted({locale for counts in preview["channels"].values() for locale in counts})
    rows = [
        (channel, *(str(counts.get(locale, 0)) for locale in locales))
        for channel, counts in preview["channels"].items()
    ]
    if rows:
        lines.append(_output.aligned(_output.Table(columns=("channel", *locales), rows=tuple(rows))))
    lines.extend(_carefully.sentences(preview))
    seen: set[str] = set()
    for place, parts in preview["texts"].items():
        if parts["medium"] not in seen:
            seen.add(parts["medium"])
            lines.append(f"\n--- {place}")
            lines.extend(str(text).strip() for part, text in parts.items() if part not in ("medium", "html"))
    for line in lines:
        session.say(_output.cell(line) if "\n" not in line else line)


def settle(
    session: Session,
    name: str,
    standing: Standing,
    *,
    no_work: bool,
    follow: bool,
    lines: Sequence[Any] = (),
    **more: Any,
) -> None:
    """After an act: send what is due (unless told not to), then say how it stands and what to type next; whom to
    telephone, when no call has reached anybody."""
    from incident import lifecycle
    from incident.cli._phone_tree import when_unreached
    from incident.cli._sending import follow_live, following, send_calls
    from incident.run import acts

    console = session.console()
    progress = following(session, standing.incident, follow=follow)
    if not no_work:
        send_calls(session, standing.incident, progress)
        lines = [*lines, *when_unreached(session, lifecycle.get(console.store, standing.incident, 0))[1]]
    if follow:
        follow_live(session, standing.incident, progress, works=not no_work)
    now = acts.look(console.office, standing.incident)
    session.emit(name, {**standing_json(session, now), **more}, [*standing_text(session, now), *lines])


def standing_json(session: Session, standing: Standing) -> dict[str, Any]:
    """{"incident","state","waiting_for"} and what else is known."""
    from incident import lifecycle
    from incident.respond import describe

    incident = lifecycle.get(session.console().store, standing.incident, 0)
    return {
        "incident": incident.id,
        "state": incident.state,
        "phase": incident.phase,
        "severity": incident.severity,
        "drill": incident.drill,
        "run": standing.state,
        "waiting_for": describe(standing),
        "next_due": standing.next_due,
    }


def standing_text(session: Session, standing: Standing) -> list[Any]:
    """The same for people: what it waits for, and the exact next commands."""
    from incident import lifecycle

    incident = lifecycle.get(session.console().store, standing.incident, 0)
    words = dict.fromkeys(
        (*(["EXERCISE"] if incident.drill else []), incident.state, incident.phase, incident.severity)
    )
    head = f"{incident.id}  {', '.join(words)}."
    if standing.state not in ("running", "resolved"):
        head += f" Its run is {standing.state}."
    if not standing.waiting:
        return [head]
    return [head, waiting_lines(session, standing)]


def waiting_lines(session: Session, standing: Standing) -> str:
    """What a run waits for, each with the command to type on a line of its own: it must survive being copied."""
    lines = ["Waits for:"]
    for wait in standing.waiting:
        who = [wait.role, f"until {session.when(wait.due)}" if wait.due else ""]
        lines.append("  " + "  ".join(part for part in (wait.step or wait.type, *who) if part))
        lines.append(f"      {cell(wait.why)}")
        if wait.command:
            lines.append(f"      $ {wait.command}")
    return "\n".join(lines)
