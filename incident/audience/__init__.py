"""The audience: who can be told, who is meant, and who must be left alone. It knows no incident and sends nothing."""

from incident.audience.recipient import Recipient
from incident.audience.segment import Segment, SegmentError, Source, bind, matches, parse, to_sql

__all__ = ["Recipient", "Segment", "SegmentError", "Source", "bind", "matches", "parse", "to_sql"]
