"""The journal: a hash-chained, append-only log of every act, of incidents and of everything else."""

from incident.journal.chain import Actor, Entry, append, hold, last_recorded, read, verify

__all__ = ["Actor", "Entry", "append", "hold", "last_recorded", "read", "verify"]
