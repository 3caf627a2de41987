"""List tasks, and tick them off."""
