"""Follow-up actions: add, list, tick off."""
