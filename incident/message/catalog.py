"""The messages there are: folders of files, the workspace's before the shipped ones.

    templates/<message>/message.yaml              what the message is (metadata.py)
    templates/<message>/<locale>/<medium>.j2      its words; social.<network>.j2 where one network differs
    templates/words/<case>/<locale>.yaml          what happened, per case (sheet.py)
    templates/layout/                             what all messages share

A file of the workspace hides the shipped file of the same path; a new locale is a new folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from incident import registry
from incident.errors import Mistake, Mistakes, NotFound
from incident.message import metadata, sheet
from incident.message.locale import chain
from incident.message.metadata import Metadata
from incident.message.sheet import Sheet

if TYPE_CHECKING:  # a list of messages needs no template engine
    from incident.expression import Source

SHIPPED = Path(__file__).resolve().parent.parent / "templates"
LAYOUT, WORDS, GENERAL = "layout", "words", "general"
EXERCISE = "[EXERCISE]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message set: one notice in all its locales and media. `files` is {locale: names without .j2}."""

    name: str
    about: Metadata
    files: Mapping[str, frozenset[str]]

    @property
    def locales(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def media(self, locale: str) -> tuple[str, ...]:
        """The media that this locale has, in the order of message.yaml, then the others."""
        there = {stem.partition(".")[0] for stem in self.files.get(locale, ())}
        return (*(m for m in self.about.media if m in there), *sorted(there - set(self.about.media)))

    def template(self, locale: str, medium: str, network: str = "") -> str | None:
        """The template's name: the network's own file before the medium's, in the nearest locale; None: none."""
        for candidate in chain(locale):
            stems = self.files.get(candidate, frozenset())
            for stem in (f"{medium}.{network}", medium):
                if stem in stems:
                    return f"{self.name}/{candidate}/{stem}.j2"
        return None


@dataclass(frozen=True, slots=True)
class Catalog:
    """`folders`, the first hides the later ones. Files are read when asked for."""

    folders: tuple[Path, ...]

    @classmethod
    def open(cls, folders: Sequence[Path] = (SHIPPED,)) -> Catalog:
        return cls(tuple(folder for folder in folders if folder.is_dir()))

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({file.parent.name for folder in self.folders for file in folder.glob("*/message.yaml")}))

    def get(self, name: str) -> Message:
        """Raises NotFound with the names there are, Mistakes when its message.yaml is wrong."""
        file = self.file(f"{name}/message.yaml") if name in self.names() else None
        if file is None:
            raise NotFound(f"There is no message '{name}'. {registry.nearest(name, self.names())}")
        mistakes: list[Mistake] = []
        about = metadata.read(file, mistakes)
        if about is None:
            raise Mistakes("\n".join(["The message cannot be read:", *map(str, mistakes)]), mistakes)
        return Message(name=name, about=about, files=self._files(name))

    def cases(self) -> tuple[str, ...]:
        """The cases that have words."""
        return tuple(sorted({file.parent.name for folder in self.folders for file in folder.glob(f"{WORDS}/*/*.yaml")}))

    def word_locales(self, case: str) -> tuple[str, ...]:
        return tuple(sorted({f.stem for folder in self.folders for f in folder.glob(f"{WORDS}/{case}/*.yaml")}))

    def case_for(self, case: str, kind: str) -> str:
        """Whose words are used: the case's own, else its kind's, else `general`."""
        known = self.cases()
        return next((name for name in (case, kind.replace("_", "-")) if name in known), GENERAL)

    def words(self, case: str, locale: str) -> Sheet | None:
        """The words of a case in the nearest locale. Raises Mistakes for a broken file; None: there are none."""
        return self._sheet(f"{WORDS}/{case}", locale)

    def phrases(self, locale: str) -> Sheet | None:
        """The shared phrases in the nearest locale. Raises Mistakes for a broken file; None: there are none."""
        return self._sheet(LAYOUT, locale)

    def exercise(self, locale: str) -> str:
        """The mark of a drill in the nearest locale; where there is none, in English: a drill is never unmarked."""
        sheet = self.phrases(locale) if locale else None
        return "".join(sheet.values.get("drill", ())) if sheet else EXERCISE

    def file(self, name: str) -> Path | None:
        """The file of that path in the first folder that has it; never one outside the folders."""
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            return None
        return next((folder / path for folder in self.folders if (folder / path).is_file()), None)

    def source(self, name: str) -> Source | None:
        """A template as its environment wants it: the text, the file, and whether the file is unchanged since."""
        file = self.file(name)
        if file is None or file.suffix != ".j2":
            return None
        seen = file.stat().st_mtime_ns
        return file.read_text(encoding="utf-8"), str(file), lambda: self.file(name) == file and _changed(file) == seen

    def _files(self, name: str) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for folder in self.folders:
            for file in folder.glob(f"{name}/*/*.j2"):
                found.setdefault(file.parent.name, set()).add(file.stem)
        return {locale: frozenset(stems) for locale, stems in found.items()}

    def _sheet(self, folder: str, locale: str) -> Sheet | None:
        for candidate in chain(locale):
            file = self.file(f"{folder}/{candidate}.yaml")
            if file is not None:
                return _read_sheet(file, _changed(file))
        return None


def _changed(file: Path) -> int:
    return file.stat().st_mtime_ns


@lru_cache(maxsize=256)
def _read_sheet(file: Path, _seen: int) -> Sheet:
    mistakes: list[Mistake] = []
    found = sheet.read(file, mistakes)
    if found is None:
        raise Mistakes("\n".join(["The words cannot be read:", *map(str, mistakes)]), mistakes)
    return found
