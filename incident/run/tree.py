"""Where each step of a run stands. Steps stand inside steps, some of them once for each value of a list, some in
turns; each has a durable key, its path: `notify.loop[2].update`. Pure.

    tell                 a step of the playbook
    tell[2]              the same for the second value of its `for_each`
    loop[2].update       a step inside a repetition, in its second turn
    failover.drain       a step inside a group, or of a playbook that is called
    open-hotline.undo    what undoes a step
    finally.review       a step of `finally`; handlers.failed[1].tell: of a handler, entered for the first time
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from incident.playbook.model import Playbook, Step

_NUMBERED = re.compile(r"(.*)\[([1-9]\d*)\]")
_HANDLER = re.compile(r"handlers\.([a-z]+)\[[1-9]\d*\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A step with keys for its id and needs, and what is around it.

    `parent` is the key of the step it stands in, `scope` that of the call whose playbook (`book`) it stands in; both
    '' at the top. `loops` are the keys of the repetitions and lists around it in that playbook, with its number in
    each.
    """

    step: Step
    parent: str
    scope: str
    book: Playbook
    loops: tuple[tuple[str, int], ...] = ()


class Tree:
    """Every key that a run of a playbook can have. It remembers what it has worked out; that is all it changes."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self._known: dict[str, Where | None] = {}
        self._lists: dict[str, tuple[Step, ...]] = {}

    def where(self, key: str) -> Where | None:
        """What stands at a key; None for a key that this playbook cannot have."""
        if key not in self._known:
            self._known[key] = self._numbered(key) if key.endswith("]") else self._named(key)
        return self._known[key]

    def inside(self, prefix: str) -> tuple[Step, ...]:
        """The steps whose keys begin with `prefix` and end with a name: '' for those of the playbook itself,
        `finally`, `handlers.failed[1]`, the key of a group or of a call, of a repetition with its turn."""
        if prefix not in self._lists:
            found = self._templates(prefix)
            names = [step.id for step in found[0]] if found else []
            keys = [f"{prefix}.{name}" if prefix else name for name in names]
            self._lists[prefix] = tuple(where.step for where in map(self.where, keys) if where is not None)
        return self._lists[prefix]

    def items(self, key: str, count: int) -> tuple[Step, ...]:
        """The step at `key` for each of `count` values."""
        listed = f"{key}[*{count}]"
        if listed not in self._lists:
            found = (self.where(f"{key}[{number}]") for number in range(1, count + 1))
            self._lists[listed] = tuple(where.step for where in found if where is not None)
        return self._lists[listed]

    def _numbered(self, key: str) -> Where | None:
        """The step for one value of its list: it needs nothing of its own, and going on elsewhere is the whole list's
        to do."""
        match = _NUMBERED.fullmatch(key)
        whole = self.where(match[1]) if match else None
        if match is None or whole is None or whole.step.for_each is None:
            return None
        on_error = "fail" if whole.step.goto is not None else whole.step.on_error
        step = replace(whole.step, id=key, needs=(), for_each=None, goto=None, on_error=on_error)
        return replace(whole, step=step, parent=match[1], loops=(*whole.loops, (match[1], int(match[2]))))

    def _named(self, key: str) -> Where | None:
        prefix, _, name = key.rpartition(".")
        if name == "undo":
            undone = self.where(prefix)
            if undone is None or undone.step.undo is None:
                return None
            return replace(undone, step=replace(undone.step.undo, id=key), parent=prefix)
        found = self._templates(prefix)
        template = next((step for step in found[0] if step.id == name), None) if found else None
        if found is None or template is None:
            return None
        needs = tuple(f"{prefix}.{need}" if prefix else need for need in template.needs)
        return replace(found[1], step=replace(template, id=key, needs=needs))

    def _templates(self, prefix: str) -> tuple[tuple[Step, ...], Where] | None:
        """The steps of the list at `prefix` as the playbook has them, and where they stand (but for themselves)."""
        own = self.playbook
        top = Where(step=_NOBODY, parent="", scope="", book=own)
        if prefix in ("", "finally"):
            return (own.finally_ if prefix else own.steps), top
        handler = _HANDLER.fullmatch(prefix)
        if handler is not None:
            return own.handlers.get(handler[1], ()), top
        if prefix.endswith(".finally"):
            return self._called(prefix.removesuffix(".finally"), last=True)
        numbered = _NUMBERED.fullmatch(prefix)
        if numbered is not None:
            around = self.where(numbered[1])
            if around is not None and around.step.for_each is None and around.step.nests == "turns":
                loops = (*around.loops, (numbered[1], int(numbered[2])))
                return around.step.steps, replace(around, parent=numbered[1], loops=loops)
        around = self.where(prefix)
        if around is None or around.step.for_each is not None:
            return None
        if around.step.nests == "playbook":
            return self._called(prefix, last=False)
        return around.step.steps, replace(around, parent=prefix)

    def _called(self, key: str, *, last: bool) -> tuple[tuple[Step, ...], Where] | None:
        call = self.where(key)
        book = called_by(call) if call is not None else None
        if call is None or book is None:
            return None
        inner = Where(step=call.step, parent=key, scope=key, book=book)
        return (book.finally_ if last else book.steps), inner


def called_by(call: Where) -> Playbook | None:
    """The playbook that a step calls; None when it calls none, or it cannot be read any more."""
    return call.book.called.get(str(call.step.fields.get("playbook", "")))


_NOBODY = Step(id="", type="")
