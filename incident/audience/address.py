"""What an address may look like: strict enough that nothing can be smuggled into a header, open to every real one.

Each function returns the address as it is stored, or raises AddressError with a phrase that does not hold the address.
Letters beyond ASCII are stored in lower case and composed (NFC), because SQLite's `lower()` knows ASCII only and the
suppression list must match on either database.
"""

from __future__ import annotations

import re
import unicodedata

_PLAIN_MAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])",
    re.ASCII,
)
_NOT_IN_LOCAL = frozenset('()<>[]:;@\\," ')
_PHONE = re.compile(r"\+?\d{5,15}", re.ASCII)
_ROUNDED = re.compile(r"\d+(?:\.\d+)?E\+?\d+", re.IGNORECASE | re.ASCII)
_PHONE_PUNCTUATION = re.compile(r"[ ().\-/\u00a0\u2010\u2011]")
_LONGEST_MAIL, _LONGEST_LOCAL = 254, 64  # octets, RFC 5321 section 4.5.3.1
_LONGEST_PUSH = 4_096


class AddressError(ValueError):
    """Not an address of this kind. The text continues the sentence `… is not an e-mail address: `."""


def email(text: str) -> str:
    """An e-mail address (RFC 5321 dot-string, RFC 6531 for letters of any script; a domain with a dot, or localhost).

    Quoted local parts and address literals are refused: legal, hardly ever real, and a way to smuggle.
    """
    if len(text) <= _LONGEST_LOCAL and _PLAIN_MAIL.fullmatch(text):
        local, _, domain = text.rpartition("@")
        return f"{local}@{domain.lower()}"
    local, at, domain = text.rpartition("@")
    if not at:
        raise AddressError("it has no @")
    _check_local(local)
    _check_domain(domain)
    stored = f"{_lower_beyond_ascii(local)}@{unicodedata.normalize('NFC', domain).lower()}"
    if len(stored.encode()) > _LONGEST_MAIL:
        raise AddressError(f"it is longer than {_LONGEST_MAIL} bytes")
    return stored


def phone(text: str) -> str:
    """A phone number: an optional + and 5 to 15 digits (E.164); spaces, brackets, dots and hyphens are taken out."""
    if _ROUNDED.fullmatch(text):
        raise AddressError("a spreadsheet has turned it into a rounded number; format the column as text")
    number = _PHONE_PUNCTUATION.sub("", text)
    if not _PHONE.fullmatch(number):
        raise AddressError("write + and the country code, then the number: 5 to 15 digits in all")
    return number


def push(text: str) -> str:
    """A push token or topic, as its provider gave it: printable, without spaces."""
    if len(text) > _LONGEST_PUSH:
        raise AddressError(f"it is longer than {_LONGEST_PUSH} characters")
    _refuse_invisible(text)
    return text


def suppression_key(address: str) -> str:
    """The form in which addresses are compared with the suppression list: SQL's `lower(address)` of a stored one."""
    text = address.strip()
    for kind in (email, phone):
        try:
            return kind(text).lower()
        except AddressError:
            continue
    return text.lower()


def _check_local(local: str) -> None:
    if not local:
        raise AddressError("nothing stands before the @")
    if len(local.encode(errors="replace")) > _LONGEST_LOCAL:
        raise AddressError(f"what stands before the @ is longer than {_LONGEST_LOCAL} bytes")
    _refuse_invisible(local)
    if _NOT_IN_LOCAL.intersection(local):
        raise AddressError("a character before the @ is not allowed there")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise AddressError("a dot before the @ stands at the edge or twice")


def _check_domain(domain: str) -> None:
    _refuse_invisible(domain)
    labels = domain.split(".")
    if len(labels) < 2 and domain.lower() != "localhost":
        raise AddressError("the part after the @ is no domain")
    if labels[-1].isdigit():
        raise AddressError("the part after the @ is a number, not a domain")
    for label in labels:
        _check_label(label)


def _check_label(label: str) -> None:
    if not label or label.startswith("-") or label.endswith("-"):
        raise AddressError("the part after the @ is no domain")
    if not all(letter == "-" or _is_letter(letter) for letter in label):
        raise AddressError("a character after the @ is not allowed there")
    try:
        long = len(label.encode("idna")) > 63
    except UnicodeError:
        long = True
    if long:
        raise AddressError("the part after the @ is no domain")


def _is_letter(letter: str) -> bool:
    if letter.isascii():
        return letter.isalnum()
    return unicodedata.category(letter)[0] in "LMN" or unicodedata.category(letter) == "So"  # some domains are emoji


def _refuse_invisible(text: str) -> None:
    """No control, formatting, surrogate, private or unassigned character, and no space of any kind."""
    if text.isascii() and text.isprintable() and " " not in text:
        return
    if any(unicodedata.category(letter)[0] in "CZ" for letter in text):
        raise AddressError("it holds a space or an invisible character")


def _lower_beyond_ascii(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    return "".join(letter if letter.isascii() else letter.lower() for letter in text)
