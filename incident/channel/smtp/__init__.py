"""Mail to one relay over a pool of sessions: what the server offers is used, and each answer finds its own mail."""
