"""Who writes the letters: the mail of one delivery with its envelope, or why there cannot be one."""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import Final

from incident.channel import address, mime
from incident.channel.patch import Compiled
from incident.channel.port import Delivery, Outcome, Refused
from incident.channel.smtp.letter import Letter
from incident.channel.stencil import Stencil
from incident.now import Clock

_MOMENT: Final = 0.05  # seconds; how long the present of a mail's Date holds
_STENCILS: Final = 64  # compiled texts that are kept


class Writer:
    """Writes in one sender's name; one thread at a time."""

    def __init__(self, sender: mime.Sender, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock
        self._asked, self._now = monotonic(), clock()
        self._compiled: dict[Stencil, Compiled] = {}

    def write(self, delivery: Delivery) -> Letter | Outcome:
        """The letter, or why there cannot be one. A defect of ours costs this one mail, and tells only its class."""
        if not address.is_mail_address(delivery.address):
            return Refused("bad_address", "", "This is no mail address.")
        try:
            recipient = mime.wire_address(delivery.address)
        except UnicodeError:
            return Refused("bad_address", "", "The domain of this address cannot exist.")
        # An acknowledgement has no return path, so that nothing ever answers an answer (RFC 3834, 3.3).
        envelope = "" if delivery.automatic == "auto-replied" else self._sender.address
        stencil = delivery.stencil
        try:
            mail = self._built(delivery) if stencil is None else self._patched(stencil, delivery, recipient)
        except Exception as error:
            return Refused("bad_content", "", f"{type(error).__name__} while the mail was built.")
        if not mail:
            return Refused("bad_content", "", "There is no text for this medium.")
        return Letter(no=delivery.no, sender=envelope, recipient=recipient, content=mail, dotted=stencil is None)

    def _built(self, delivery: Delivery) -> bytes:
        """The mail without a stencil; empty without a text."""
        has_text = delivery.parts.get("text") or delivery.parts.get("html")
        return mime.build(delivery, self._sender, self._clock()) if has_text else b""

    def _patched(self, stencil: Stencil, delivery: Delivery, recipient: str) -> bytes:
        """The mail from its text, which is compiled once; empty without a text."""
        compiled = self._compiled.get(stencil)
        if compiled is None or not compiled.fits(delivery):
            if len(self._compiled) >= _STENCILS:
                self._compiled.clear()
            compiled = self._compiled[stencil] = Compiled(stencil, delivery, self._sender)
        return b"" if compiled.empty else compiled.patch(delivery, recipient, self._today())

    def _today(self) -> datetime:
        """The present for a mail's Date, which counts in seconds: the same instant for the mails of a few moments."""
        if monotonic() - self._asked >= _MOMENT:
            self._asked, self._now = monotonic(), self._clock()
        return self._now
