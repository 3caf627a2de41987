"""The desk at work: what steps' effects do, in the transaction that writes the run's history."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from incident import ident, lifecycle, paging
from incident.delivery import care, outbox
from incident.delivery.outbox import Confirm
from incident.delivery.source import told_somebody
from incident.delivery.station import Station
from incident.duty import calendar, keeping
from incident.errors import Conflict, Held
from incident.journal import Actor
from incident.lifecycle import Incident
from incident.now import iso, ms, parse_iso
from incident.paging.plan import USUAL, Terms
from incident.people import WORKER
from incident.playbook.model import Approval, Step
from incident.playbook.span import Span
from incident.run import announcing, asking, calling, claiming, gate
from incident.run.announcing import Draft
from incident.run.eligible import objection
from incident.run.history import View
from incident.run.owed import Owed


@dataclass(kw_only=True)
class LiveDesk:
    """One act's desk. `now` is one instant for all that the act does."""

    station: Station
    run: str
    incident_id: str
    actor: Actor
    now: datetime
    confirm: Confirm
    terms: Terms = USUAL

    @property
    def incident(self) -> Incident:
        return lifecycle.get(self.station.store, self.incident_id, 0)

    # --- notices

    def prepare_notice(self, step: Step, view: View, approval: Approval | None) -> Mapping[str, Any]:
        made = announcing.draft(self.station, self.incident, view, step, self.now)
        if self._pointless(step, view):
            if view.request(step.id)["notice"] != "resolved":
                raise Held(
                    "Nobody was told anything before, so nobody would understand this. Send a first notice instead."
                )
            approval, made = None, replace(made, people={}, routes=())
        rule = approval or self._guarded(view, made)
        data: dict[str, Any] = {
            "hash": made.hash,
            "people": made.count,
            "next_update": None if made.next_update is None else iso(made.next_update),
            "author": self._author(step, view),
        }
        if rule is None or made.is_empty:
            return data
        return {
            **data,
            **self._open_gate(step, view, rule, made.hash, data["author"], announcing.preview(self.station, made)),
        }

    def release_notice(self, step: Step, view: View) -> Mapping[str, Any]:
        made = self.redraft(step, view)
        prepared = view.of(step.id).did["prepare"]
        if made.hash != prepared["hash"]:
            raise Conflict(f"'{step.id}' has changed since it was prepared; look at it again.")
        request = view.request(step.id)
        broadcast = None
        if not made.is_empty and not self._pointless(step, view):
            self.confirm(made.count, lambda: announcing.preview(self.station, made))
            broadcast = self._release(step.id, made, view)
        if request.get("phase"):
            lifecycle.set_phase(self.station.store, self.actor, self.now, self.incident, request["phase"])
        data: dict[str, Any] = {"broadcast": broadcast, "people": made.count}
        if request.get("notice") == "resolved":
            self.end("resolved", request.get("reason"))
            data["ends"] = "resolved"
        return data

    def send_holding(self, step: Step, view: View) -> Mapping[str, Any]:
        """Pre-approved: no gate and no count, because the reason it is sent is that nobody answered."""
        made = announcing.draft(self.station, self.incident, view, step, self.now, message="holding-statement")
        self.tell("gate.holding", step, reason="nobody has approved it in time", people=made.count)
        broadcast = None if made.is_empty else self._release(f"{step.id}.holding", made, view)
        return {"broadcast": broadcast, "people": made.count}

    def keep_promise(self, view: View, message: str, key: str) -> Mapping[str, Any]:
        """The holding statement that policy sends when the promised word is overdue, to whoever was told before."""
        made = announcing.draft(
            self.station, self.incident, view, view.playbook.notices["update"], self.now, message=message
        )
        broadcast = None if made.is_empty else self._release(key, made, view)
        if broadcast and self.incident.phase == "resolved":  # opened again, and policy is the first to say so
            self.set_incident(None, "investigating")
        return {"broadcast": broadcast, "people": made.count}

    def redraft(self, step: Step, view: View) -> Draft:
        """The notice as it would leave now, with the promise that was prepared, unless that promise has become
        nearly due: whoever reads it would find it stale."""
        prepared = view.of(step.id).did["prepare"]
        promised = prepared.get("next_update")
        kept = parse_iso(promised) if promised else None
        if self.incident.state != "open":
            kept = None  # nothing is promised once it is over
        if kept is not None:
            began = view.of(step.id).did_at["prepare"]
            kept = kept if self.now < began + (kept - began) / 2 else None
        return announcing.draft(self.station, self.incident, view, step, self.now, next_update=kept)

    def _release(self, key: str, made: Draft, view: View) -> str:
        broadcast = announcing.release(self.station, self.incident, key, made, self.now)
        lifecycle.record(
            self.station.store,
            self.actor,
            self.now,
            "broadcast.released",
            self.incident_id,
            step=key,
            message=made.message,
            people=made.count,
            rows=self.station.store.queries("incident.delivery").frozen_rows(id=broadcast)["rows_"],
            audience=made.audience,
            channels=[route.channel for route in made.routes],
            hash=made.hash,
            legal_basis=made.legal_basis or None,
        )
        if made.rules.supersede:
            self._supersede(key, made.audience, str(view.request(key).get("corrects") or ""))
        keeping.spoken(
            self.station.store,
            self.actor,
            self.now,
            self.incident,
            step=key,
            broadcast=broadcast,
            next_update=made.next_update,
            overdue=self.owed.overdue(view),
        )
        return broadcast

    def _supersede(self, key: str, audience: str, corrects: str) -> None:
        """What older notices have not sent yet to whom this one goes, they do not send any more. What it corrects
        is not sent at all any more, and whoever has not got that hears nothing about it."""
        store = self.station.store
        (newer,) = outbox.find(store, self.incident_id, key)
        ended = care.correct(store, newer, corrects) if audience == f"received('{corrects}')" else []
        for older, rows in [*ended, *care.supersede(store, newer, self.now)]:
            lifecycle.record(
                store, self.actor, self.now, "broadcast.superseded", self.incident_id, step=older, rows=rows, by=key
            )

    def _pointless(self, step: Step, view: View) -> bool:
        """Whether a notice asked for by hand would follow on nothing: it is for those who were told before, and nobody
        was. A playbook that names the notice's audience itself knows whom it speaks to."""
        if not view.request(step.id) or step.fields["audience"] != "received_any()":
            return False
        corrects = str(view.request(step.id).get("corrects") or "")
        return not told_somebody(self.station.store, self.incident_id, corrects)

    def _guarded(self, view: View, made: Draft) -> Approval | None:
        """The gate that the playbook's guard puts before a notice to too many people."""
        guard = view.playbook.guard
        if guard.max_recipients_without_approval is None or made.count <= guard.max_recipients_without_approval:
            return None
        return guard.approval or Approval(by=tuple(view.playbook.roles))

    def _author(self, step: Step, view: View) -> str:
        return str(view.request(step.id).get("author") or view.started_by)

    # --- gates

    def open_gate(self, step: Step, view: View, approval: Approval, prompt: str) -> Mapping[str, Any]:
        digest = hashlib.sha256(json.dumps([prompt, dict(view.params)], default=str).encode()).hexdigest()
        author = self._author(step, view)
        opened = self._open_gate(step, view, approval, digest, author, {"prompt": prompt})
        return {"hash": digest, "author": author, **opened}

    def close_gate(self, step: Step, view: View, state: str) -> None:
        self.station.store.queries("incident.run").close_gate(run=self.run, step=step.id, state=state, at=ms(self.now))
        self.tell(f"gate.{state}", step)

    def _open_gate(
        self, step: Step, view: View, rule: Approval, digest: str, author: str, subject: Mapping[str, Any]
    ) -> dict[str, Any]:
        name, queries = ident.token(), self.station.store.queries("incident.run")
        rule = replace(rule, break_glass=rule.break_glass and view.playbook.guard.break_glass)
        since, left = gate.since(rule, view.of(step.id), self.now), gate.left(rule, view.of(step.id), self.now)
        queries.insert_gate(
            id=name,
            incident=self.incident_id,
            run=self.run,
            step=step.id,
            hash=digest,
            subject=json.dumps(subject, ensure_ascii=False),
            author=author,
            not_author=int(rule.not_author),
            owner=view.playbook.owner,
            roles=json.dumps(rule.by),
            opened_at=ms(self.now),
            expires_at=None if left is None else ms(self.now + left),
            ask_due=ms(asking.next_ask(0, self.now, left, self.now)),
        )
        self.tell("gate.opened", step, hash=digest, by=list(rule.by), people=subject.get("count"))
        asking.ask(self.station, self.incident, queries.gate_by_id(id=name), 0, self.now)
        return {"gate": name, "approval": gate.to_data(rule), "since": iso(since)}

    # --- duties

    @property
    def owed(self) -> Owed:
        """What this act owes to the public and to authorities."""
        return Owed(station=self.station, actor=self.actor, now=self.now, incident=self.incident)

    def clock(self, step: Step, view: View, verb: str, name: str, *, reason: str, reference: str) -> Mapping[str, Any]:
        return self.owed.move_clock(step.id, view, verb, name, reason=reason, reference=reference)

    # --- people and the incident itself

    def open_task(self, step: Step, title: str, role: str, due: Span | None) -> Mapping[str, Any]:
        zone = self.station.organisation.time_zone
        over = None if step.timeout is None else self.now + step.timeout  # nobody waits for it any longer
        until = over if due is None else calendar.end(self.now, due, zone)
        lifecycle.open_task(self.station.store, self.actor, self.now, self.incident_id, step.id, title, role, until)
        return {"title": title}

    def page(
        self, step: Step, targets: Sequence[str], text: str, repeat: timedelta, priority: str = "high"
    ) -> Mapping[str, Any]:
        page = paging.open_page(
            self.station,
            self.actor,
            self.incident,
            targets,
            text,
            repeat,
            run=self.run,
            step=step.id,
            now=self.now,
            terms=replace(self.terms, priority=priority),
        )
        return {"page": page}

    def stop_paging(self, step: Step) -> None:
        """Nobody is called out any more for a step that is skipped."""
        paging.close_step(self.station.store, self.incident_id, step.id)

    def give_roles(self, view: View, roles: Mapping[str, str], reason: str | None) -> str:
        held = lifecycle.holders(self.station.store, self.incident_id)
        for role, name in roles.items():
            person = self.station.people.get(name)
            known = view.playbook.roles
            problem = objection(person, role, known, held) if person else f"there is no person '{name}'"
            if problem:
                return problem
            lifecycle.hand_over_role(self.station.store, self.actor, self.now, self.incident_id, role, name, reason)
            claiming.filled(self.station.store, self.incident_id, role)
            held = {**held, role: name}
        return ""

    def set_incident(self, severity: str | None, phase: str | None, reason: str | None = None) -> None:
        if severity:
            lifecycle.set_severity(self.station.store, self.actor, self.now, self.incident, severity, reason)
        if phase:
            lifecycle.set_phase(self.station.store, self.actor, self.now, self.incident, phase)

    def worsen(self, severity: str, because: str) -> None:
        """A rule of the playbook makes the incident more severe; the rule is the reason."""
        lifecycle.set_severity(self.station.store, self.actor, self.now, self.incident, severity, because)

    def end(self, state: str, reason: str | None, forced_past: Sequence[str] = ()) -> None:
        """Ends the incident; nobody is called out for it any more, and no further word is owed. A false alarm has
        nothing to report either; what is over still has its deadlines."""
        lifecycle.end(self.station.store, self.actor, self.now, self.incident, state, reason, forced_past)
        keeping.withdraw(self.station.store, self.actor, self.now, self.incident_id, reason)
        if state == "cancelled":
            self.owed.dismiss_all(reason)
        calling.hang_up(self.station.store, self.incident_id)

    def note(self, kind: str, reason: str) -> None:
        """A line of the timeline about the run itself."""
        lifecycle.record(self.station.store, self.actor, self.now, kind, self.incident_id, reason=reason)

    def tell(self, kind: str, step: Step, **detail: Any) -> None:
        told = {key: value for key, value in detail.items() if value is not None}
        lifecycle.record(self.station.store, self.actor, self.now, kind, self.incident_id, step=step.id, **told)


def no_confirmation(people: int, preview: Callable[[], Mapping[str, Any]]) -> None:
    """For workers: what they release was approved, or is below the playbook's limit."""


def worker(os_user: str) -> Actor:
    """The actor of what happens by itself."""
    return Actor(person=WORKER, os_user=os_user)
