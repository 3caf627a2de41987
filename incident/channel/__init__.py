"""How a filled message leaves the house: one port, one file a kind, and nothing about incidents."""
