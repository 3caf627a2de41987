"""One mail on its way to a relay: envelope and content, and nothing of deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False, init=False)
class Letter:
    """`content` is the mail with CRLF line ends, also its last; not dot-stuffed. `sender` may be empty (`<>`).

    `dotted` tells that some line may begin with a dot; `again` that it was interrupted once already and got a second
    connection.
    """

    no: int
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    dotted: bool
    again: bool

    def __init__(self, *, no: int, sender: str, recipient: str, content: bytes, dotted: bool = True) -> None:
        self.no = no
        self.sender = sender
        self.recipient = recipient
        # A last line without an end would glue the final dot to the text, and both sides would wait for ever.
        self.content = content if content.endswith(b"\r\n") else content + b"\r\n"
        self.dotted = dotted
        self.again = False
