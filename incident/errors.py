"""Every mistake the program can name: one class each, which owns its exit code.

Bands: 0 done; 1 crash (a defect of ours); 2 wrong usage (click's own); 3-99 one per class below;
100-127 finished, with a warning. `docs/exit-codes.md` lists them and a test holds the two together.

A message says what is wrong and what to do next; it never holds a secret or a whole address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing wrong in one file.

    `line` and `column` count from 1; 0 means the file as a whole. `code` is stable (scripts match it),
    `message` is a sentence that ends with what to do.
    """

    file: str
    line: int
    column: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message} [{self.code}]"

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "message": self.message,
        }


class IncidentError(Exception):
    """The root: whatever a person can do wrong, or the world can do to us.

    `details` are extra keys of the JSON error document (counts, lists), never secrets.
    """

    exit: ClassVar[int] = 1
    code: ClassVar[str] = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details


class NoWorkspace(IncidentError):
    """No incident.yaml was found, or the folder cannot become a workspace."""

    exit = 3
    code = "no_workspace"


class StoreMissing(IncidentError):
    """The database cannot be opened or created."""

    exit = 5
    code = "store_unavailable"


class StoreVersion(IncidentError):
    """The database is older (migrate it) or newer (update the program) than this program."""

    exit = 6
    code = "store_version"


class StoreBusy(IncidentError):
    """Another process held the database longer than we wait."""

    exit = 7
    code = "store_busy"


class NotFound(IncidentError):
    """There is no incident, step, message, playbook, channel … of that name."""

    exit = 9
    code = "not_found"


class Mistakes(IncidentError):
    """A file holds mistakes: all of them are told at once, each at its place."""

    exit = 10
    code = "mistakes"

    def __init__(self, message: str, mistakes: Sequence[Mistake], **details: Any) -> None:
        super().__init__(message, mistakes=[m.to_json() for m in mistakes], **details)
        self.mistakes = tuple(mistakes)


class SettingsMistakes(Mistakes):
    """incident.yaml holds mistakes."""

    exit = 4
    code = "settings"


class RowsRejected(Mistakes):
    """An audience file holds bad rows; nothing of it was imported."""

    exit = 11
    code = "rows_rejected"


class NotAllowed(IncidentError):
    """This person may not do this (no role, the author of the text, somebody else's identity)."""

    exit = 12
    code = "not_allowed"


class Conflict(IncidentError):
    """Somebody else was first, or what you looked at has changed since: look again."""

    exit = 13
    code = "conflict"


class ChannelFailed(IncidentError):
    """A test message was not accepted by its channel."""

    exit = 14
    code = "channel_failed"


class ChecksFailed(IncidentError):
    """`doctor` found something that would fail in the night."""

    exit = 15
    code = "checks_failed"


class WrongState(IncidentError):
    """The incident, run, task or broadcast is not in a state that allows this."""

    exit = 16
    code = "wrong_state"


class Held(IncidentError):
    """A notice is held back: a required language is missing, or a text breaks a rule."""

    exit = 17
    code = "held"


class BadValue(IncidentError):
    """A parameter, answer or option has a value that does not fit its declaration."""

    exit = 18
    code = "bad_value"


class CountNotConfirmed(IncidentError):
    """The number of people was not confirmed: nothing was sent. `details` holds `count`."""

    exit = 20
    code = "count_not_confirmed"


class DoesNotAddUp(IncidentError):
    """A ledger does not reconcile. This must never happen: keep the database and report it."""

    exit = 21
    code = "does_not_add_up"


class JournalBroken(IncidentError):
    """The hash chain of the journal is broken: a row was changed or removed."""

    exit = 22
    code = "journal_broken"


class SourceFailed(IncidentError):
    """The mailbox or file that receipts are read from cannot be read."""

    exit = 23
    code = "source_failed"


class EvidenceBroken(IncidentError):
    """A kept file, a playbook's snapshot or a sent text is not what the timeline says."""

    exit = 24
    code = "evidence_broken"


WARNED = 100
"""Exit code of a command that finished its work but has warnings (`doctor`)."""
