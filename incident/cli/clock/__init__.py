"""Deadlines of authorities: which run, start one, submit or dismiss its report."""
