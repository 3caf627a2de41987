"""Runs: a playbook's snapshot and its append-only history, and the pure function that says what comes next."""
