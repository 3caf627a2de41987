"""Mails as servers of several makes write them, about any delivery; and how a bad one is made of a good one."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "mails"
NAMES = sorted(file.stem for file in FOLDER.glob("*.eml"))
KEY = "0123456789abcdef.7"
ADDRESS = "li.wei@example.net"


def mail(name: str, key: str = KEY, address: str = ADDRESS) -> bytes:
    """The mail `mails/<name>.eml` about that delivery and address."""
    text = (FOLDER / f"{name}.eml").read_text(encoding="utf-8")
    return text.replace("KEY@", f"{key}@").replace("ADDRESS", address).encode()
