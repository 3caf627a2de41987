"""Tells each shipped playbook in five lines, from its own file: the part `shipped` of playbooks.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from incident.playbook.shelf import SHIPPED
from incident.yamlfile import parse

Step = Mapping[str, Any]


def shipped() -> str:
    """When to declare each, what it does at once, what it asks, what it watches, and what is left to do afterwards."""
    books = [_read(file.name) for file in sorted(SHIPPED.glob("*.yaml"))]
    return "\n".join("\n".join(_told(book)) for book in books)


def _read(name: str) -> Mapping[str, Any]:
    node = parse((SHIPPED / name).read_text(encoding="utf-8"), name, [])
    if node is None:
        raise ValueError(f"{name} cannot be read; run: incident playbook lint")
    found: Mapping[str, Any] = node.plain()
    return found


def _told(book: Mapping[str, Any]) -> Iterator[str]:
    steps = book["steps"]
    after = _after(steps) | {step["id"] for step in book.get("finally", ())}
    yield f"### {book['id']}\n"
    yield f"- **When:** {_en(book['description'])} {_known(book.get('params', ()))}"
    yield f"- **At once:** {_notice(steps[0])}; pages {_comma(_paged(steps))}."
    yield f"- **It asks:** {_asked(steps)}"
    yield f"- **Work meanwhile:** {_work(step for step in steps if step['id'] not in after)}"
    yield f"- **Afterwards:** {_work(step for step in [*steps, *book.get('finally', ())] if step['id'] in after)}\n"


def _known(params: Sequence[Mapping[str, Any]]) -> str:
    needed = [f"`{param['name']}`" for param in params if param.get("required")]
    useful = [f"`{param['name']}`" for param in params if not param.get("required")]
    must = f"Needs {_comma(needed)}; m" if needed else "M"
    return f"{must}ay be told {_comma(useful)}."


def _notice(step: Step) -> str:
    approval = step["approval"]
    who = " or ".join(approval["by"])
    rest = f"{who} approves it within {approval['within']}, else the holding statement goes out"
    when = f" (when `{step['when']}`)" if "when" in step else ""
    return f"{_en(step['title'])}{when}: {rest}"


def _paged(steps: Sequence[Step]) -> list[str]:
    targets = [step["to"] for step in steps if step["type"] == "page" and step.get("needs") == []]
    return list(dict.fromkeys(one for to in targets for one in ([to] if isinstance(to, str) else to)))


def _asked(steps: Sequence[Step]) -> str:
    return " ".join(f"{_en(step['title'])} ({step['assignee']}{again})" for step, again in _all(steps, "ask"))


def _work(steps: Iterator[Step]) -> str:
    return _comma([f"`{step['id']}`{again}" for step, again in _all(list(steps), "task", "approve")]) + "."


def _all(steps: Sequence[Step], *types: str) -> Iterator[tuple[Step, str]]:
    """Each step of these types, also one that is repeated, with how often."""
    for step in steps:
        inner = [(one, f" every {step['every']}") for one in step.get("steps", ()) if "every" in step]
        yield from ((one, again) for one, again in [(step, ""), *inner] if one["type"] in types)


def _after(steps: Sequence[Step]) -> set[str]:
    """The steps behind the wait for the recovery, directly or through others."""
    found = {step["id"] for step in steps if step["type"] == "wait" and "phase" in step.get("until", "")}
    for step in steps:
        needs = step.get("needs", ())
        if set([needs] if isinstance(needs, str) else needs) & found:
            found.add(step["id"])
    return found


def _en(text: str | Mapping[str, str]) -> str:
    return text if isinstance(text, str) else text["en"]


def _comma(words: Sequence[str]) -> str:
    return ", ".join(words)
