"""incident: the console on-call staff reach for at 3 a.m."""

__version__ = "0.1.0"
