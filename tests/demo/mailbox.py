"""The mails at the server, read by Python's own parser: heads for all of them, whole ones for a look."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as the server took it. `to` is the envelope's, in lower case; `broadcast` the id in its Message-ID."""

    file: Path
    to: str
    locale: str
    broadcast: str
    message_id: str

    @property
    def to_staff(self) -> bool:
        return self.to.endswith("@wallet.example")

    def whole(self) -> EmailMessage:
        return message_from_bytes(self.file.read_bytes(), policy=policy.default)

    def text(self) -> str:
        body = self.whole().get_body(("plain",))
        return "" if body is None else str(body.get_content()).strip()


def read(folder: Path) -> tuple[Letter, ...]:
    """All letters in a folder, in the order of their arrival."""
    return tuple(_letter(file) for file in sorted(folder.glob("*.eml")))


def _letter(file: Path) -> Letter:
    head = BytesHeaderParser().parsebytes(file.read_bytes())  # a tenth of what the whole mail costs
    message_id = str(head["Message-ID"]).strip()
    return Letter(
        file=file,
        to=str(head["X-Envelope-To"]).lower(),
        locale=str(head["Content-Language"]),
        broadcast=message_id.strip("<").partition(".")[0],
        message_id=message_id,
    )
