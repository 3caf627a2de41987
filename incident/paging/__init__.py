"""Paging: calling people out by a policy, until somebody acknowledges."""

from incident.paging.pages import (
    Acknowledged,
    acknowledge,
    close_all,
    close_step,
    earliest_due,
    listed,
    missing,
    open_page,
    overdue,
    postpone,
    repeat,
    rounds,
    was_called,
)
from incident.paging.plan import Terms

__all__ = [
    "Acknowledged",
    "Terms",
    "acknowledge",
    "close_all",
    "close_step",
    "earliest_due",
    "listed",
    "missing",
    "open_page",
    "overdue",
    "postpone",
    "repeat",
    "rounds",
    "was_called",
]
