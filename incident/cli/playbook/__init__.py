"""Playbooks: list, show and check them."""
