"""One line of what `doctor` reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from incident.errors import IncidentError, Mistakes


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report. `check` is stable (scripts match it), `message` ends with what to do."""

    check: str
    level: Literal["ok", "warning", "problem"]
    message: str

    def to_json(self) -> dict[str, str]:
        return {"check": self.check, "level": self.level, "message": self.message}


def ok(check: str, message: str) -> Finding:
    return Finding(check=check, level="ok", message=message)


def warning(check: str, message: str) -> Finding:
    return Finding(check=check, level="warning", message=message)


def problem(check: str, message: str) -> Finding:
    return Finding(check=check, level="problem", message=message)


def of_error(check: str, error: IncidentError) -> list[Finding]:
    """An error as findings: one a mistake when it holds several."""
    if isinstance(error, Mistakes):
        return [problem(check, str(mistake)) for mistake in error.mistakes]
    return [problem(check, error.message)]
