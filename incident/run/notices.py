"""Notices that staff ask for by hand: an update, the last word, a correction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from incident import lifecycle, registry
from incident.delivery import archive
from incident.delivery.model import LANES
from incident.delivery.outbox import Confirm
from incident.errors import Held, NotFound, WrongState
from incident.journal import Actor
from incident.message.links import foreign_hosts, own_domains
from incident.run.acts import Office, Standing, held, seen, standing
from incident.run.leaving import gone_past, left_open, unmet
from incident.run.perform import Performance, go_on


def message_of(office: Office, incident: str, notice: str) -> str:
    """The message that a notice asked for by hand uses."""
    return str(seen(office, incident).playbook.notices[notice].fields["template"])


def request(
    office: Office,
    incident: str,
    actor: Actor,
    confirm: Confirm,
    notice: str,
    *,
    texts: Mapping[str, str],
    phase: str | None = None,
    promise: timedelta | None = None,
    corrects: str | None = None,
    reason: str | None = None,
    force: bool = False,
) -> tuple[Standing, str]:
    """Asks for an update, the last word, or a correction; returns the standing and the notice's step key. With `force`
    the last word is sent although something that must hold before does not; the `reason` says why.

    Raises WrongState when the incident has ended, or cannot be resolved yet, Held when a language is missing,
    CountNotConfirmed.
    """
    _check_links(office, texts)
    if corrects is not None:
        check_corrected(office, incident, corrects)
    with held(office, incident, actor, confirm) as performance:
        if performance.desk.incident.state != "open" and notice != "correction":
            raise WrongState(f"{incident} is {performance.desk.incident.state}; nothing more is sent but a correction.")
        past = _check_exit(office, performance, force, reason) if notice == "resolved" else []
        number = 1 + sum(1 for _, data in performance.view().requested if data["notice"] == notice)
        key = performance.asked_for = f"{notice}-{number}"
        performance.append(
            "requested",
            key,
            notice=notice,
            texts=dict(texts),
            phase=phase or _implied(notice, performance.desk.incident.phase),
            promise=None if promise is None else promise.total_seconds(),
            corrects=corrects,
            reason=reason,
            author=actor.person,
        )
        lifecycle.record(
            office.station.store,
            actor,
            performance.desk.now,
            "notice.requested",
            incident,
            step=key,
            reason=reason,
            **_forced(past),
        )
        return standing(performance, go_on(performance)), key


def _implied(notice: str, told: str) -> str | None:
    """The phase that a notice tells although nobody named one: an update after the last word says it is not over."""
    return "investigating" if notice == "update" and told == "resolved" else None


def _forced(past: list[str]) -> dict[str, Any]:
    return {"forced_past": past} if past else {}


def _check_exit(office: Office, performance: Performance, force: bool, reason: str | None) -> list[str]:
    """What does not hold although it must before the incident can be resolved. Raises as `leaving.gone_past`."""
    incident = performance.run.incident
    left = [*unmet(performance.view()), *left_open(lifecycle.open_children(office.station.store, incident))]
    return gone_past(incident, "resolve", left, force=force, reason=reason, ended="resolved")


def check_corrected(office: Office, incident: str, step: str) -> None:
    """Only what went out can be corrected. Raises NotFound with what did."""
    rows = list(office.station.store.queries("incident.delivery").broadcasts_of(incident=incident))
    sent = [row["step"] for row in rows if row["lane"] == LANES["notice"]]
    if step not in sent:
        raise NotFound(f"No notice '{step}' of {incident} has gone out. {registry.nearest(step, sent)}")
    for row in rows:
        kept = archive.of(office.station.store, row["no"]) if row["step"] == step else None
        if kept is not None:
            raise Held(f"'{step}' is archived; who got it stands in {kept.file}, and no longer in the ledger.")


def _check_links(office: Office, texts: Mapping[str, str]) -> None:
    """Words typed at night lead to our own domains too. Where none is declared, nobody can tell. Raises Held."""
    own = own_domains(office.station.organisation)
    for locale, text in texts.items():
        foreign = foreign_hosts(text, own) if own else []
        if foreign:
            raise Held(
                f"Held: the words in {locale or 'every language'} link to {', '.join(foreign)}, which is not among "
                "organisation.domains. Nothing was sent. Link to your own pages."
            )
