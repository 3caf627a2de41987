"""How urgent it is to call somebody out."""

PRIORITIES = ("high", "low")
"""`high` wakes people; `low` keeps to their quiet hours."""
