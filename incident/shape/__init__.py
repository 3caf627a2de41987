"""What a YAML value may be, declared once: the declaration reads it strictly, tells every mistake at its place,
prints itself as JSON Schema for editors, and as a table for the documentation.

A shape never raises: it adds `Mistake`s to the reader and returns the best value it can, so that a file's other
mistakes are found in the same pass. Who reads a whole file raises once, at the end, when the list is not empty.
"""

from incident.shape.groups import Field, ListOf, LocalText, MapOf, Section, choose, reference
from incident.shape.reader import Reader, Shape, Use
from incident.shape.scalars import Anything, Boolean, Choice, Day, Duration, Integer, Locale, Slug, Text, TimeZone

__all__ = [
    "Anything",
    "Boolean",
    "Choice",
    "Day",
    "Duration",
    "Field",
    "Integer",
    "ListOf",
    "LocalText",
    "Locale",
    "MapOf",
    "Reader",
    "Section",
    "Shape",
    "Slug",
    "Text",
    "TimeZone",
    "Use",
    "choose",
    "reference",
]
