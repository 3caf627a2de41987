"""One-time codes (RFC 6238): the only door to pyotp, and to segno, which draws the square that a phone reads."""

from __future__ import annotations

import hmac
import io
import unicodedata
from datetime import datetime

STEP = 30
"""Seconds that a code is good for."""
DRIFT = (0, -1, 1)
"""Steps that a phone's clock may be off."""


def new_secret() -> str:
    """A random secret, 160 bits in base 32, as RFC 4226 wants."""
    import pyotp

    return pyotp.random_base32()


def is_secret(secret: str) -> bool:
    """Whether it is base 32 of at least 80 bits."""
    import base64
    import binascii

    try:
        return len(base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))) >= 10
    except binascii.Error:
        return False


def counter_of(secret: str, code: str, now: datetime) -> int | None:
    """The number of the step whose code this is, with at most one step of drift; None when it is no code of now.

    Blanks in it do not count, and digits may be full-width, as a Chinese keyboard types them.
    """
    import pyotp

    typed = "".join(unicodedata.normalize("NFKC", code).split())
    if not typed.isascii():
        return None

    source = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP
    for step in DRIFT:
        if hmac.compare_digest(source.generate_otp(present + step), typed):
            return present + step
    return None


def uri(secret: str, person: str, issuer: str) -> str:
    """`otpauth://totp/…`, as authenticator apps take it."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=issuer)


def square(text: str) -> str:
    """The text as a QR code made of half blocks, for a terminal."""
    import segno

    drawn = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out=drawn, compact=True)
    return drawn.getvalue()
