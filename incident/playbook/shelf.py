"""Where playbooks stand: the workspace's folder hides shipped files of the same name. No folders inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import incident
from incident import registry
from incident.errors import NotFound
from incident.playbook.source import read_text

SHIPPED = Path(incident.__file__).resolve().parent / "playbooks"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Folders of playbooks, the first one wins."""

    folders: Sequence[Path]

    def files(self) -> dict[str, Path]:
        """Each playbook's name and file, sorted by name."""
        found: dict[str, Path] = {}
        for folder in reversed(self.folders):
            found.update({file.stem: file for file in folder.glob("*.yaml") if file.is_file()})
        return dict(sorted(found.items()))

    def texts(self) -> Mapping[str, str]:
        """The text of each playbook by name, read when it is asked for."""
        return _Texts(self.files())

    def find(self, name: str) -> Path:
        """The file of one playbook. Raises NotFound with the nearest name."""
        files = self.files()
        if name not in files:
            raise NotFound(f"There is no playbook '{name}'. {registry.nearest(name, files)}", known=list(files))
        return files[name]


class _Texts(Mapping[str, str]):
    """A file that cannot be read is as if it were not there; lint tells more."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files

    def __getitem__(self, name: str) -> str:
        text, mistakes = read_text(self._files[name])
        if mistakes:
            raise KeyError(name)
        return text

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def shelf(workspace: Path) -> Shelf:
    """The playbooks of a workspace: its own, then those that come with the program."""
    return Shelf((workspace / "playbooks", SHIPPED))
