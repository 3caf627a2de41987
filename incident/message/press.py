"""Prints templates: the sandboxed environments of one locale, and where in which file a template went wrong."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from incident.expression import ExpressionError, Inline, Sandbox, TemplateError, compile_inline, environment
from incident.message import marker
from incident.message.catalog import Catalog
from incident.message.cldr import Formats
from incident.message.medium import HEADERS, PARTS
from incident.message.sheet import Sheet

_NO_BLOCK = re.compile(r"TemplateReference object' has no attribute '(\w+)'")
_BLANKS = re.compile(r"(?<=\S) {2,}")


class TemplateWrong(Exception):
    """A template that cannot be rendered: file, line (0: unknown) and the reason in a few words."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = file, line, reason


def _lines(text: str) -> list[str]:
    """A filter: the lines that are not empty. Of HTML-safe text, HTML-safe lines."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class Press:
    """Two environments over the same files: `html` escapes what is data, `plain` does not."""

    def __init__(self, catalog: Catalog, formats: Formats) -> None:
        self.catalog = catalog
        self.filters: dict[str, Callable[..., Any]] = {
            "clock": formats.clock,
            "date": formats.day,
            "local": formats.local,
            "datetime": formats.moment,
            "number": formats.number,
            "or_else": marker.or_else,
            "lines": _lines,
        }
        self.plain = self._environment(autoescape=False)
        self.html = self._environment(autoescape=True)
        self._compiled: dict[str, Inline] = {}

    def _environment(self, *, autoescape: bool) -> Sandbox:
        return environment(filters=self.filters, loader=self.catalog.source, autoescape=autoescape)

    def parts(self, name: str, medium: str, variables: Mapping[str, Any]) -> dict[str, str]:
        """Every part of the medium, rendered. Raises TemplateWrong."""
        if len(PARTS[medium]) == 1:
            return {PARTS[medium][0]: _tidy(PARTS[medium][0], self._whole(name, variables))}
        plain = self._blocks(self.plain, name, variables)
        found = {}
        for part in PARTS[medium]:
            blocks = self._blocks(self.html, name, variables) if part == "html" else plain
            if part not in blocks:
                raise TemplateWrong(
                    self._file(name), 1, f"the part '{part}' is missing: add {{% block {part} %}}…{{% endblock %}}"
                )
            found[part] = _tidy(part, blocks[part])
        return found

    def sheet(self, sheet: Sheet, variables: Mapping[str, Any], name: str) -> dict[str, Any]:
        """The words of a sheet, each rendered once: data from here on. A text may read those above it, as `name.key`.

        Raises TemplateWrong."""
        written: dict[str, Any] = {}
        for key, text, line, _ in sheet.texts():
            try:
                said = self._inline(text).render({**variables, name: written}).strip()
            except ExpressionError as error:
                raise TemplateWrong(sheet.file, line, str(error)) from error
            written[key] = [*written.get(key, ()), said] if key in sheet.lists else said
        return written

    def _inline(self, text: str) -> Inline:
        if text not in self._compiled:
            self._compiled[text] = compile_inline(text, self.plain)
        return self._compiled[text]

    def _whole(self, name: str, variables: Mapping[str, Any]) -> str:
        try:
            return str(self.plain.get_template(name).render(variables))
        except Exception as error:
            raise self._wrong(name, error) from error

    def _blocks(self, sandbox: Sandbox, name: str, variables: Mapping[str, Any]) -> dict[str, str]:
        """The blocks that are parts of a medium, each rendered with the layout that the template extends."""
        wanted = {part for parts in PARTS.values() for part in parts}
        try:
            template = sandbox.get_template(name)
            context = template.new_context(dict(variables))
            try:
                for _ in template.root_render_func(context):  # gathers the blocks of the layouts above it
                    pass
                return {
                    part: "".join(context.blocks[part][0](context)) for part in sorted(wanted & context.blocks.keys())
                }
            except Exception:
                sandbox.handle_exception()  # raises it again, told in the template's own lines
        except Exception as error:
            raise self._wrong(name, error) from error

    def _wrong(self, name: str, error: Exception) -> TemplateWrong:
        if isinstance(error, TemplateError) and getattr(error, "lineno", None):
            return TemplateWrong(
                getattr(error, "filename", None) or self._file(name), getattr(error, "lineno", 0), str(error.message)
            )
        reason = f"there is no template '{error}'" if type(error).__name__ == "TemplateNotFound" else str(error)
        if block := _NO_BLOCK.search(reason):
            return TemplateWrong(
                self._file(name), 1, f"the block '{block[1]}' is missing: add {{% block {block[1]} %}}…"
            )
        own = [
            (f.filename, f.lineno or 0) for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith(".j2")
        ]
        file, line = own[-1] if own else (self._file(name), 0)
        return TemplateWrong(file, line, reason or type(error).__name__)

    def _file(self, name: str) -> str:
        return str(self.catalog.file(name) or name)


@lru_cache(maxsize=64)
def press(catalog: Catalog, formats: Formats) -> Press:
    """One press per catalog and locale: templates are compiled once in a process."""
    return Press(catalog, formats)


def _tidy(part: str, text: str) -> str:
    """Headers on one line; elsewhere no white space at the ends, one blank where words were left out, at most one
    empty line between paragraphs."""
    if part in HEADERS:
        return marker.one_line(text)
    kept: list[str] = []
    for line in (_BLANKS.sub(" ", line).rstrip() for line in text.strip().split("\n")):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept)
