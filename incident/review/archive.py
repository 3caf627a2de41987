"""One file out of a folder, byte for byte the same whenever the folder is: no times, no owners, names in order."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from incident.errors import BadValue

SUFFIXES = (".tar.gz", ".tgz", ".zip")
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say."""


def check_target(target: Path) -> None:
    """Raises BadValue for a name of no known kind, and for a file that is there."""
    if not target.name.endswith(SUFFIXES):
        raise BadValue(f"{target} must end with {', '.join(SUFFIXES)}.")
    if target.exists():
        raise BadValue(f"{target} exists already; name a new file.")


def pack(folder: Path, target: Path) -> None:
    """Packs `folder` under its own name. The file is private, and has its name only when it is whole.

    Raises BadValue when it cannot be written.
    """
    partial = target.with_name(f".{target.name}.part")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600), "wb") as raw:
            if target.suffix == ".zip":
                _zip(folder, raw)
            else:
                _tar(folder, raw)
            raw.flush()
            os.fsync(raw.fileno())
        partial.rename(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadValue(f"{target} cannot be written: {error.strerror}.") from error


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        yield file, f"{folder.name}/{file.relative_to(folder).as_posix()}"


def _tar(folder: Path, raw: object) -> None:
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,  # type: ignore[call-overload]
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for file, name in _files(folder):
            told = tarfile.TarInfo(name)
            told.size, told.mode = file.stat().st_size, 0o644
            with file.open("rb") as source:
                archive.addfile(told, source)


def _zip(folder: Path, raw: object) -> None:
    with zipfile.ZipFile(raw, "w") as archive:  # type: ignore[call-overload]
        for file, name in _files(folder):
            told = zipfile.ZipInfo(name, _FIRST_DAY)
            told.compress_type, told.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with file.open("rb") as source, archive.open(told, "w", force_zip64=True) as to:
                shutil.copyfileobj(source, to)
