"""The database: SQLite in a file, or PostgreSQL by URL, through the same code; it knows nothing about incidents."""

from incident.store.database import Row, Store
from incident.store.migrate import backup, migrate, require_current, versions
from incident.store.opening import open_store

__all__ = ["Row", "Store", "backup", "migrate", "open_store", "require_current", "versions"]
