"""Kind `file`: writes deliveries to disk; for offline work, rehearsals, and pages that another program publishes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from incident.channel import turns
from incident.channel.document import status
from incident.channel.port import Deferred, Delivery, Finding, Outcome, Sent
from incident.channel.spec import ChannelSpec, Defaults, Described, Fault
from incident.now import Clock, iso
from incident.shape import Field, Reader, Text
from incident.yamlfile import Node

HELP = "Files in a folder: one JSON document a delivery (and its HTML beside it), or lines of one .jsonl file."


@dataclass(frozen=True, slots=True, kw_only=True)
class PathShape(Text):
    """A path, relative to the folder of incident.yaml -> Path, absolute."""

    hint: str = "a path, relative to the workspace"

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        text = Text.read(self, node, path, reader)
        return Path(reader.file).resolve().parent / Path(text).expanduser()


FIELDS: Mapping[str, Field] = {
    "path": Field(
        shape=PathShape(), help="A folder, or a file that ends in .jsonl; made when it is missing.", required=True
    ),
}

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def defaults(url: str) -> Defaults:
    """The file's name is made of the delivery's key: writing it again changes nothing, so `resend`."""
    return Defaults(reach="each", on_unknown="resend")


def mistakes(spec: ChannelSpec) -> Iterator[Fault]:
    path: Path = spec.options["path"]
    if path.suffix != ".jsonl" and path.is_file():
        yield Fault("path", "not_a_folder", f"'{path.name}' is a file; name a folder, or a file that ends in .jsonl.")


def open_channel(spec: ChannelSpec, clock: Clock) -> File:
    return File(spec, clock)


class File(Described):
    """A channel into the file system; readable by its owner only, for it holds addresses."""

    def __init__(self, spec: ChannelSpec, clock: Clock) -> None:
        super().__init__(spec)
        self._path: Path = spec.options["path"]
        self._clock = clock

    def send(self, deliveries: Iterable[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        return turns.take(deliveries, stopped, self._send)

    def check(self) -> list[Finding]:
        folder = self._path.parent if self._path.suffix == ".jsonl" else self._path
        standing = next(f for f in (folder, *folder.parents) if f.exists())
        if not standing.is_dir() or not os.access(standing, os.W_OK):
            return [Finding(level="wrong", message=f"'{self.name}': {standing} cannot be written to.")]
        return [Finding(level="ok", message=f"'{self.name}': {self._path} can be written.")]

    def close(self) -> None:
        """Nothing is kept open."""

    def _send(self, delivery: Delivery) -> Outcome:
        document = {"written_at": iso(self._clock()), **content(delivery)}
        try:
            if self._path.suffix == ".jsonl":
                _append(self._path, document)
            else:
                _write(self._path, _UNSAFE.sub("_", delivery.key), document, delivery.parts.get("html", ""))
        except OSError as error:
            return Deferred("storage", "", f"It cannot be written: {error.strerror}.")
        return Sent("", "written")


def content(delivery: Delivery) -> dict[str, Any]:
    """A delivery as plain data, for whoever reads the files."""
    return {
        "key": delivery.key,
        "recipient": delivery.recipient,
        "address": delivery.address,
        "locale": delivery.locale,
        "medium": delivery.medium,
        "thread": delivery.thread,
        "status": status(delivery),
        "unsubscribe_url": delivery.unsubscribe_url,
        "parts": dict(delivery.parts),
    }


def _append(path: Path, document: Mapping[str, Any]) -> None:
    """One line, in one write: lines of two processes do not mix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(document, ensure_ascii=False) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def _write(folder: Path, name: str, document: Mapping[str, Any], html: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if html:
        _whole(folder / f"{name}.html", html)
    _whole(folder / f"{name}.json", json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _whole(path: Path, text: str) -> None:
    """All of it or nothing, under its final name."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
