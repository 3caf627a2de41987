"""Delivery: the ledger of who is told what, the passes that say no, the sender, and the sum that always adds up."""
