"""The section `receipts` of incident.yaml: the mailbox that bounces come to."""

from __future__ import annotations

from incident.settings import SecretShape
from incident.shape import Field, Section

_FIELDS = {
    "imap": Field(
        shape=SecretShape(plain=True, hint="imaps://user:password@host/INBOX by reference: env:NAME or file:path"),
        help="The mailbox that `incident receipt read --imap` reads; read mails are marked as seen.",
    ),
}

SECTION = Field(
    shape=Section(fields=_FIELDS, name="where receipts come from"),
    default=None,
    help="Where bounces and complaints come back.",
)
