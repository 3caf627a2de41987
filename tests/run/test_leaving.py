"""What must hold before an incident can be resolved: `exit_when`, enforced for people."""

from __future__ import annotations

import pytest

from incident import journal, lifecycle
from incident.errors import BadValue, WrongState
from incident.journal import Actor
from incident.run import acts, notices
from incident.run.live import no_confirmation
from incident.wiring import Console
from tests.run import house
from tests.run.conftest import Open

NAME = "INC-2026-001"
LI = Actor(person="li", os_user="root")
STEPS = """\
  - {id: first-notice, type: announce, template: first-notice, audience: everyone}
  - {id: books, type: task, title: Compare the books, assignee: commander}
  - {id: cause, type: ask, assignee: commander, choices: [found, unknown], timeout: 1h, on_timeout: continue}
exit_when:
  - that: steps['books'].state == 'done'
    message: The books of {{ dc }} are not compared
  - steps['cause'].choice == 'found'
"""


def resolve(console: Console, **more: object) -> object:
    return notices.request(console.office, NAME, LI, no_confirmation, "resolved", texts={"en": "Over."}, **more)


@pytest.fixture
def console(workspace: Open) -> Console:
    """An incident whose books are not compared yet."""
    opened = workspace(STEPS)
    house.import_people(opened, 2)
    house.declared(opened, "small")
    return opened


def test_what_is_missing_is_named_with_its_line(console: Console) -> None:
    """The playbook's own sentence, or the condition; each with the line where it stands; nothing was asked for."""
    before = len(acts.seen(console.office, NAME).history)
    with pytest.raises(WrongState) as refused:
        resolve(console)
    assert "The books of sh1 are not compared (small.yaml, line 16)." in refused.value.message
    assert "steps['cause'].choice == 'found'" in refused.value.message
    assert "(small.yaml, line 18)." in refused.value.message
    assert "--force --reason" in refused.value.message
    assert len(acts.seen(console.office, NAME).history) == before


def test_what_nobody_answered_is_not_met(console: Console, clock: object) -> None:
    """A question that ran out of time has no answer: the condition does not hold, and says so."""
    acts.finish_task(console.office, NAME, LI, "books")
    clock.advance("2h")  # type: ignore[attr-defined]
    acts.go_on_with(console.office, f"{NAME}.1")
    with pytest.raises(WrongState, match=r"This does not hold yet: steps\['cause'\].choice == 'found' \(small.yaml"):
        resolve(console)


def test_once_all_of_it_holds_the_last_word_leaves(console: Console) -> None:
    """Nobody is asked for a reason."""
    acts.finish_task(console.office, NAME, LI, "books")
    acts.answer(console.office, NAME, LI, "cause", {"choice": "found"})
    resolve(console)
    assert lifecycle.get(console.store, NAME, 0).state == "resolved"


def test_going_past_it_needs_a_reason(console: Console) -> None:
    """`--force` alone is refused, and sends nothing."""
    with pytest.raises(BadValue, match="needs a reason"):
        resolve(console, force=True, reason="  ")
    assert lifecycle.get(console.store, NAME, 0).state == "open"


def test_going_past_it_stands_on_record(console: Console) -> None:
    """With what did not hold, who went past it, and why."""
    resolve(console, force=True, reason="the books are compared by hand tomorrow")
    assert lifecycle.get(console.store, NAME, 0).state == "resolved"
    (entry,) = [one for one in journal.read(console.store, NAME) if one.kind == "notice.requested"]
    assert (entry.actor, entry.reason) == ("li", "the books are compared by hand tomorrow")
    assert entry.detail["forced_past"][0].startswith("The books of sh1 are not compared")
