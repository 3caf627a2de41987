"""What does not make sense in a playbook's clocks, or in a rule file. Pure: values in, sentences out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from incident.playbook.clock_sections import resolved
from incident.playbook.vocabulary import Vocabulary

Wrong = tuple[str, str, str]
"""Path of the value, code, sentence."""


def named(entries: Sequence[Mapping[str, Any]], vocabulary: Vocabulary) -> set[str]:
    """The clocks that can be named here: those of rule files, and the playbook's own."""
    return {*vocabulary.clocks, *(entry["id"] for entry in entries if "id" in entry)}


def mistakes(
    entries: Sequence[Mapping[str, Any]], vocabulary: Vocabulary, roles: Collection[str], names: Collection[str]
) -> Iterator[Wrong]:
    """Of the section `clocks`. `roles` and `names` are what the playbook declares."""
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        used, at = resolved(entry, vocabulary.clocks), f"clocks[{index}]"
        key = f"{at}.{'use' if 'use' in entry else 'id'}"
        if used.id in seen:
            yield key, "duplicate_clock", f"The clock '{used.id}' stands twice; keep one."
        seen.add(used.id)
        if "use" not in entry:
            yield from ((f"{at}.{field}", code, what) for field, code, what in sense(entry))
        elif used.applies_when is not None and entry["applies_when"] is None:
            strange = ", ".join(sorted(used.applies_when.names - set(names)))
            if strange:
                what = f"The rule of '{used.id}' asks for {strange}, which nothing here is called"
                yield key, "unknown_name", f"{what}; give it an 'applies_when' of your own."
        if used.rule is not None and not entry["escalate_to"]:
            for target in used.rule.escalate_to:
                if target not in roles and target not in vocabulary.people:
                    what = f"'{used.id}' calls {target}, who is neither a role here nor a person"
                    yield key, "unknown_target", f"{what}; add the role, or an 'escalate_to'."


def sense(values: Mapping[str, Any]) -> Iterator[Wrong]:
    """Of one rule: (field, code, sentence) of what does not fit together."""
    further = ((f"no_later_than[{index}].", one.anchor, one.of) for index, one in enumerate(values["no_later_than"]))
    for above, anchor, of in (("", values["anchor"], values["of"]), *further):
        if anchor == "submission" and not of:
            yield f"{above}anchor", "bad_clock", "The submission of which clock? Add 'of' with its id."
        elif anchor != "submission" and of:
            yield f"{above}of", "bad_clock", "'of' goes with anchor: submission; remove it, or change the anchor."
        elif of and of == values["id"]:
            yield f"{above}of", "bad_clock", "A clock cannot wait for its own submission; name another one."
    if values["anchor"] == "submission" and values["applies_when"] is not None:
        yield "applies_when", "bad_clock", "This clock is started by the submission of another; remove 'applies_when'."
