"""What only the whole file can tell about its steps: whether each can be reached, and whether its fields make sense
where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from incident.expression import ExpressionError
from incident.playbook import calls, reach
from incident.playbook.draft import Draft, Placed
from incident.playbook.model import Goto
from incident.playbook.shapes import sentence
from incident.shape import Use


def order(draft: Draft) -> None:
    """Every step can be reached: no circle in `needs`, nothing behind one, no `when` that never holds."""
    for circle in reach.circles(draft.needs):
        way = " -> ".join((*circle, circle[0]))
        what = f"These steps wait for each other: {way}; remove one of the 'needs'."
        draft.reader.wrong_at(f"{draft.by_id[circle[0]].path}.needs", "needs_circle", what)
    for id, cause in reach.behind_circles(draft.needs).items():
        what = f"'{id}' can never start: it waits for '{cause}', which waits for itself."
        draft.reader.wrong_at(f"{draft.by_id[id].path}.id", "unreachable_step", what)
    whens = {f"{step.path}.when": step for step in draft.steps}
    for use in draft.uses("expression"):
        if use.path in whens and not use.value.names:
            _constant(draft, use, whens[use.path])


def _constant(draft: Draft, use: Use, step: Placed) -> None:
    try:
        holds = use.value.holds({})
    except ExpressionError as error:
        draft.wrong(use, "bad_expression", sentence(error))
        return
    if not holds:
        what = f"'{step.id}' never runs: its 'when' is always false; correct it or remove the step."
        draft.wrong(use, "unreachable_step", what)


def jumps(draft: Draft) -> None:
    """`goto` leads to a step before it or after it: to one at its side it could not be said what happens between."""
    ahead = reach.before(draft.needs)
    for step in draft.steps:
        goto = step.values["on_error"]
        if not isinstance(goto, Goto) or goto.step not in draft.by_id or not step.id:
            continue
        at = f"{step.path}.on_error.goto"
        if draft.by_id[goto.step].list != step.list:
            continue
        if goto.step == step.id:
            what = f"'{step.id}' cannot go on at itself; `retry` begins it anew."
            draft.reader.wrong_at(at, "goto_itself", what)
        elif goto.step not in ahead[step.id] and step.id not in ahead[goto.step]:
            what = f"'{goto.step}' stands neither before nor after '{step.id}'; go on at a step that waits for it."
            draft.reader.wrong_at(at, "goto_aside", what)


def timeouts(draft: Draft) -> None:
    """`on_timeout` without a timeout waits for ever, whatever it says; what works outside of here cannot wait on."""
    inherited = draft.values["defaults"].timeout
    for step in (*draft.steps, *draft.undos):
        at, kind = f"{step.path}.on_timeout", draft.kind(step.values)
        if at in draft.reader.places and not (step.values["timeout"] or inherited):
            draft.reader.wrong_at(
                at, "never_times_out", "'on_timeout' never happens without 'timeout'; add e.g. timeout: 10m."
            )
        elif kind is not None and kind.outward and not step.values.get("that") and _escalates(step):
            what = "What takes too long here is ended, so nobody can be called to wait on; use fail or continue."
            draft.reader.wrong_at(at, "cannot_wait_on", what)


def _escalates(step: Placed) -> bool:
    return bool(step.values["on_timeout"] == "escalate")


def retries(draft: Draft) -> None:
    """Exit codes are those of a command, and come before the wait grows above its limit."""
    for step in (*draft.steps, *draft.undos):
        retry = step.values["retry"]
        if retry is None:
            continue
        if retry.exit_codes and not step.values.get("argv"):
            what = "Only a command has exit codes; remove 'exit_codes', or use 'retry_on'."
            draft.reader.wrong_at(f"{step.path}.retry.exit_codes", "no_exit_code", what)
        if retry.initial > retry.max:
            what = "'initial' is above 'max'; exchange them."
            draft.reader.wrong_at(f"{step.path}.retry.initial", "bad_bound", what)


def parts(draft: Draft) -> None:
    """When the steps are over, and when the run is in trouble, only what still makes sense may stand there."""
    for step in draft.steps:
        kind = draft.kind(step.values)
        if kind is None:
            continue
        if step.part == "finally" and not kind.afterwards:
            what = f"Nobody is told or asked anything in 'finally': '{step.id}' is of type {step.values['type']}."
            draft.reader.wrong_at(f"{step.path}.type", "not_afterwards", what)
        if step.part == "handlers.paused" and step.values["on_error"] == "pause":
            what = "A run that is paused cannot be paused; use fail or continue."
            draft.reader.wrong_at(f"{step.path}.on_error", "paused_already", what)


def drills(draft: Draft) -> None:
    """Words can be redirected to another audience; a command or a request cannot."""
    for step in draft.steps:
        kind = draft.kind(step.values)
        if step.values["drill"] == "redirect" and kind is not None and (kind.outward or kind.nests):
            what = f"A step of type {step.values['type']} has no audience to redirect; use run, simulate or skip."
            draft.reader.wrong_at(f"{step.path}.drill", "cannot_redirect", what)


def step_sense(draft: Draft) -> None:
    """What a step's type says about its fields together, once each of them can be read."""
    for step in (*draft.steps, *draft.undos):
        kind = draft.kind(step.values)
        if kind is None or any(f"{step.path}.{name}" in draft.reader.misread for name in kind.fields):
            continue
        problem = kind.check(step.values) if kind.check else ""
        if problem:
            draft.reader.wrong_at(f"{step.path}.type", "bad_step", problem)


def secrets(draft: Draft) -> None:
    """A secret on a command's line is read by everybody on the machine; its environment is not."""
    secret = {param.name for param in draft.values["params"] if param.secret}
    for use in draft.uses("inline"):
        if not re.search(r"\.argv\[\d+\]$", use.path):
            continue
        shown = use.value.names & (secret | {"params"} if secret else frozenset())
        if shown:
            what = f"'{sorted(shown)[0]}' may be secret, and a command's line is not; give it by 'env'."
            draft.wrong(use, "secret_shown", what)


CHECKS: tuple[Callable[[Draft], None], ...] = (
    order,
    jumps,
    timeouts,
    retries,
    parts,
    drills,
    step_sense,
    secrets,
    calls.check,
)
