"""The only door to tenacity: short retries in the process, and how long a row in the table waits.

Seconds are retried here, at once, in the process; minutes to hours are a `next_at` in the ledger, because a
process that sleeps for an hour does not survive the night.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import tenacity

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often and how far apart a temporary failure is tried again.

    `attempts` counts all tries with the first. `first` is the wait after the first failure; each wait doubles up
    to `longest`; `jitter` is the share of a wait that is random, so that a thousand rows do not wake together.
    """

    attempts: int = 24
    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=15)
    jitter: float = 0.2


def wait_after(policy: Policy, attempt: int) -> timedelta:
    """How long to wait after failed attempt number `attempt` (from 1)."""
    state = tenacity.RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
    state.attempt_number = attempt
    doubling = tenacity.wait_exponential(multiplier=policy.first.total_seconds(), max=policy.longest.total_seconds())
    seconds = doubling(state)
    return timedelta(seconds=seconds * (1 + policy.jitter * random.random()))


def call(
    work: Callable[[], T], *, retry_on: tuple[type[BaseException], ...], attempts: int = 3, first: float = 0.2
) -> T:
    """Does `work`, again after `first`, 2 x `first` … seconds when it raises one of `retry_on`; then lets it rise."""
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(retry_on),
        stop=tenacity.stop_after_attempt(attempts),
        wait=tenacity.wait_exponential(multiplier=first, max=first * 8),
        reraise=True,
    )
    return retrying(work)
