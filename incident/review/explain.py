"""Why something was done or not done, sent, suppressed, escalated: from the record alone, with the rule and its line.

Everything said here stands in the run's history, the timeline, the ledger, the gates or the pages; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from incident import journal, registry
from incident.delivery.care import Waiting, waiting
from incident.errors import NotFound
from incident.lifecycle import Incident
from incident.playbook.model import Step
from incident.review import sent
from incident.review.document import BREAK_GLASS
from incident.review.sent import Decided
from incident.run import acts
from incident.run.acts import Office
from incident.run.decision import Wait
from incident.run.history import View
from incident.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing on record about the subject: when, what, by whom, why."""

    at: datetime
    what: str
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`subject` is `step`, `message`, `recipient` or `incident`. `rule` is what the playbook says, at `file`:`line` as
    it read when the run began. `sent` are rows of the ledger, or counts of them."""

    subject: str
    name: str
    state: str
    why: str
    rule: str = ""
    file: str = ""
    line: int = 0
    facts: tuple[Fact, ...] = ()
    sent: tuple[Decided, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """An incident as it stands: its run's view, what that waits for, and by whose act each step was done."""

    office: Office
    incident: Incident
    view: View
    file: str
    waiting: Mapping[str, Wait] = field(default_factory=dict)
    acts: Mapping[str, str] = field(default_factory=dict)

    def wait_of(self, broadcast: Row) -> Waiting | None:
        """What a broadcast waits for now."""
        station = self.office.station
        return waiting(station.store, broadcast, station.clock(), station.channels)


def look(office: Office, incident: Incident) -> Looked:
    performance = acts.seen(office, incident.id)
    waits = {wait.step: wait for wait in acts.look(office, incident.id).waiting}
    acts_of = dict(_acts(office.station.store, incident.id))
    file = f"{performance.run.playbook}.yaml"
    return Looked(office=office, incident=incident, view=performance.view(), file=file, waiting=waits, acts=acts_of)


_BY = {
    "gate.approved": "{} approved it",
    "question.answered": "{} answered",
    "task.done": "{} ticked it off",
}


def _acts(store: Store, incident: str) -> Iterator[tuple[str, str]]:
    """(step, whose act closed it) for each step that people, or their silence, had a hand in; the last one counts."""
    for entry in journal.read(store, incident):
        if entry.kind in _BY:
            yield str(entry.detail.get("step") or entry.detail.get("task")), _BY[entry.kind].format(entry.actor)
    for page in store.queries("incident.review").answered_pages(incident=incident):
        yield page["step"], f"{page['acknowledged_by']} acknowledged the page"


def explain(looked: Looked, name: str | None) -> list[Explanation]:
    """The explanation of a step, a message or a recipient, in this order; of every step when none is named.

    Raises NotFound with what there is.
    """
    steps = {step.id: step for step in looked.view.all_steps()}
    store = looked.office.station.store
    if name is None:
        return [_step(looked, step, facts=False) for step in steps.values()]
    if name in steps:
        return [_step(looked, steps[name], facts=True)]
    broadcasts = sent.broadcasts(store, looked.incident.id, name)
    if broadcasts:
        return [_broadcast(looked, row) for row in broadcasts]
    if sent.is_known(store, looked.incident.id, name):
        return [_recipient(looked, name)]
    known = {*steps, *(one for one in sent.names(store, looked.incident.id) if "." not in one)}
    raise NotFound(
        f"{looked.incident.id} knows no step, message or recipient '{name}'. {registry.nearest(name, known)} "
        "People: incident audience list"
    )


def _step(looked: Looked, step: Step, *, facts: bool) -> Explanation:
    state = looked.view.of(step.id)
    store, incident = looked.office.station.store, looked.incident.id
    return Explanation(
        subject="step",
        name=step.id,
        state="waiting" if step.id in looked.waiting and state.state != "new" else state.state,
        why=_why(looked, step),
        rule=_rule(step),
        file=looked.file,
        line=step.line,
        facts=tuple(_facts(looked, step.id)) if facts else (),
        sent=tuple(sent.sums(store, incident, step.id)) if facts else (),
    )


def _why(looked: Looked, step: Step) -> str:
    """1. What it waits for. 2. Why it was closed as it was. 3. Which steps it needs that are not over."""
    wait, state = looked.waiting.get(step.id), looked.view.of(step.id)
    if wait is not None:
        return wait.why
    if state.state == "done" and not state.reason and step.id in looked.acts:
        return looked.acts[step.id]
    if state.state in ("skipped", "failed", "done"):
        return state.reason or {"done": "it did what it says", "skipped": "it was not needed"}.get(state.state, "")
    missing = [key for key in step.needs if (one := looked.view.step(key)) and not looked.view.passed(one)]
    if missing:
        told = [f"{key} ({looked.view.of(key).state})" for key in missing]
        return f"it needs {', '.join(told)}"
    return f"the run is {looked.view.state}" if looked.view.state != "running" else ""


def _rule(step: Step) -> str:
    """What the playbook says of when and how, in its own words."""
    told = [f"type: {step.type}"]
    if step.when is not None:
        told.append(f"when: {step.when.text}")
    if step.needs:
        told.append(f"needs: {', '.join(step.needs)}")
    if step.timeout is not None:
        told.append(f"on_timeout: {step.on_timeout}")
    if step.on_error != "fail":
        told.append(f"on_error: {step.on_error}")
    for name in ("audience", "template"):
        if step.fields.get(name):
            told.append(f"{name}: {step.fields[name]}")
    return ", ".join(told)


def _facts(looked: Looked, step: str) -> list[Fact]:
    """The lines of the timeline about a step and who was called for it, in the order of time."""
    return sorted(_told(looked, step), key=lambda fact: fact.at)


def _told(looked: Looked, step: str) -> Iterator[Fact]:
    store = looked.office.station.store
    for entry in journal.read(store, looked.incident.id):
        if entry.detail.get("step") == step:
            yield Fact(at=entry.happened_at, what=entry.kind, by=entry.actor, why=_words(entry))
    yield from (
        Fact(at=at, what="page", by=by or "nobody yet", why=words)
        for at, by, words in sent.calls(store, looked.incident.id, step)
    )


def _words(entry: journal.Entry) -> str:
    told = {
        key: value for key, value in entry.detail.items() if key not in ("step", "hash") and value not in (None, [])
    }
    words = [BREAK_GLASS] if told.pop("break_glass", False) else []
    words += [entry.reason] if entry.reason else []
    return ", ".join([*words, *(f"{key} {_flat(value)}" for key, value in told.items())])


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return " + ".join(map(str, value))
    return " ".join(f"{key}={inner}" for key, inner in value.items()) if isinstance(value, dict) else str(value)


def _broadcast(looked: Looked, row: Row) -> Explanation:
    """A notice: what its broadcast is, then its rows by what became of them."""
    step = looked.view.step(row["step"])
    rule, words = sent.why_of(row, looked.wait_of(row))
    return Explanation(
        subject="message",
        name=row["step"],
        state=row["state"],
        why=words or f"released to {row['people']} people: {row['audience']}",
        rule=", ".join(part for part in (rule, _rule(step) if step else "") if part),
        file=looked.file if step else "",
        line=step.line if step else 0,
        facts=tuple(_facts(looked, row["step"])),
        sent=tuple(sent.sums(looked.office.station.store, looked.incident.id, row["step"])),
    )


def _recipient(looked: Looked, recipient: str) -> Explanation:
    """Every row of the incident that one person has, and the notices that were not for this person."""
    store = looked.office.station.store
    rows = tuple(sent.rows(store, looked.incident.id, recipient, looked.view, looked.wait_of))
    got = sorted({row.step for row in rows if row.state == "accepted"})
    meant = [row for row in rows if row.state != sent.NOT_MEANT]
    state = "told" if got else ("not told" if meant else sent.NOT_MEANT)
    return Explanation(
        subject="recipient",
        name=recipient,
        state=state,
        why=f"told by {', '.join(got)}" if got else "no notice of this incident was accepted for this person",
        file=looked.file,
        sent=rows,
    )
