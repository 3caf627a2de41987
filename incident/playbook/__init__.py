"""Playbooks: YAML read into frozen data, or every mistake of the file at its line and column. Runs nothing."""
