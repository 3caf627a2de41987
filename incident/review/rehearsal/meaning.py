"""Which step of a run a test means: it names what stands in the file, a run has keys with every turn in them. Pure."""

from __future__ import annotations

import re

_TURN = re.compile(r"\[\d+\]")
_ASKED_FOR = re.compile(r"(update|resolved|correction)-\d+")


def meant(name: str, key: str) -> bool:
    """`first-notice` means that step wherever it stands, in each turn; `notice.update` each update sent by hand."""
    if name == key:
        return True
    asked = _ASKED_FOR.fullmatch(key)
    if asked is not None:
        return name == f"notice.{asked[1]}"
    plain = _TURN.sub("", key)
    return plain == name or plain.endswith(f".{name}")
