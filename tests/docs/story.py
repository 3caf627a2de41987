"""One night typed as a person would type it, every command with `--output json`: the documents that scripts read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.cli.program import run

TEXTS = tuple(part for locale in ("zh-Hans", "zh-Hant", "en") for part in ("--text", f"{locale}=…"))

CARDS = """\
schema: incident.playbook/v1
id: cards
title: Cards are down
kind: outage
case: payment-failure
roles:
  commander: {required: true}
steps:
  - {id: notice, type: announce, needs: [], template: first-notice, audience: "region == 'sh'", promise_next: 20m}
  - {id: gate, type: approve, needs: [], by: [commander], prompt: Stop all cards?}
  - {id: work, type: task, needs: [], assignee: commander, title: Look, due: 1h}
"""

BY_DAY = """
doctor
channel list
channel test email
playbook list
playbook show cards
playbook lint
playbook schema
playbook test
playbook simulate datacenter-loss --param dc=sh1
clock rules cn-pboc-class1
message list
message lint first-notice
message preview first-notice --locale en
message test first-notice --to me
audience import audience/sample.csv
audience count
audience list
audience show c-001
audience suppress nobody@example.com --reason bounced
audience list --suppressed
audience unsuppress nobody@example.com --reason 'new mailbox'
person totp enrol
who --at 2026-12-24T03:00:00+08:00
store status
store migrate
completion bash
"""
AT_NIGHT = """
declare cards --dry-run
declare cards --drill --yes 0
show drill-1
cancel drill-1 --no-play
declare cards --yes 2
list
role claim 1 commander
role handover 1 commander second
note 1 'seen' --attach callbacks.jsonl
page 1 root --text 'wake up'
who 1 --phone-tree
ack 1
task add 1 'ask the bank for their log' --owner second --due 30m
task list 1
clock start 1 eu-dora-initial --reason 'may be major'
clock list 1
clock draft 1 eu-dora-initial
clock submit 1 eu-dora-initial --reference 7 --evidence incident.yaml
clock dismiss 1 eu-dora-intermediate --reason 'it was not major'
run pause 1
run resume 1
task done 1 work
reject 1 gate --reason 'not yet' --as second
run retry 1 gate
reject 1 gate --reason 'still not' --as second
run skip 1 gate --reason 'decided on the phone'
signal 1 recovered state=up
update 1 --phase identified TEXTS --yes 2 --no-work
outbox list 1
outbox hold 1 update-1
outbox release 1 update-1 --yes 2
outbox retry 1 update-1
outbox drop 1 update-1
correct 1 notice TEXTS --yes 2 --no-work
outbox stop 1 correction-1 --reason 'wrong again'
severity 1 sev4 --reason small
resolve 1 TEXTS --yes 2
work --until-idle
outbox watch 1
outbox archive 1 --older-than 1d --to old.jsonl.gz
declare payment-failure
answer 2 confirm-impact cause_known=false
approve 2 first-notice --as second --yes 8
run abort 2 --reason 'done by hand'
receipt read --webhook callbacks.jsonl
receipt list 2
show 2
timeline 2
reconcile 1
handover 1
handover 1 --to second
handover 1 --accept --as second
restrict 1 --to second --reason 'a hole'
restrict 1 --everyone --reason closed
action add 1 'a second feed' --owner second --due 14d
action list
action done 1 1
review 1
explain 1
explain 1 notice
explain 1 c-001
offline plan cards
offline note --incident 1 'called wang'
offline merge
verify 1
evidence 1 --to evidence.zip
declare cards --yes 2 --no-work
adopt 3 --parent 2
merge 3 --into 2
cancel 2 --reason 'a sensor'
reopen 2 --reason 'no sensor'
backup
"""


def play(folder: Path) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """(line, exit code, document) of each command, in a new workspace in `folder`."""
    made = run("init", folder, "--output", "json")
    yield "init", made.exit, made.json
    (folder / "playbooks" / "cards.yaml").write_text(CARDS, encoding="utf-8")
    (folder / "callbacks.jsonl").write_text('{"key": "0.1", "event": "delivered"}\n', encoding="utf-8")
    for line in [*BY_DAY.strip().splitlines(), *AT_NIGHT.strip().splitlines()]:
        done = run(*_words(line), "--output", "json", cwd=folder)
        yield line, done.exit, done.json


def _words(line: str) -> list[str]:
    import shlex

    return [word for part in shlex.split(line) for word in (TEXTS if part == "TEXTS" else (part,))]
