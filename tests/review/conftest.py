"""A night to look back at."""

from __future__ import annotations

from tests.flow.conftest import night

__all__ = ["night"]
