"""Whether what a test expects is so: a sentence for each thing that is not, with what was there instead. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from incident.expression import ExpressionError
from incident.now import duration_text
from incident.playbook.testing import Expect, Paged, Sent
from incident.review.rehearsal.meaning import meant
from incident.review.rehearsal.night import Night
from incident.review.rehearsal.people import open_gate
from incident.run.leaving import unmet
from incident.run.paper import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One expectation that does not hold. `path` is where it stands under `expect`, `found` what was there instead."""

    path: str
    expected: str
    found: str


def wrongs(expect: Expect, night: Night) -> list[Wrong]:
    """Everything that is not as expected, in the order of the fields."""
    return [wrong for check in CHECKS for wrong in check(expect, night)]


def _sent(expect: Expect, night: Night) -> Iterator[Wrong]:
    went = [note for note in night.notes if note.what == "sent"]
    told = _told(went, night, lambda note: f"{note.detail['template']} of {note.step}")
    for index, sent in enumerate(expect.sent):
        count = sum(1 for note in went if _is_sent(sent, note, night))
        if count == 0 if sent.times is None else count != sent.times:
            yield Wrong(path=f"sent[{index}]", expected=f"{_words(sent)} was sent", found=f"Sent: {told}.")
    for index, sent in enumerate(expect.not_sent):
        if any(_is_sent(sent, note, night) for note in went):
            yield Wrong(path=f"not_sent[{index}]", expected=f"{_words(sent)} was not sent", found=f"Sent: {told}.")


def _is_sent(sent: Sent, note: Note, night: Night) -> bool:
    return (
        (not sent.step or meant(sent.step, note.step))
        and (not sent.template or sent.template == note.detail["template"])
        and _in_time(sent, note, night)
    )


def _paged(expect: Expect, night: Night) -> Iterator[Wrong]:
    calls = [note for note in night.notes if note.what == "paged"]
    told = _told(calls, night, lambda note: f"{', '.join(note.detail['to'])} because of {note.detail['because']}")
    for index, paged in enumerate(expect.paged):
        if not any(_is_paged(paged, note, night) for note in calls):
            yield Wrong(path=f"paged[{index}]", expected=f"{_words(paged)} was called out", found=f"Called: {told}.")
    for index, paged in enumerate(expect.not_paged):
        if any(_is_paged(paged, note, night) for note in calls):
            expected = f"{_words(paged)} was not called out"
            yield Wrong(path=f"not_paged[{index}]", expected=expected, found=f"Called: {told}.")


def _is_paged(paged: Paged, note: Note, night: Night) -> bool:
    because = note.detail["because"]
    return (
        (not paged.to or paged.to in note.detail["to"])
        and (not paged.because or paged.because == because or meant(paged.because, because))
        and _in_time(paged, note, night)
    )


def _in_time(what: Sent | Paged, note: Note, night: Night) -> bool:
    passed = note.at - night.declared_at
    return (what.at_most is None or passed <= what.at_most) and (what.at_least is None or passed >= what.at_least)


def _waiting(expect: Expect, night: Night) -> Iterator[Wrong]:
    waits = [wait.step for wait in night.plan_now.waiting if wait.step]
    found = f"It waits for: {', '.join(waits) or 'nothing'}."
    for index, name in enumerate(expect.waiting_for):
        if not any(meant(name, key) for key in waits):
            yield Wrong(path=f"waiting_for[{index}]", expected=f"the run waits for {name}", found=found)
    for index, name in enumerate(expect.not_waiting_for):
        if any(meant(name, key) for key in waits):
            yield Wrong(path=f"not_waiting_for[{index}]", expected=f"the run does not wait for {name}", found=found)


def _open(expect: Expect, night: Night) -> Iterator[Wrong]:
    view = night.view
    if expect.open_gates is not None:
        gates = [key for key, state in view.steps.items() if open_gate(state) is not None]
        lacks = [name for name in expect.open_gates if not any(meant(name, key) for key in gates)]
        more = [key for key in gates if not any(meant(name, key) for name in expect.open_gates)]
        if lacks or more:
            expected = f"these gates are open: {', '.join(expect.open_gates) or 'none'}"
            yield Wrong(path="open_gates", expected=expected, found=f"Open: {', '.join(gates) or 'none'}.")
    tasks = [step.id for step in view.all_steps() if step.type == "task" and view.of(step.id).state == "open"]
    for index, name in enumerate(expect.open_tasks):
        if not any(meant(name, key) for key in tasks):
            found = f"Open tasks: {', '.join(tasks) or 'none'}."
            yield Wrong(path=f"open_tasks[{index}]", expected=f"the task {name} is open", found=found)


def _steps(expect: Expect, night: Night) -> Iterator[Wrong]:
    view = night.view
    for name, state in expect.steps.items():
        keys = [step.id for step in view.all_steps() if meant(name, step.id)]
        states = {key: view.of(key) for key in keys}
        if not all(one.state == state for one in states.values()) or (not states and state != "new"):
            told = [f"{key} is {one.state}" + (f" ({one.reason})" if one.reason else "") for key, one in states.items()]
            found = f"{'; '.join(told) or f'{name} has not come up'}."
            yield Wrong(path=f"steps.{name}", expected=f"{name} is {state}", found=found)


def _states(expect: Expect, night: Night) -> Iterator[Wrong]:
    incident = night.incident
    there = {
        "phase": incident["phase"],
        "severity": incident["severity"],
        "state": incident["state"],
        "run": night.view.state,
    }
    for name, found in there.items():
        wanted = getattr(expect, name)
        if wanted and wanted != found:
            yield Wrong(path=name, expected=f"{name} is {wanted}", found=f"It is {found}.")


def _duties(expect: Expect, night: Night) -> Iterator[Wrong]:
    states = [one.state for one in night.duties.promises]
    counts = {"kept": states.count("kept"), "broken": states.count("broken") + states.count("late")}
    counts["open"] = states.count("open")
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    for name, count in counts.items():
        wanted = getattr(expect.promises, name)
        if wanted is not None and wanted != count:
            yield Wrong(path="promises", expected=f"{wanted} promises {name}", found=f"There are {told}.")
    for name, state in expect.clocks.items():
        clock = night.duties.clocks.get(name)
        found = clock.state if clock is not None else "none"
        if found != state:
            yield Wrong(path=f"clocks.{name}", expected=f"the clock {name} is {state}", found=f"It is {found}.")
    for index, warned in enumerate(expect.warned):
        clock = night.duties.clocks.get(warned.clock)
        given = clock.warned if clock is not None else []
        if not given if warned.at is None else warned.at not in given:
            at = "" if warned.at is None else f" at {warned.at}% of its time"
            found = f"Warned at: {', '.join(f'{one}%' for one in given) or 'never'}."
            yield Wrong(path=f"warned[{index}]", expected=f"people were warned of {warned.clock}{at}", found=found)


def _conditions(expect: Expect, night: Night) -> Iterator[Wrong]:
    if expect.can_resolve is not None:
        left = unmet(night.view)
        if (not left) != expect.can_resolve:
            expected = "the incident can be resolved" if expect.can_resolve else "the incident cannot be resolved yet"
            yield Wrong(path="can_resolve", expected=expected, found=" ".join(left) or "Nothing stands against it.")
    for index, condition in enumerate(expect.that):
        try:
            if condition.holds(night.view.variables()):
                continue
            found = "It does not hold."
        except ExpressionError as error:
            found = f"It cannot be told: {error}."
        yield Wrong(path=f"that[{index}]", expected=condition.text, found=found)


CHECKS: Sequence[Callable[[Expect, Night], Iterator[Wrong]]] = (
    _sent,
    _waiting,
    _open,
    _paged,
    _steps,
    _states,
    _duties,
    _conditions,
)


def _told(notes: Sequence[Note], night: Night, words: Callable[[Note], str]) -> str:
    return "; ".join(f"{words(note)} after {offset(note.at - night.declared_at)}" for note in notes) or "nothing"


def offset(passed: timedelta) -> str:
    """`10m`; `0m` at once."""
    return duration_text(passed) if passed else "0m"


def _words(wanted: Sent | Paged) -> str:
    """`first-notice (template holding-statement, at_most 10m)`."""
    main = ("step", "template") if isinstance(wanted, Sent) else ("to", "because")
    values: Mapping[str, Any] = {name: getattr(wanted, name) for name in wanted.__slots__}
    head = next((name for name in main if values[name]), "")
    rest = [f"{name} {_plain(value)}" for name, value in values.items() if value not in ("", None) and name != head]
    told = str(values[head]) if head else "something"
    return f"{told} ({', '.join(rest)})" if rest else told


def _plain(value: Any) -> str:
    return offset(value) if isinstance(value, timedelta) else str(value)
