"""Reads the text of a segment. The grammar is closed: no arithmetic, no attribute, no call but to a known source.

or         = and ("or" and)*
and        = not ("and" not)*
not        = "not" not | "(" or ")" | atom
atom       = "everyone" | "nobody" | "has" "(" address ")" | "users_of" "(" values ")" | "empty" "(" name ")"
           | source "(" values ")" | column ("==" | "!=") value | column ["not"] "in" (name | "(" values ")")
column     = "id" | "locale" | "region" | "segment"
address    = "email" | "phone" | "push"
value      = "'text'" | '"text"' (the quote itself is doubled) | name (a parameter)
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, NamedTuple

from incident.audience.condition import (
    COLUMNS,
    Call,
    Comparison,
    Condition,
    Constant,
    Either,
    Empty,
    Every,
    Has,
    Name,
    Not,
    SegmentError,
)
from incident.audience.recipient import ADDRESSES
from incident.registry import nearest

LONGEST = 4_000
"""Characters. A longer one is a mistake of a program; people use a list in a parameter."""

DEEPEST = 40

KEYWORDS = frozenset({"and", "or", "not", "in", "everyone", "nobody", "has", "users_of", "empty", *COLUMNS})

Kind = Literal["word", "text", "sign", "end"]


class Token(NamedTuple):
    kind: Kind
    text: str
    column: int


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    | (?P<sign>==|!=|\(|\)|,)
    )""",
    re.VERBOSE,
)

_HINTS = {
    "=": "compare with ==",
    "&": "write: and",
    "|": "write: or",
    "!": "write: not, or !=",
    "{": "write the bare name, without {{ }}",
    "'": "this quote is never closed",
    '"': "this quote is never closed",
    "‘": "use straight quotes: '…'",
    "’": "use straight quotes: '…'",
    "“": "use straight quotes: '…'",
    "”": "use straight quotes: '…'",
    "（": "use the half-width bracket (",
    "）": "use the half-width bracket )",
    "，": "use the half-width comma ,",
    "[": "write a list in ( )",
}


def read(text: str, sources: Collection[str]) -> Condition:
    """The condition that `text` says. Raises SegmentError with the column and what to write."""
    if len(text) > LONGEST:
        raise SegmentError(f"a segment has at most {LONGEST} characters; give long lists by a parameter")
    return _Parser(_tokens(text), sources).whole()


def _tokens(text: str) -> list[Token]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise SegmentError(f"'{text[at]}' is not understood: {_HINTS.get(text[at], 'see the grammar')}", at + 1)
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        tokens.append(Token(kind, match[kind], match.start(kind) + 1))
        at = match.end()
    tokens.append(Token("end", "", end + 1))
    return tokens


class _Parser:
    """Recursive descent over the tokens; `_at` is the next one."""

    def __init__(self, tokens: list[Token], sources: Collection[str]) -> None:
        self._tokens = tokens
        self._sources = sources
        self._at = 0
        self._depth = 0

    def whole(self) -> Condition:
        condition = self._or()
        if self._next.kind != "end":
            raise self._wrong("expected 'and', 'or' or the end")
        return condition

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self, *texts: str) -> Token | None:
        """The next token when it is one of these words or signs."""
        token = self._next
        if token.kind in ("word", "sign") and token.text in texts:
            self._at += 1
            return token
        return None

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._wrong(f"expected '{text}'")

    def _wrong(self, what: str) -> SegmentError:
        token = self._next
        found = "the end" if token.kind == "end" else token.text if token.kind == "text" else f"'{token.text}'"
        return SegmentError(f"{what}, found {found}", token.column)

    def _or(self) -> Condition:
        parts = [self._and()]
        while self._take("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _and(self) -> Condition:
        parts = [self._not()]
        while self._take("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _not(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise SegmentError(f"brackets and 'not' stand more than {DEEPEST} deep", self._next.column)
        try:
            if self._take("not"):
                return Not(self._not())
            if self._take("("):
                inside = self._or()
                self._expect(")")
                return inside
            return self._atom()
        finally:
            self._depth -= 1

    def _atom(self) -> Condition:
        token = self._next
        if token.kind != "word" or token.text in ("and", "or", "in"):
            raise self._wrong("expected a condition such as everyone or region == 'sh'")
        self._at += 1
        if token.text in ("everyone", "nobody"):
            return Constant(token.text == "everyone")
        if token.text == "has":
            return self._has()
        if token.text == "empty":
            return self._empty()
        if token.text == "users_of":
            return Comparison("segment", self._arguments(), many=True)
        for column in COLUMNS:
            if token.text == column:
                return self._comparison(column)
        if token.text in self._sources:
            return Call(token.text, self._arguments(least=0))
        known = {"everyone", "nobody", "has", "users_of", "empty", *COLUMNS, *self._sources}
        raise SegmentError(f"'{token.text}' is not known here. {nearest(token.text, known)}", token.column)

    def _has(self) -> Has:
        self._expect("(")
        for address in ADDRESSES:
            if self._take(address):
                self._expect(")")
                return Has(address)  # type: ignore[arg-type]
        raise self._wrong(f"expected one of {', '.join(ADDRESSES)}")

    def _empty(self) -> Empty:
        self._expect("(")
        parameter = self._value()
        if not isinstance(parameter, Name):
            raise self._wrong("expected the name of a parameter in empty( )")
        self._expect(")")
        return Empty(parameter)

    def _comparison(self, column: Literal["id", "locale", "region", "segment"]) -> Comparison:
        sign = self._take("==", "!=")
        if sign:
            return Comparison(column, (self._value(),), many=False, negated=sign.text == "!=")
        negated = self._take("not") is not None
        if not self._take("in"):
            raise self._wrong(f"expected ==, !=, in or not in after {column}")
        if self._next.kind == "word":
            return Comparison(column, (self._value(),), many=True, negated=negated)
        return Comparison(column, self._arguments(), many=True, negated=negated)

    def _arguments(self, least: int = 1) -> tuple[str | Name, ...]:
        """Values in brackets. A source may be asked without any: `received_any()`."""
        self._expect("(")
        if least == 0 and self._take(")"):
            return ()
        values = [self._value()]
        while self._take(","):
            if self._next.text == ")" and self._next.kind == "sign":
                break  # a comma after the last value is no mistake
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> str | Name:
        token = self._next
        if token.kind == "text":
            self._at += 1
            quote = token.text[0]
            return checked(token.text[1:-1].replace(quote * 2, quote), token.column)
        if token.kind == "word" and token.text not in KEYWORDS:
            self._at += 1
            return Name(token.text)
        raise self._wrong("expected a value: a quoted text or the name of a parameter")


def checked(value: str, column: int = 0) -> str:
    """The value, when it could stand in a file at all. Raises SegmentError for control and half characters."""
    if any(letter < " " or letter == "\x7f" or "\ud800" <= letter <= "\udfff" for letter in value):
        raise SegmentError("a value holds a control character", column)
    return value
