"""Pause, resume or end the run of a playbook."""
