"""The only door to jinja2: sandboxed conditions, and the environment that messages are rendered in.

Playbooks and templates are written by staff, yet are treated as text from outside: no Python attribute, no import,
no global function, no endless arithmetic; an unknown name is an error, never an empty string.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.sandbox import ImmutableSandboxedEnvironment

TemplateError = jinja2.TemplateError
Undefined = jinja2.StrictUndefined

_LARGEST = 1_000_000
_LONGEST = 10_000
_REMEMBERED = 4_096
"""Compiled texts that are kept: a worker reads the same playbooks again and again."""

_PADDING = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs"})  # 'x'.center(10 ** 9) would eat the memory

_UNREADABLE = (jinja2.TemplateError, RecursionError, SyntaxError, ValueError, OverflowError, MemoryError)
"""What compiling a text from outside raises: jinja2's own, and Python's limits on brackets, digits and depth."""


class ExpressionError(ValueError):
    """An expression or template that does not compile or cannot be evaluated. The text says why, in one line."""


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda one, many: one in many,
    "notin": lambda one, many: one not in many,
}
_ORDERED = frozenset({"lt", "lteq", "gt", "gteq"})


class _Comparing(CodeGenerator):
    """Comparisons of size and membership go through the sandbox: what nobody has answered is no mistake."""

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:
        if all(operand.op in ("eq", "ne") for operand in node.ops):
            super().visit_Compare(node, frame)
            return
        self.write("environment.compared(")
        self.visit(node.expr, frame)
        for operand in node.ops:
            self.write(f", {operand.op!r}, ")
            self.visit(operand.expr, frame)
        self.write(")")


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, with nothing global in it and arithmetic that cannot eat the machine.

    `none` is what nobody has answered: it is neither more nor less than anything, and holds nothing.
    """

    intercepted_binops = frozenset(["*", "**", "%"])
    code_generator_class = _Comparing

    def __init__(self, **options: Any) -> None:
        super().__init__(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, **options)
        self.globals.clear()
        for name in ("attr", "pprint", "xmlattr", "random", "filesizeformat", "map", "tojson", "center", "format"):
            self.filters.pop(name, None)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return attr not in _PADDING and super().is_safe_attribute(obj, attr, value)

    @staticmethod
    def compared(left: Any, *rest: Any) -> bool:
        """`left`, then operators and values in turn, as in `1 < a <= 3`."""
        for name, right in zip(rest[::2], rest[1::2], strict=True):
            if not _holds(name, left, right):
                return False
            left = right
        return True

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if not numbers or abs(left) > _LARGEST or abs(right) > (64 if operator == "**" else _LARGEST):
            raise jinja2.exceptions.SecurityError(f"'{operator}' is for small numbers only")
        return super().call_binop(context, operator, left, right)


def _holds(name: str, left: Any, right: Any) -> bool:
    if name in _ORDERED and (left is None or right is None):
        return False
    if name in ("in", "notin") and right is None:
        return name == "notin"
    return bool(_COMPARED[name](left, right))


def _told(value: Any) -> Any:
    """What nobody has answered is written as nothing."""
    return "" if value is None else value


_SANDBOX = Sandbox(finalize=_told)


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition or value such as `steps['failover'].choice == 'go'`, compiled once.

    `names` are the variables that it reads. Two expressions are equal when their text is.
    """

    text: str
    names: frozenset[str] = field(compare=False)
    _run: Callable[..., Any] = field(compare=False, repr=False)

    def evaluate(self, variables: Mapping[str, Any]) -> Any:
        """Its value over `variables`. Raises ExpressionError for an unknown name or a failing operation."""
        try:
            value = self._run(**variables)
            if isinstance(value, jinja2.Undefined):
                str(value)  # a strict undefined raises, with the name in its sentence
            return value
        except ExpressionError:
            raise
        except Exception as error:  # whatever user-written arithmetic can raise: one kind of mistake to the caller
            raise ExpressionError(f"'{self.text}' cannot be evaluated: {error}") from error

    def holds(self, variables: Mapping[str, Any]) -> bool:
        """Whether it is true. Raises ExpressionError as `evaluate` does, also when its truth is unknown."""
        value = self.evaluate(variables)
        try:
            return bool(value)
        except Exception as error:
            raise ExpressionError(f"'{self.text}' is neither true nor false: {error}") from error


@lru_cache(maxsize=_REMEMBERED)
def compile_expression(text: str) -> Expression:
    """Compiles a bare expression (no braces), once for each text. Raises ExpressionError with the reason."""
    _check_length(text)
    if "{{" in text or "{%" in text:
        raise ExpressionError("write the bare expression, without {{ }} or {% %}")
    try:
        run = _SANDBOX.compile_expression(text, undefined_to_none=False)
        names = meta.find_undeclared_variables(_SANDBOX.parse("{{ (" + text + ") }}"))
    except _UNREADABLE as error:
        raise ExpressionError(f"'{_shown(text)}' is not an expression: {_shown(str(error))}") from error
    return Expression(text, frozenset(names), run)


def _check_length(text: str) -> None:
    if len(text) > _LONGEST:
        raise ExpressionError(f"'{_shown(text)}' is too long: {len(text)} characters, at most {_LONGEST}")


def _shown(text: str) -> str:
    """One line, short enough for a sentence."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= 120 else line[:117] + "..."


@dataclass(frozen=True, slots=True)
class Inline:
    """A short text with `{{ }}` in it (a title, an argument), compiled once; rendered once, never rendered again.

    Three of four texts hold no brace at all: they need no template, and are what they say."""

    text: str
    names: frozenset[str] = field(compare=False)
    _template: jinja2.Template | None = field(compare=False, repr=False)

    def render(self, variables: Mapping[str, Any]) -> str:
        """Raises ExpressionError for an unknown name or a failing operation."""
        if self._template is None:
            return self.text
        try:
            return self._template.render(variables)
        except Exception as error:
            raise ExpressionError(f"'{self.text}' cannot be rendered: {error}") from error


@lru_cache(maxsize=_REMEMBERED)
def compile_inline(text: str, sandbox: Sandbox = _SANDBOX) -> Inline:
    """Compiles a text with `{{ }}` (plain text, nothing escaped), once for each. Raises ExpressionError with the
    reason."""
    if _is_literal(text):
        return Inline(text, frozenset(), None)
    try:
        template = sandbox.from_string(text)
        names = meta.find_undeclared_variables(sandbox.parse(text))
    except _UNREADABLE as error:
        raise ExpressionError(f"'{_shown(text)}' is not a template: {_shown(str(error))}") from error
    return Inline(text, frozenset(names), template)


def _is_literal(text: str) -> bool:
    """Whether Jinja2 would give the text back as it is: nothing in braces, and no line ends that it writes anew."""
    return "{" not in text and "\r" not in text


@lru_cache(maxsize=_REMEMBERED)
def paths(text: str, *, inline: bool = False) -> frozenset[tuple[str, ...]]:
    """Every constant path that a compiled text reads, with its beginnings: `steps['a'].choice` gives
    `("steps", "a")` and `("steps", "a", "choice")`. For lint: it tells a mistyped step or field before the night."""
    tree = _SANDBOX.parse(text if inline else "{{ (" + text + ") }}")
    found = (_path(node) for node in tree.find_all((nodes.Getattr, nodes.Getitem)))
    return frozenset(path for path in found if path)


def _path(node: nodes.Node) -> tuple[str, ...]:
    """The path of one attribute or item, empty when a part of it is computed."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        key = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
        if not isinstance(key, str):
            return ()
        parts.append(key)
        node = node.node
    return (node.name, *reversed(parts)) if isinstance(node, nodes.Name) else ()


Source = tuple[str, str, Callable[[], bool]]
"""A template's text, its file (for mistakes), and whether that is still what the file says."""


def environment(
    *, filters: Mapping[str, Callable[..., Any]], loader: Callable[[str], Source | None], autoescape: bool = False
) -> Sandbox:
    """The sandboxed environment of message templates. `loader` finds a template by name, None if unknown."""
    sandbox = Sandbox(loader=jinja2.FunctionLoader(loader), autoescape=autoescape, trim_blocks=True, lstrip_blocks=True)
    sandbox.filters.update(filters)
    return sandbox


def read_names(source: str, sandbox: Sandbox) -> tuple[frozenset[str], frozenset[str]]:
    """(variables, dotted uses such as `organisation.name`) that a template's source reads; for lint."""
    if _is_literal(source):
        return frozenset(), frozenset()
    tree = sandbox.parse(source)
    dotted = set()
    for node in tree.find_all(nodes.Getattr):
        parts = [node.attr]
        inner: Any = node.node
        while isinstance(inner, nodes.Getattr):
            parts.append(inner.attr)
            inner = inner.node
        if isinstance(inner, nodes.Name):
            dotted.add(".".join([inner.name, *reversed(parts)]))
    return frozenset(meta.find_undeclared_variables(tree)), frozenset(dotted)
