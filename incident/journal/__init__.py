"""The journal: a hash-chained, append-only log of every act, of incidents and of everything else."""

from incident.journal.chain import Entry, append, read, verify

__all__ = ["Entry", "append", "read", "verify"]
