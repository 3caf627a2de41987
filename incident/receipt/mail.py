"""Reads a mail as a report: bytes in, `Report` or `Nothing(reason)` out. The only door to the parsers of `email`.

Whatever stands in a mailbox was written by strangers. So: only the first `LONGEST` octets are looked at, a mail that
nests too deeply is not parsed, and nothing it holds is believed before `match` has compared it with the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser, HeaderParser
from email.utils import parsedate_to_datetime

from incident.receipt.report import Fate, Kind, Nothing, Report, codes, one_line, read_key

LONGEST = 256 * 1024
"""Octets of a mail that are read: a report stands at its beginning, the returned mail behind it may be cut."""

_BOUNDARIES = 16  # a report that returns a mail with two bodies has three; the parser tries each at each line
_MANY = 50  # parts of a mail, recipients of a report, ids of a thread

_STATUS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("message/rfc822", "message/global")
_RETURNED_HEADERS = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list")
_FATES: dict[str, Kind] = {"failed": "bounced", "delayed": "delayed", "delivered": "delivered"}
_NO_FATES = ("relayed", "expanded")  # handed on to where nobody reports
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Mail-Autoreply", "X-Vacation")
_IDS = re.compile(r"<([^<>@\s]{1,100})@[^<>@\s]{1,255}>")
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")  # RFC 6533, 3: how an address of any script travels in ASCII


def parse(raw: bytes) -> Report | Nothing:
    """What a mail says.

    1. A feedback report (RFC 5965) of abuse is a complaint; of another kind, no news.
    2. A delivery status (RFC 3464, RFC 6533) is a fate for each recipient; before 3, because a good server marks its
       reports as automatic (RFC 3834).
    3. An automatic answer is none of ours, nor is anything else.
    """
    head = raw[:LONGEST]
    if head.lower().count(b"boundary") > _BOUNDARIES:
        return Nothing("unreadable")
    try:
        return _read(BytesParser().parsebytes(head))
    except Exception:  # the parser promises never to raise, and does: a stranger's mail must not stop the others
        return Nothing("unreadable")


def _read(mail: Message) -> Report | Nothing:
    parts = _parts(mail)
    feedback = _first(parts, ("message/feedback-report",))
    if feedback is not None:
        return _complaint(mail, parts, feedback)
    status = _first(parts, _STATUS)
    if status is not None:
        return _delivery_status(mail, parts, status)
    if mail.get_content_type() == "multipart/report":
        read = str(mail.get_param("report-type")).lower() == "disposition-notification"
        return Nothing("no_news" if read else "unreadable")
    return Nothing("auto_reply" if _is_automatic(mail) else "not_a_report")


def _delivery_status(mail: Message, parts: list[Message], status: Message) -> Report | Nothing:
    blocks = [block for block in _blocks(status) if _text(block, "Action")]
    fates = [_fate(mail, block) for block in blocks]
    known = tuple(fate for fate in fates if isinstance(fate, Fate))
    if not known:
        return Nothing("no_news" if "no_news" in fates else "unreadable")
    return _report(mail, parts, known)


def _fate(mail: Message, block: Message) -> Fate | str:
    """What the block of one recipient says, or why it says nothing."""
    action = _text(block, "Action").partition(" ")[0].lower()
    addresses = tuple(
        filter(None, (_address(_text(block, name)) for name in ("Original-Recipient", "Final-Recipient")))
    )
    if action in _NO_FATES:
        return "no_news"
    if action not in _FATES or not addresses:
        return "unreadable"
    words = _text(block, "Diagnostic-Code").partition(";")[2].strip() or _text(block, "Status")
    _, status = codes(_text(block, "Status"))
    code, enhanced = codes(status, words)
    kind = _FATES[action]
    return Fate(
        kind=kind,
        addresses=addresses,
        permanent=kind == "bounced" and (enhanced or code).startswith("5"),
        code=code,
        enhanced=enhanced,
        words=words,
        at=_instant(_text(block, "Last-Attempt-Date")) or _instant(_text(mail, "Date")),
    )


def _complaint(mail: Message, parts: list[Message], feedback: Message) -> Report | Nothing:
    fields = next(_blocks(feedback), None)
    if fields is None or not _text(fields, "Feedback-Type"):
        return Nothing("unreadable")
    kind = _text(fields, "Feedback-Type").lower()
    if kind not in _COMPLAINTS:
        return Nothing("no_news")
    named = [one_line(str(value)) for value in fields.get_all("Original-Rcpt-To", [])[:_MANY]]
    fate = Fate(
        kind="complained",
        addresses=tuple(filter(None, map(_address, named))),
        permanent=True,
        words=f"{kind} {_text(fields, 'User-Agent')}".strip(),
        at=_instant(_text(fields, "Arrival-Date")) or _instant(_text(mail, "Date")),
    )
    return _report(mail, parts, (fate,))


def _report(mail: Message, parts: list[Message], fates: tuple[Fate, ...]) -> Report:
    """The key stands in the Message-ID of what was returned; some report without it and only refer to it."""
    returned = _returned(parts)
    places = [(returned, "Message-ID")] if returned is not None else []
    places += [(mail, "X-Original-Message-ID"), (mail, "In-Reply-To"), (mail, "References")]
    keys = (read_key(name) for where, header in places for name in _ids(where, header))
    threads = () if returned is None else (*_ids(returned, "References"), *_ids(returned, "In-Reply-To"))
    return Report(
        id=f"{_text(mail, 'Message-ID')} {_text(mail, 'Date')}",
        fates=fates,
        key=next(filter(None, keys), None),
        threads=tuple(dict.fromkeys(threads)),
    )


def _returned(parts: list[Message]) -> Message | None:
    """The headers of the mail that the report is about."""
    part = _first(parts, (*_RETURNED, *_RETURNED_HEADERS))
    if part is None:
        return None
    inner = part.get_payload()
    if isinstance(inner, list):
        return next((one for one in inner if isinstance(one, Message)), None)
    decoded = part.get_payload(decode=True)
    return BytesHeaderParser().parsebytes(decoded) if isinstance(decoded, bytes) else None


def _is_automatic(mail: Message) -> bool:
    """RFC 3834, and what was written before it."""
    submitted = _text(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    precedence = _text(mail, "Precedence").lower()
    return submitted not in ("", "no") or precedence == "auto_reply" or any(name in mail for name in _AUTOMATIC)


# --- what stands where


def _parts(mail: Message) -> list[Message]:
    """The mail's own parts. Not those of a mail inside it: a report that a person forwards is no report."""
    inner = mail.get_payload()
    if mail.get_content_maintype() != "multipart" or not isinstance(inner, list):
        return []
    return [part for part in inner[:_MANY] if isinstance(part, Message)]


def _first(parts: list[Message], types: tuple[str, ...]) -> Message | None:
    return next((part for part in parts if part.get_content_type() in types), None)


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields in a status or feedback part, whichever way the parser has cut them up."""
    inner = part.get_payload()
    groups = inner[:_MANY] if isinstance(inner, list) else []
    for group in groups:
        if isinstance(group, Message):
            yield group
            rest = group.get_payload()
            texts = re.split(r"\n[ \t]*\r?\n", rest)[:_MANY] if isinstance(rest, str) else []
            yield from (HeaderParser().parsestr(text.lstrip()) for text in texts)


def _text(mail: Message, name: str) -> str:
    """A header's value on one line, '' when it is not there."""
    return one_line(str(mail.get(name, "")))


def _ids(mail: Message, name: str) -> list[str]:
    """What stands before the @ in the message ids of a header."""
    return _IDS.findall(_text(mail, name))[:_MANY]


def _address(value: str) -> str:
    """The address in `rfc822; li@example.com` or `<li@example.com>`; '' when there is none."""
    text = _ESCAPED.sub(_letter, value.rpartition(";")[2]).strip().strip("<>")
    return text if "@" in text else ""


def _letter(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number <= 0x10FFFF and chr(number).isprintable() else "\ufffd"


def _instant(text: str) -> datetime | None:
    """A date as mails write it (RFC 5322); UTC when it names no zone, None when it is none."""
    try:
        found = parsedate_to_datetime(text.partition("(")[0])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
