"""What comes back after acceptance: bounces, complaints and confirmations, set beside the deliveries they are about.

A receipt moves nothing in the sum of the ledger: accepted stays accepted, because that is what was observed then.
"""
