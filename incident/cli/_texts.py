"""Words per language: `--text LOCALE=…`, or the editor with a place for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from incident.errors import BadValue, Held

if TYPE_CHECKING:
    from incident.cli._frame import Session

_MARK = "#=== {} ==="
_HINT = "# Words for"


def localized(given: Sequence[str], option: str) -> dict[str, str]:
    """`en=…` as {locale: text}; `@file` after the = reads a file. Raises BadValue naming the form."""
    texts: dict[str, str] = {}
    for item in given:
        locale, equals, text = item.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z0-9-]*", locale):
            raise BadValue(f"{option} takes LOCALE=TEXT, for example {option} en='We have found the cause.'")
        if text.startswith("@"):
            try:
                text = Path(text[1:]).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise BadValue(f"{option} {locale}: the file {text[1:]} cannot be read: {error}.") from error
        texts[locale] = text.strip()
    return texts


def words(session: Session, given: Sequence[str], *, needed: bool, draft: str) -> dict[str, str]:
    """The texts given, else what is written in the editor when a person is there.

    What was written is kept under drafts/ of the workspace until it was sent (`forget`): a wrong count, a text that is
    held or a lost connection must not cost anybody their words. Raises Held, naming every required language that has no
    words, when `needed`.
    """
    texts = localized(given, "--text")
    required = session.console().organisation.locales
    if not texts and needed and session.can_ask and not session.json:
        texts = _edit(_draft(session, draft), required)
    missing = [locale for locale in required if not texts.get(locale)]
    if missing and (needed or texts):
        options = " ".join(f"--text {locale}=…" for locale in missing)
        raise Held(
            f"Held: the words are missing in {', '.join(missing)}. Nothing was sent. Add: {options}", missing=missing
        )
    return texts


def forget(session: Session, draft: str) -> None:
    """What was written has gone its way."""
    _draft(session, draft).unlink(missing_ok=True)


def _draft(session: Session, name: str) -> Path:
    return session.console().workspace / "drafts" / f"{name}.txt"


def _edit(file: Path, locales: Sequence[str]) -> dict[str, str]:
    """One page with a part per language, as it was left the last time. The hint at its top falls out."""
    hint = f"{_HINT} {file.stem}, one part for each language. Save and leave to go on; an empty part holds it back."
    page = "\n".join([hint, *(f"{_MARK.format(locale)}\n\n" for locale in locales)])
    kept = file.read_text(encoding="utf-8") if file.is_file() else ""
    try:
        written = click.edit(kept or page, extension=".txt") or kept
    except click.ClickException as error:
        raise BadValue(f"{error.message}. Give the words with --text LOCALE=…, or set EDITOR.") from error
    _keep(file, written)
    parts = re.split(r"^#=== ([A-Za-z0-9-]+) ===$", written, flags=re.MULTILINE)
    return {locale: _without_hints(text) for locale, text in zip(parts[1::2], parts[2::2], strict=True)}


def _keep(file: Path, text: str) -> None:
    """Keeps a draft for this user's eyes only. Where that cannot be done, the words still go on."""
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
    except OSError:
        return


def _without_hints(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith(_HINT)).strip()
