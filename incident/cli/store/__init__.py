"""The database: its version, and its migration by command."""
