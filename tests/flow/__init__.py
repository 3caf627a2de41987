"""Stories: given, time passes, expect."""
