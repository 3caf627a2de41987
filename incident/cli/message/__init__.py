"""Messages: list, preview, check and try them."""
