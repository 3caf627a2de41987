"""Measurements, side by side with a peer in one run, because machines are noisy: ratios count, not seconds."""
