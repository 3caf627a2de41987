"""Short texts of a playbook (prompts, titles, pages), rendered for staff."""

from __future__ import annotations

from collections.abc import Mapping

from incident.expression import ExpressionError, Inline
from incident.run.history import View
from incident.shape import choose


def render(text: Inline | Mapping[str, str] | None, view: View) -> str:
    """The text with its values; a text that cannot be rendered stands as it was written: staff still read something."""
    if text is None:
        return ""
    if not isinstance(text, Inline):
        return choose(text, ("", "en"))
    try:
        return text.render(view.shown())
    except ExpressionError:
        return text.text
