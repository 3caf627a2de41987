"""What only the whole file can tell about how notices leave the house."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from incident.playbook.draft import Draft
from incident.playbook.model import SEVERITIES
from incident.playbook.sending import flat

Tell = Callable[[str, str, str], None]
"""Called with a path, a code and a sentence."""

_URGENT = SEVERITIES[0]


def announcements(draft: Draft) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(path, fields) of every step and notice that announces."""
    for step in draft.steps:
        if step.values["type"] in ("announce", "correct"):
            yield step.path, step.values
    for name, notice in (draft.values["notices"] or {}).items():
        if notice:
            yield f"notices.{name}", notice


def check(draft: Draft, tell: Tell) -> None:
    """1. What the law obliges to send waits for no morning, nor does the worst severity. 2. A channel stands once.
    3. A chain holds channels that reach each person: of a post nobody knows whom it reached."""
    values, posts = draft.values, draft.vocabulary.posts
    quiet = ["guard.quiet_hours"] if values["guard"].quiet_hours else []
    for path, fields in announcements(draft):
        if fields.get("quiet_hours"):
            quiet.append(f"{path}.quiet_hours")
            if fields.get("legal_basis"):
                what = "A notice with a 'legal_basis' waits for no morning; remove 'quiet_hours' here."
                tell(f"{path}.quiet_hours", "quiet_by_law", what)
        _channels(path, fields.get("channels") or (), posts, tell)
    if quiet and values["severity"].default == _URGENT:
        what = f"severity.default is {_URGENT}, which waits for no morning; remove 'quiet_hours' or lower the default."
        tell(quiet[0], "quiet_when_urgent", what)


def _channels(path: str, channels: Any, posts: frozenset[str], tell: Tell) -> None:
    seen: set[str] = set()
    in_chains = {name for link in channels if not isinstance(link, str) for name in link}
    for name, _ in flat(channels):
        if name and name in seen:
            tell(f"{path}.channels", "channel_twice", f"'{name}' stands twice here; nobody is told twice the same way.")
        seen.add(name)
    for name in sorted(in_chains & posts):
        what = f"'{name}' posts once for all; nobody knows whom it reached, so it cannot stand in a chain."
        tell(f"{path}.channels", "post_in_chain", what)
