"""People as an attacker would write them: names and addresses that want to be headers, commands, formulas, others.

Each trick says whether it may be imported. What may is harmless and must arrive as it is; what may not must be named.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RLO, ISOLATE = "\u202e", "\u2066"

GOOD_NAMES = (
    "Li Wei",
    "",
    "王小明",
    'O\'Brien, "Jack" <jack@evil.example>',
    '=HYPERLINK("https://evil.example","Click")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "-2+3",
    "=?utf-8?q?Bcc:_all=40evil.example?=",
    "Bcc: everybody@evil.example",
    "{{ organisation.name }} {% raw %}",
    "<script>alert(1)</script>",
    "&amp;&#10;Bcc: x",
    "%0d%0aBcc: x@evil.example",
    "\\r\\nBcc: x@evil.example",
    "a.b\\n.\\nQUIT",
    ".",
    "..",
    "محمد بن عبد الله",
    "שרה לוי",
    "👩\u200d🚀 Zoë 🏳️\u200d🌈",
    "Z̸͑a̶l̵g̷o̴",
    "Ｆｕｌｌ　ｗｉｄｔｈ",
    "'; DROP TABLE delivery; --",
    "$(reboot) `id` ${HOME}",
    "x" * 200,
    "名" * 200,
    "two\r\nlines",
    "two\nlines",
)
"""Imported. The last ones lose a line break that no header follows: spreadsheets write such names."""

BAD_NAMES = (
    "Li\r\nBcc: everybody@evil.example",
    "Li\nBcc: everybody@evil.example",
    "Li\rBcc: everybody@evil.example",
    "Li\r\n Bcc: folded@evil.example",
    "Li\r\n\tX-Evil: 1",
    "Li\u2028Bcc: x@evil.example",
    "Li\u2029X",
    "Li\x85Bcc: x@evil.example",
    "Li\x0bBcc: x",
    "Li\x00Wei",
    "Li\x1b[2J\x1b]0;owned\x07",
    "Li\x7f",
    f"Li {RLO}moc.live@knab",
    f"Li {ISOLATE}x",
    "x" * 201,
)

GOOD_ADDRESSES = (
    "u{n}@example.net",
    "u{n}+tag=value@example.net",
    "o'brien.{n}@example.net",
    "!#$%&'*+/=?^_`{{|}}~-{n}@example.net",
    "=1+{n}@example.net",
    "-{n}@example.net",
    "all%evil.example.{n}@example.net",
    "evil.example!all{n}@example.net",
    "用户{n}@例子.中国",
    "u{n}@пример.рф",
    "u{n}@xn--fsqu00a.xn--fiqs8s",
    "محمد{n}@example.net",
    "{n:a>64}@example.net",
    "u{n}@" + "a" * 63 + ".example",
)

BAD_ADDRESSES = (
    "u{n}@example.net\r\nRCPT TO:<all@evil.example>",
    "u{n}@example.net\nBcc: all@evil.example",
    "u{n}@example.net\r\n\r\n<html>",
    "u{n}@example.net\x00@evil.example",
    "u{n}@example.net>\r\nDATA",
    "u{n}@example.net> SIZE=1",
    "<u{n}@example.net>",
    "u{n}@example.net, all@evil.example",
    "u{n}@example.net;all@evil.example",
    '"u{n} quoted"@example.net',
    '"u{n}\\"@evil.example"@example.net',
    "u{n}(comment)@example.net",
    "u{n}@(comment)example.net",
    "u{n}@example.net (comment)",
    "@relay.evil.example:u{n}@example.net",
    "@a.example,@b.example:u{n}@example.net",
    "u{n}@[127.0.0.1]",
    "u{n}@127.0.0.1",
    "u{n}@example.net@evil.example",
    "u{n}%evil.example@",
    "u{n}",
    "u..{n}@example.net",
    ".u{n}@example.net",
    "u{n}.@example.net",
    "u{n}@-example.net",
    "u{n}@example..net",
    "u{n}@exa_mple.net",
    "u{n}@exam ple.net",
    "u {n}@example.net",
    "u{n}@exa\u00admple.net",
    "u{n}@exa\u200bmple.net",
    "u{n}" + RLO + "@ten.elpmaxe",
    "u{n}\u2028@example.net",
    "{n:a>65}@example.net",
    "名{n:a>63}@example.net",
    "u{n}@" + "a" * 64 + ".example",
    "u{n}@" + ".".join(["a" * 60] * 5) + ".example",
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A row of the file. `good`: it may be imported."""

    id: str
    name: str
    email: str
    good: bool

    def row(self) -> str:
        return json.dumps({"id": self.id, "name": self.name, "locale": "en", "email": self.email}, ensure_ascii=False)


def people(count: int, seed: int) -> Iterator[Person]:
    """Every trick, again and again; about half of the rows are good ones."""
    chance = random.Random(seed)
    for n in range(count):
        bad_name, bad_address = chance.random() < 0.3, chance.random() < 0.3
        names, addresses = BAD_NAMES if bad_name else GOOD_NAMES, BAD_ADDRESSES if bad_address else GOOD_ADDRESSES
        yield Person(
            id=f"u{n}",
            name=chance.choice(names),
            email=chance.choice(addresses).format(n=n),
            good=not bad_name and not bad_address,
        )


def write(file: Path, rows: list[Person]) -> Path:
    file.write_text("".join(f"{person.row()}\n" for person in rows), encoding="utf-8")
    return file
