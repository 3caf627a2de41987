"""Rules that delay or stop a broadcast: what a playbook said, frozen with it. Each decision is pure and has its reason.

`frozen` is their form in the ledger, `canary`, `pause`, `quiet`, `stale` and `supersede` decide; `care` acts.
"""
