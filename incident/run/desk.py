"""What a step's effect may do: the desk at which a run is worked on, inside one transaction.

A port: `live` is the real one, and `acts` makes one for each act. Steps reach the ledger, the timeline and the staff
only through it, so that their deciding halves load none of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from incident.playbook.model import Approval, Step
from incident.playbook.span import Span
from incident.run.history import View


class Desk(Protocol):
    """Every method writes in the caller's transaction and returns what the history keeps of it (plain JSON data)."""

    now: datetime

    def prepare_notice(self, step: Step, view: View, approval: Approval | None) -> Mapping[str, Any]:
        """Renders a notice in every language, counts its audience, and opens its gate when it needs one."""

    def release_notice(self, step: Step, view: View) -> Mapping[str, Any]:
        """Freezes what was prepared (and approved) into the ledger; the senders take it from there."""

    def send_holding(self, step: Step, view: View) -> Mapping[str, Any]:
        """Sends the pre-approved holding statement to the notice's audience, because nobody answered in time."""

    def open_gate(self, step: Step, view: View, approval: Approval, prompt: str) -> Mapping[str, Any]:
        """Opens a gate on a question alone."""

    def close_gate(self, step: Step, view: View, state: str) -> None:
        """Marks the step's gate as `expired` or `void`, so that nobody answers it any more."""

    def open_task(self, step: Step, title: str, role: str, due: Span | None) -> Mapping[str, Any]:
        """Puts a task on the list."""

    def page(
        self, step: Step, targets: Sequence[str], text: str, repeat: timedelta, priority: str = "high"
    ) -> Mapping[str, Any]:
        """Calls people out until one of them acknowledges."""

    def clock(self, step: Step, view: View, verb: str, name: str, *, reason: str, reference: str) -> Mapping[str, Any]:
        """Starts, submits or dismisses a regulatory clock."""

    def give_roles(self, view: View, roles: Mapping[str, str], reason: str | None) -> str:
        """Gives roles to people; why somebody may not hold one, or ''. Then those before stand: say so, and fail."""

    def set_incident(self, severity: str | None, phase: str | None, reason: str | None = None) -> None:
        """Changes the incident itself."""

    def tell(self, kind: str, step: Step, **detail: Any) -> None:
        """A line of the timeline."""
