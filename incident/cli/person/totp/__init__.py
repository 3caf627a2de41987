"""One-time codes, for whoever approves on the phone."""
