"""Take a role, or hand it over."""
