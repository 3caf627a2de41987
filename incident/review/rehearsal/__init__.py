"""Playbooks in virtual time: their own tests, and what a run would bring. Nothing is sent, nothing is written."""
