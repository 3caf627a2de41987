"""Recipients: import, count, list and show them, and the list of addresses that are left alone."""
