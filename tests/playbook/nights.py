"""Playbooks with tests in them, for tests of what plays them."""

from __future__ import annotations

from incident.playbook.loader import load
from incident.playbook.model import Playbook
from incident.review.rehearsal.play import Result, Theatre, play
from tests.playbook.real import real_vocabulary

VOCABULARY = real_vocabulary()
THEATRE = Theatre(rules=VOCABULARY.clocks)
HEAD = """\
schema: incident.playbook/v1
id: night
title: A night
kind: outage
params:
  - {name: dc, type: string, default: sh1}
vars:
  region: east
roles:
  commander: {required: true, claim_within: 5m}
  comms: {claim_within: 5m, not_same_as: commander}
  legal: {}
cadence:
  sev2: {first: 10m, every: 20m, overdue: {nudge: 0m, escalate_to: commander, holding: holding-statement}}
clocks:
  - {use: cn-pboc-class1, applies_when: dc == 'sh1'}
"""
GATED = "{by: [comms, commander], within: 10m, on_expire: send-holding}"
USERS = "{users: {type: integer, default: 0}}"
RETRY = "{attempts: 3, backoff: fixed, initial: 1m}"
STEPS = f"""\
steps:
  - {{id: notice, type: announce, template: first-notice, audience: everyone, approval: {GATED}}}
  - {{id: call, type: page, needs: [], to: comms, timeout: 1h, on_timeout: continue}}
  - {{id: decide, type: ask, needs: [], choices: [go, stay], prompt: Go?, fields: {USERS}}}
  - {{id: move, type: task, needs: [decide], when: "steps['decide'].choice == 'go'", assignee: commander}}
  - {{id: probe, type: run, needs: [move], argv: [ok], retry: {RETRY}, timeout: 30s}}
  - {{id: over, type: wait, needs: [], until: "incident.phase == 'monitoring'"}}
exit_when: "steps['move'].state in ['done', 'skipped']"
"""


def book(tests: str, steps: str = STEPS, **changes: str) -> Playbook:
    """The playbook with these tests, each line of them indented as it stands; `changes` replace words of the head."""
    head = HEAD
    for before, after in changes.items():
        head = head.replace(before, after)
    return load(f"{head}{steps}tests:\n{tests}", "night.yaml", VOCABULARY)


def results(tests: str, steps: str = STEPS) -> list[Result]:
    """How the tests go."""
    return list(play(book(tests, steps), THEATRE))


def told(tests: str, steps: str = STEPS) -> list[str]:
    """What is not as expected, as sentences; empty when all is."""
    return [f"{one.expected} | {one.found}" for result in results(tests, steps) for one in result.failures]
