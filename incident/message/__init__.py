"""Words: the organisation's names, the catalog of messages, their rendering, their lengths and their rules."""
