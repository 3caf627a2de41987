"""A text without braces is compiled to itself: just what Jinja2 would have made of it."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from incident.expression import Sandbox, compile_inline, environment, read_names


def no_filters() -> Sandbox:
    filters: dict[str, Any] = {}
    return environment(filters=filters, loader=lambda _: None)


@given(st.text(alphabet=st.characters(exclude_characters="{", exclude_categories=["Cs"]), max_size=60))
@example("two\nlines\n")
@example("a %} b }} # not a comment #}\r\nand more\r")
@example("")
def test_a_text_without_braces_is_itself(text: str) -> None:
    sandbox = no_filters()
    inline = compile_inline(text, sandbox)
    assert inline.render({}) == sandbox.from_string(text).render()
    assert inline.names == frozenset()
    assert read_names(text, sandbox) == (frozenset(), frozenset())


def test_a_text_with_braces_is_a_template() -> None:
    sandbox = no_filters()
    assert compile_inline("{% if late %}soon{% endif %}{# aside #}", sandbox).render({"late": True}) == "soon"
    assert read_names("{{ organisation.name }}", sandbox) == (
        frozenset({"organisation"}),
        frozenset({"organisation.name"}),
    )
