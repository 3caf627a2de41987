"""A run in virtual time that can die between any two acts: then all since the last commit is gone, and what is left has
gone through JSON, as after a restart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident.playbook.model import Playbook
from incident.run.decision import Act, Plan
from incident.run.history import Event, View
from incident.run.virtual import Given, VirtualRun
from tests.clock import START


class _Died(Exception):
    """kill -9"""


@dataclass(kw_only=True)
class Rehearsal(VirtualRun):
    """One run; `dies_after` acts of the next commit it is killed."""

    now: datetime = START
    dies_after: int = -1

    @classmethod
    def of(cls, playbook: Playbook, **more: Any) -> Rehearsal:
        return cls(playbook=playbook, **more)

    def start(self, **params: Any) -> Plan:
        given = {param.name: param.default for param in self.playbook.params}
        return self.begin({**given, **params}, severity="sev3")

    def commit(self, given: Sequence[Given] = (), *, actor: str = "wang", dies_after: int = -1) -> Plan:
        """Killed after `dies_after` acts, nothing of it is left; the next look at the run does what is due."""
        self.dies_after = dies_after
        try:
            return super().commit(given, actor=actor)
        except _Died:
            self.history = reloaded(self.history)
            self._view = None
            return super().commit()
        finally:
            self.dies_after = -1

    def act(self, act: Act, view: View) -> None:
        if self.dies_after == 0:
            self.dies_after = -1
            raise _Died
        self.dies_after -= 1
        super().act(act, view)


def reloaded(events: Sequence[Event]) -> list[Event]:
    """The history as another process reads it."""
    return [
        Event(no=e.no, at=e.at, kind=e.kind, step=e.step, actor=e.actor, data=json.loads(json.dumps(dict(e.data))))
        for e in events
    ]
