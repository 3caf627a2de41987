"""The life of an incident: phase, severity, roles, tasks, notes; each act is a row of the timeline."""

from incident.lifecycle.actions import Action, actions, add_action, end_action, open_actions
from incident.lifecycle.acts import (
    claim_role,
    declare,
    end,
    finish_task,
    hand_over_role,
    merge,
    note,
    open_task,
    record,
    reopen,
    restrict,
    set_phase,
    set_promise,
    set_severity,
)
from incident.lifecycle.incidents import Incident, Task, get, holders, listed, merged_into, tasks

__all__ = [
    "Action",
    "Incident",
    "Task",
    "actions",
    "add_action",
    "claim_role",
    "declare",
    "end",
    "end_action",
    "finish_task",
    "get",
    "hand_over_role",
    "holders",
    "listed",
    "merge",
    "merged_into",
    "note",
    "open_actions",
    "open_task",
    "record",
    "reopen",
    "restrict",
    "set_phase",
    "set_promise",
    "set_severity",
    "tasks",
]
