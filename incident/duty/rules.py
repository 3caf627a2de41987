"""The rule files of regulatory clocks: playbooks/clocks/<id>.yaml; a workspace's file hides the shipped one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from incident import registry
from incident.errors import Mistake, Mistakes, NotFound
from incident.playbook.clock import ClockRule
from incident.playbook.clock_checks import sense
from incident.playbook.clock_sections import FILE
from incident.playbook.shelf import SHIPPED
from incident.playbook.source import read_text
from incident.shape import Reader, Section
from incident.yamlfile import parse

FOLDER = "clocks"
OLD = timedelta(days=365)
"""A rule that nobody has compared with its source for longer than this is doubtful: laws change."""


@dataclass(frozen=True, slots=True)
class RuleShelf(Mapping[str, ClockRule]):
    """Rules by id. A file is read when its rule is asked for; one that holds mistakes is as good as absent there, and
    `lint` tells them."""

    folders: tuple[Path, ...]
    _read: dict[str, ClockRule | None] = field(default_factory=dict, compare=False, repr=False)

    def files(self) -> dict[str, Path]:
        """Each rule's id and file, sorted by id."""
        found: dict[str, Path] = {}
        for folder in reversed(self.folders):
            found.update({file.stem: file for file in folder.glob("*.yaml") if file.is_file()})
        return dict(sorted(found.items()))

    def __getitem__(self, name: str) -> ClockRule:
        if name not in self._read:
            file = next((path for folder in self.folders if (path := folder / f"{name}.yaml").is_file()), None)
            self._read[name] = None if file is None else read(file)[0]
        rule = self._read[name]
        if rule is None:
            raise KeyError(name)
        return rule

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.files() if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def find(self, name: str) -> ClockRule:
        """Raises NotFound with the nearest id, or Mistakes when its file holds some."""
        if name in self:
            return self[name]
        if name in self.files():
            found = read(self.files()[name])[1]
            raise Mistakes("\n".join(["The clock cannot be read:", *map(str, found)]), found)
        raise NotFound(f"There is no clock '{name}'. {registry.nearest(name, self)}")


def shelf(workspace: Path) -> RuleShelf:
    """The rules of a workspace: its own, then those that come with the program."""
    return RuleShelf((workspace / "playbooks" / FOLDER, SHIPPED / FOLDER))


def read(file: Path) -> tuple[ClockRule | None, list[Mistake]]:
    """The rule of a file, or None with every mistake in it."""
    rule, reader = _read(file)
    return rule, _sorted(reader)


def lint(file: Path, known: Collection[str], templates: Collection[str]) -> list[Mistake]:
    """Every mistake of a rule file, also names of clocks and reports that do not exist."""
    rule, reader = _read(file)
    if rule is not None:
        further = [(f"no_later_than[{index}].of", limit.of) for index, limit in enumerate(rule.no_later_than)]
        for path, name in (("of", rule.of), *further):
            if name and name not in known:
                near = registry.nearest(name, known)
                reader.wrong_at(path, "unknown_clock", f"There is no clock '{name}'. {near}")
        if rule.template and rule.template not in templates:
            near = registry.nearest(rule.template, templates)
            what = f"There is no report '{rule.template}' under templates/report/. {near}"
            reader.wrong_at("template", "unknown_report", what)
    return _sorted(reader)


def _read(file: Path) -> tuple[ClockRule | None, Reader]:
    reader = Reader(str(file))
    text, unreadable = read_text(file)
    reader.mistakes += unreadable
    node = None if unreadable else parse(text, str(file), reader.mistakes)
    if node is None:
        return None, reader
    values = Section(fields=FILE, name="a clock: a mapping").read(node, "", reader)
    if node.kind == "map":
        for path, code, what in sense(values):
            reader.wrong_at(path, code, what)
        if values["id"] and values["id"] != file.stem:
            what = f"The id is '{values['id']}' but the file is called '{file.stem}'; make them the same."
            reader.wrong_at("id", "id_not_file_name", what)
    del values["schema"]
    return (None if reader.mistakes else ClockRule(**values)), reader


def _sorted(reader: Reader) -> list[Mistake]:
    return sorted(set(reader.mistakes), key=lambda one: (one.line, one.column, one.code))


def doubts(rule: ClockRule, file: Path, today: date) -> list[Mistake]:
    """What does not stop a rule, but should be looked at by day."""
    if rule.checked_on is not None and today - rule.checked_on <= OLD:
        return []
    what = f"'{rule.id}' was last checked against its source on {rule.checked_on}; compare it, then move the day."
    return [Mistake(str(file), 0, 0, "check_overdue", what)]
