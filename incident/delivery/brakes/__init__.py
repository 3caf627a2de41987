"""Brakes: how fast an account may be used, whether it may be used at all, and how many may be under way to one domain.

An account is what a provider counts by: a relay's login, a robot's token. Limits and breakers of an account stand in
the ledger, so that they hold for all processes and machines that send by it.
"""

from __future__ import annotations

from incident.delivery.brakes.breaker import Pass
from incident.delivery.brakes.domains import DomainGate
from incident.delivery.brakes.rate import horizon, rates_of
from incident.delivery.brakes.skew import SKEW
from incident.delivery.brakes.standing import Standing, allowed, leave, next_probe, states, told
from incident.delivery.brakes.starts import give_back, next_start, reserve

__all__ = [
    "SKEW",
    "DomainGate",
    "Pass",
    "Standing",
    "allowed",
    "give_back",
    "horizon",
    "leave",
    "next_probe",
    "next_start",
    "rates_of",
    "reserve",
    "states",
    "told",
]
