"""From a file's text to a Playbook, or to every mistake in it at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from incident import registry
from incident.errors import Mistake, Mistakes
from incident.playbook import calls
from incident.playbook.building import lineage, steps_of
from incident.playbook.checks import CHECKS
from incident.playbook.clock_sections import resolved
from incident.playbook.draft import Draft
from incident.playbook.model import HANDLERS, NOTICES, Playbook, Step
from incident.playbook.sections import file_section
from incident.playbook.source import read_text
from incident.playbook.vocabulary import Vocabulary
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


def reload(text: str, file: str, vocabulary: Vocabulary, called: Mapping[str, str]) -> Playbook:
    """The playbook of a run's snapshot; `called` are the texts of those that it calls, from the same snapshot. It had
    no mistakes when the run began; what has vanished since (a channel, a person) must not stop a run in the night: it
    is told where it is used. Raises Mistakes only for what is no playbook.
    """
    draft, mistakes = _read(text, file, replace(vocabulary, playbooks=called), lenient=True)
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


def warnings(playbook: Playbook, today: date) -> list[Mistake]:
    """What does not stop a playbook, but should be looked at by day."""
    if playbook.review_by is None or playbook.review_by >= today:
        return []
    what = f"'{playbook.id}' was to be reviewed by {playbook.review_by}; review it and move the day."
    return [Mistake(playbook.file, 0, 0, "review_overdue", what)]


def _read(
    text: str, file: str, vocabulary: Vocabulary, *, above: tuple[str, ...] = (), lenient: bool = False
) -> tuple[Draft | None, list[Mistake]]:
    """The file as read, and its mistakes. `above` are the playbooks through whose calls we came here; with `lenient`
    the mistakes of what is called keep nobody from using it, and its tests are left unread: a run needs none."""
    reader = Reader(file)
    draft = None
    node = parse(text, file, reader.mistakes)
    if node is not None and lenient and node.kind == "map":
        node = replace(node, value={name: one for name, one in node.value.items() if name != "tests"})
    if node is not None:
        values = file_section(vocabulary.step_types).read(node, "", reader)
        if node.kind == "map":
            called = _called(reader, vocabulary, (*above, str(values["id"])), lenient)
            values["roles"] = calls.merged(values["roles"], called)
            draft = Draft(values=values, reader=reader, vocabulary=vocabulary, called=called)
            _check_file_name(draft, file)
            for check in CHECKS:
                check(draft)
    return draft, _told(reader.mistakes)


def _called(reader: Reader, vocabulary: Vocabulary, above: tuple[str, ...], lenient: bool) -> dict[str, Playbook]:
    """The playbooks that this one calls, by name; what is wrong with one is a mistake of the call."""
    found: dict[str, Playbook] = {}
    for use in [use for use in reader.uses if use.kind == "playbook" and use.value not in found]:
        name, known = use.value, vocabulary.playbooks
        if name in above:
            problem = ("call_circle", f"{' -> '.join((*above, name))}: playbooks that call each other never end.")
        elif len(above) > calls.DEEPEST:
            problem = ("call_depth", f"More than {calls.DEEPEST} playbooks call each other in a row; call fewer.")
        elif name not in known:
            problem = ("unknown_playbook", f"There is no playbook '{name}'. {registry.nearest(name, known)}")
        else:
            draft, mistakes = _read(known[name], f"{name}.yaml", vocabulary, above=above, lenient=lenient)
            if draft is not None and (lenient or not mistakes):
                found[name] = _playbook(draft, known[name])
                continue
            count = f"{len(mistakes)} mistake{'s' * (len(mistakes) != 1)}"
            problem = ("bad_playbook", f"'{name}' holds {count}: incident playbook lint tells them.")
        reader.mistakes.append(Mistake(reader.file, use.line, use.column, *problem))
    return found


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
    handlers = values.pop("handlers") or {}
    del values["finally"]
    return Playbook(
        **{
            **values,
            "case": values["case"] or values["id"],
            "steps": steps_of(draft, "steps"),
            "clocks": tuple(resolved(entry, draft.vocabulary.clocks) for entry in values["clocks"]),
            "handlers": {name: steps_of(draft, f"handlers.{name}") for name in HANDLERS if handlers.get(name)},
            "notices": _notices(draft),
            "hash": _hash(text, calls.texts_of(draft.called)),
            "text": text,
            "file": draft.reader.file,
        },
        finally_=steps_of(draft, "finally"),
        called=draft.called,
        lineage={one.id: lineage(one) for one in draft.steps},
    )


def _hash(text: str, called: Mapping[str, str]) -> str:
    """Of the text alone where nothing is called, so that anybody can compare it with the file."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass"))
    for name, other in sorted(called.items()):
        digest.update(f"\0{name}\0{other}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


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
