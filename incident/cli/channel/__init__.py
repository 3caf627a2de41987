"""Channels: what is configured, and whether it works."""
