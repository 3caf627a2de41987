"""The database: SQLite in a file, or PostgreSQL by URL, through the same code; it knows nothing about incidents."""

from incident.store.database import Row, Store, open_store
from incident.store.migrate import backup, migrate, require_current, versions

__all__ = ["Row", "Store", "backup", "migrate", "open_store", "require_current", "versions"]
