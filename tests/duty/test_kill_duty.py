"""kill -9 while promises and clocks are rung: each warning is there with its page, or not at all, and never twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

from incident import journal, lifecycle
from incident.duty import clocks, promises
from incident.now import system_clock
from tests.crash import program
from tests.run import house

_BOOK = """
schema: incident.playbook/v1
id: owing
title: Owes much, soon
roles: {commander: {}, legal: {}}
severity: {default: sev1}
cadence:
  sev1: {first: 1s, every: 1s, overdue: {nudge: [0s, 1s, 2s], escalate_to: commander, escalate_at: 2s}}
clocks:
  - {id: one, title: One, authority: A, anchor: awareness, within: 4s, warn_at: [25%, 50%, 75%], applies_when: true}
  - {id: two, title: Two, authority: B, anchor: awareness, within: 3s, warn_at: [30%, 60%, 90%], applies_when: true}
steps:
  - {id: look, type: task, assignee: commander}
"""
KILLS = 8


def test_warnings_survive_kills_and_come_once(tmp_path: Path) -> None:
    """Two workers at a time, one of them killed at a random moment, eight times; then one looks after what is left."""
    chance = random.Random(7)
    workspace = house.write(tmp_path / "w", playbooks={"owing": _BOOK})
    console = house.opened(workspace, system_clock)
    program.finish(program.start(workspace, "declare", "owing", "--yes", "0", "--no-work"))
    work = ("work", "--until-idle", "--wait", "1s")
    for _ in range(KILLS):
        with program.both([program.start(workspace, *work), program.start(workspace, *work)]) as both:
            time.sleep(chance.uniform(0.3, 0.9))
            program.kill(both[chance.randrange(2)])
    program.finish(program.start(workspace, "work", "--until-idle", "--wait", "5s"))
    (incident,) = lifecycle.listed(console.store, everything=True)
    entries = list(journal.read(console.store, incident.id))
    gone = [(e.detail["clock"], e.detail["gone"]) for e in entries if e.kind in ("clock.warned", "clock.missed")]
    assert max(Counter(gone).values()) == 1
    assert {("one", "100%"), ("two", "100%")} <= set(gone)
    kinds = Counter(e.kind for e in entries if e.kind.startswith("promise."))
    assert kinds["promise.escalated"] == 1
    assert kinds["promise.nudged"] <= 3  # who slept through some of them is called once
    assert all(one.next_due is None and one.missed_at for one in clocks.of_incident(console.store, incident.id))
    (target,) = promises.listed(console.store, incident.id)
    assert [one.what for one in target.alarms[target.rung :]] == ["broken"]  # after its minute
    assert journal.verify(console.store)
    console.close()
