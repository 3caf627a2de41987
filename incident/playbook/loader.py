"""From a file's text to a Playbook, or to every mistake in it at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from incident.errors import Mistake, Mistakes
from incident.playbook.checks import CHECKS, Draft
from incident.playbook.clock_sections import resolved
from incident.playbook.model import NOTICES, Defaults, Playbook, Step
from incident.playbook.sections import STEP, file_section
from incident.playbook.vocabulary import StepType, Vocabulary
from incident.shape import Reader
from incident.yamlfile import parse


def load(text: str, file: str, vocabulary: Vocabulary) -> Playbook:
    """The playbook in `text`. Raises Mistakes with all of them, each with line and column."""
    draft, mistakes = _read(text, file, vocabulary)
    if draft is None or mistakes:
        head = f"{file} holds {len(mistakes)} mistake{'s' * (len(mistakes) != 1)}:"
        raise Mistakes("\n".join([head, *map(str, mistakes)]), mistakes)
    return _playbook(draft, text)


def load_file(path: Path, vocabulary: Vocabulary) -> Playbook:
    """The playbook in a file. Raises Mistakes, also when the file cannot be read."""
    text, mistakes = read_text(path)
    if mistakes:
        raise Mistakes(str(mistakes[0]), mistakes)
    return load(text, str(path), vocabulary)


def reload(text: str, file: str, vocabulary: Vocabulary) -> Playbook:
    """The playbook of a run's snapshot. It had no mistakes when the run began; what has vanished since (a channel, a
    person) must not stop a run in the night: it is told where it is used. Raises Mistakes only for what is no playbook.
    """
    draft, mistakes = _read(text, file, vocabulary)
    if draft is None:
        raise Mistakes(f"{file} cannot be read any more.", mistakes)
    return _playbook(draft, text)


def lint(text: str, file: str, vocabulary: Vocabulary) -> list[Mistake]:
    """Every mistake, in the order of the file; empty when `load` would succeed."""
    return _read(text, file, vocabulary)[1]


def lint_file(path: Path, vocabulary: Vocabulary) -> list[Mistake]:
    """As `lint`; a file that cannot be read is a mistake too."""
    text, mistakes = read_text(path)
    return mistakes or lint(text, str(path), vocabulary)


def read_text(path: Path) -> tuple[str, list[Mistake]]:
    """The text of a file, or the one mistake that kept us from reading it."""
    try:
        if not path.is_file():  # a pipe or a device would keep us waiting for ever
            return "", [Mistake(str(path), 0, 0, "unreadable", "This is not a file; name a YAML file.")]
        return path.read_text(encoding="utf-8-sig"), []
    except UnicodeDecodeError:
        return "", [Mistake(str(path), 1, 1, "not_utf8", "The file is not UTF-8; save it as UTF-8.")]
    except OSError as error:
        return "", [Mistake(str(path), 0, 0, "unreadable", f"The file cannot be read: {error.strerror}.")]


def warnings(playbook: Playbook, today: date) -> list[Mistake]:
    """What does not stop a playbook, but should be looked at by day."""
    if playbook.review_by is None or playbook.review_by >= today:
        return []
    what = f"'{playbook.id}' was to be reviewed by {playbook.review_by}; review it and move the day."
    return [Mistake(playbook.file, 0, 0, "review_overdue", what)]


def _read(text: str, file: str, vocabulary: Vocabulary) -> tuple[Draft | None, list[Mistake]]:
    reader = Reader(file)
    draft = None
    node = parse(text, file, reader.mistakes)
    if node is not None:
        values = file_section(vocabulary.step_types).read(node, "", reader)
        if node.kind == "map":
            draft = Draft(values=values, reader=reader, vocabulary=vocabulary)
            _check_file_name(draft, file)
            for check in CHECKS:
                check(draft)
    return draft, _told(reader.mistakes)


def _told(mistakes: list[Mistake]) -> list[Mistake]:
    """In the order of the file, each once; where the YAML itself is misread, what follows from that is not told too."""
    misread = {(m.line, m.column) for m in mistakes if m.code.startswith("yaml_")}
    own = {m for m in mistakes if m.code.startswith("yaml_") or (m.line, m.column) not in misread}
    return sorted(own, key=lambda m: (m.line, m.column, m.code, m.message))


def _check_file_name(draft: Draft, file: str) -> None:
    """The id is the file's name: so a workspace's file hides the shipped one, and people find what they declare."""
    id, stem = draft.values["id"], Path(file).stem
    if id and id != stem:
        what = f"The id is '{id}' but the file is called '{stem}'; make them the same."
        draft.reader.wrong_at("id", "id_not_file_name", what)


def _playbook(draft: Draft, text: str) -> Playbook:
    values = dict(draft.values)
    del values["schema"]
    needs = draft.needs
    types = draft.vocabulary.step_types
    steps = tuple(_step(step, types[step["type"]], needs[step["id"]], values["defaults"]) for step in draft.steps)
    return Playbook(
        **{
            **values,
            "case": values["case"] or values["id"],
            "steps": steps,
            "clocks": tuple(resolved(entry, draft.vocabulary.clocks) for entry in values["clocks"]),
            "notices": _notices(draft),
            "hash": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
            "text": text,
            "file": draft.reader.file,
        }
    )


def _step(values: Mapping[str, Any], kind: StepType, needs: tuple[str, ...], defaults: Defaults) -> Step:
    common = {name: values[name] for name in STEP}
    inherited = {
        "needs": needs,
        "timeout": common["timeout"] or defaults.timeout,
        "on_timeout": common["on_timeout"] or defaults.on_timeout,
        "on_error": common["on_error"] or defaults.on_error,
    }
    fields = {name: values[name] for name in kind.fields}
    return Step(**{**common, **inherited}, fields=fields, line=values["line"])


def _notices(draft: Draft) -> dict[str, Step]:
    """All three, declared or not: the message of that name, to whoever received one before, by every channel."""
    announce = draft.vocabulary.step_types.get("announce")
    if announce is None:
        return {}
    bare = {name: declared.default for name, declared in announce.fields.items()}
    told = draft.values["notices"]
    return {name: _notice(name, bare, told.get(name) or {}, draft) for name in NOTICES}


def _notice(name: str, bare: Mapping[str, Any], told: Mapping[str, Any], draft: Draft) -> Step:
    fields = {**bare, **{key: told[key] for key in bare if key in told}}
    fields["template"] = fields.get("template") or name
    fields["audience"] = fields.get("audience") or "received_any()"
    return Step(
        id=f"notice.{name}",
        type="announce",
        title=told.get("title") or {},
        on_error=told.get("on_error") or draft.values["defaults"].on_error,
        note=told.get("note"),
        fields=fields,
        line=draft.reader.place(f"notices.{name}")[0],
    )
