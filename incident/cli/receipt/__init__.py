"""Receipts: read bounces, complaints and confirmations that come back, and list them."""
