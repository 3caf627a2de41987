"""Paging: calling people out by one contact after the other, until somebody acknowledges."""

from incident.paging.pages import (
    acknowledge,
    close_all,
    close_step,
    earliest_due,
    listed,
    open_page,
    overdue,
    postpone,
    repeat,
    who,
)

__all__ = [
    "acknowledge",
    "close_all",
    "close_step",
    "earliest_due",
    "listed",
    "open_page",
    "overdue",
    "postpone",
    "repeat",
    "who",
]
