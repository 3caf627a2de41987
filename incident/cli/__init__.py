"""The console on-call staff reach for at 3 a.m.

Declare an incident from a playbook, tell everyone concerned in their own language,
and account for every single person.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

EXAMPLES = """
The main road:
  incident init ~/oncall                          make a workspace; works offline
  incident doctor                                 check everything before the night comes
  incident declare datacenter-loss --param dc=sh1
  incident approve INC-2026-001 first-notice      as a second person
  incident update INC-2026-001 --phase identified
  incident resolve INC-2026-001
  incident reconcile INC-2026-001                 every person accounted for

Environment:
  INCIDENT_WORKSPACE, INCIDENT_OUTPUT, INCIDENT_AS   the options above
  NO_COLOR      no colours          INCIDENT_DEBUG=1   show tracebacks
"""


def main(args: Sequence[str] | None = None) -> None:
    """Runs one command and exits with its code; the entry point of `incident` and `python -m incident`."""
    from incident.cli import _failure
    from incident.cli._tree import Tree

    gc.set_threshold(100_000)  # start-up makes many objects and no garbage: collecting costs a tenth of it
    argv = [*(sys.argv[1:] if args is None else args)]  # not list(): the command of that name is our attribute
    tree = Tree(name="incident", folder=Path(__file__).parent, package=__name__, epilog=EXAMPLES, version=True)
    code = _failure.guarded(tree, argv, os.environ)
    gc.freeze()  # the process ends: looking through everything once more for garbage would cost a tenth of it
    sys.exit(code)
