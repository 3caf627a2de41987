"""The life of an incident: phase, severity, roles, tasks, notes; each act is a row of the timeline."""

from incident.lifecycle.acts import (
    claim_role,
    declare,
    end,
    finish_task,
    hand_over_role,
    note,
    open_task,
    record,
    set_phase,
    set_promise,
    set_severity,
)
from incident.lifecycle.incidents import Incident, Task, get, holders, listed, tasks

__all__ = [
    "Incident",
    "Task",
    "claim_role",
    "declare",
    "end",
    "finish_task",
    "get",
    "hand_over_role",
    "holders",
    "listed",
    "note",
    "open_task",
    "record",
    "set_phase",
    "set_promise",
    "set_severity",
    "tasks",
]
