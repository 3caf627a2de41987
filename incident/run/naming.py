"""The step that a person means by what they typed: its key, or as much of its end as tells it from others. Pure."""

from __future__ import annotations

from collections.abc import Callable

from incident.errors import NotFound
from incident.playbook.model import Step
from incident.run.history import CLOSED, View


def named(view: View, typed: str, fits: Callable[[Step], bool] | None = None) -> Step:
    """The step with this key; else the one whose key ends with it. Where several do, the one that is not over is meant.

    Raises NotFound, with what there is, when none is meant or several are.
    """
    steps = [step for step in view.all_steps() if fits is None or fits(step)]
    meant = [step for step in steps if step.id == typed]
    meant = meant or [step for step in steps if step.id.endswith(f".{typed}")]
    if len(meant) > 1:
        meant = [step for step in meant if view.of(step.id).state not in CLOSED] or meant
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise NotFound(f"'{typed}' may mean {' or '.join(step.id for step in meant)}; type the whole.")
    known = ", ".join(step.id for step in steps if view.of(step.id).state not in CLOSED)
    raise NotFound(f"There is no step '{typed}'. There is: {known or 'none that is not over'}.")
