"""The staff: their one-time codes."""
