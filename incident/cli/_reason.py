"""What every `--reason` is held to, whatever the command."""

from __future__ import annotations

import unicodedata

from incident.errors import BadValue


def reason(text: str) -> str:
    """A reason as one line: line ends, tabs and what steers a terminal are blanks, so that nothing forges a second
    line. Raises BadValue for one without a letter or digit, whatever it is made of: an auditor reads it."""
    line = "".join(" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in text)
    line = " ".join(line.split())
    if not any(unicodedata.category(one)[0] in "LN" for one in line):
        raise BadValue("The reason says nothing. Write why, in a few words: --reason '…'")
    return line
