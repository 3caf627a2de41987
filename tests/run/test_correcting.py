"""`incident correct`: to exactly those who got the wrong words."""

from __future__ import annotations

from incident import journal
from incident.journal import Actor
from incident.run import notices
from incident.run.live import no_confirmation
from tests.delivery.care.sent import by_reason
from tests.run import house
from tests.run.conftest import Open

NAME = "INC-2026-001"
LI = Actor(person="li", os_user="root")
STEPS = """\
  - id: first-notice
    type: announce
    template: first-notice
    audience: everyone
    canary: {first: 2, hold: 10m}
"""


def test_who_was_never_told_hears_no_correction(workspace: Open) -> None:
    """Two were told when it was noticed; the number at the prompt counts who might have been told meanwhile."""
    console = workspace(STEPS)
    house.import_people(console, 16)
    house.declared(console, "small")
    house.send(console)
    notices.request(
        console.office,
        NAME,
        LI,
        no_confirmation,
        "correction",
        texts={"en": "That was wrong."},
        corrects="first-notice",
    )
    house.send(console)
    assert by_reason(console.store, 1) == {"accepted": 2, "suppressed/superseded": 14}
    assert by_reason(console.store, 2) == {"accepted": 2, "suppressed/not_told": 14}
    (told,) = [entry for entry in journal.read(console.store, NAME) if entry.kind == "broadcast.superseded"]
    assert (told.detail["step"], told.detail["rows"], told.detail["by"]) == ("first-notice", 14, "correction-1")
