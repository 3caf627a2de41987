"""Finished broadcasts leave the live tables for a file; what they were, their sums and the file's hash stay.

A file is gzipped JSON lines: a head (`incident.archive/v1`), then for each broadcast its row, its texts, and its
deliveries with their attempts and receipts, then a last line with the number of lines. Its SHA-256 stands on the
timeline.
"""

from incident.delivery.archive.kept import Kept, of, sums
from incident.delivery.archive.removing import put_away, tidy
from incident.delivery.archive.verifying import verify
from incident.delivery.archive.writing import old

__all__ = ["Kept", "of", "old", "put_away", "sums", "tidy", "verify"]
