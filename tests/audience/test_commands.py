"""The audience commands as people and scripts use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Ran, run

CANARY = "li.canary@example.com"
CANARY_PHONE = "+8613812345678"

GOOD = f"""id,name,locale,region,segments,email,phone
u1,Li,zh-Hans,sh,payment,{CANARY},{CANARY_PHONE}
u2,Bo,en,bj,payment;login,bo@example.com,
u3,Cy,fr,bj,,,
"""
BAD = f"""id,name,locale,email,phone
u1,Li,en,<{CANARY}>,{CANARY_PHONE}x
u2,Bo,xx,"bo@example.com
Bcc: {CANARY}",
{CANARY},Cy,en,,
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    assert run("init", str(folder)).exit == 0
    return folder


@pytest.fixture
def filled(workspace: Path) -> Path:
    assert audience(workspace, "import", written(workspace, GOOD)).exit == 0
    return workspace


def written(folder: Path, content: str) -> str:
    file = folder / "people.csv"
    file.write_text(content, encoding="utf-8")
    return str(file)


def audience(workspace: Path, *words: str) -> Ran:
    return run("--workspace", str(workspace), "audience", *words)


def test_import_counts_for_scripts(workspace: Path) -> None:
    """The contract: imported, updated, rejected; the second time everybody is updated."""
    file = written(workspace, GOOD)
    first = audience(workspace, "import", file, "--output", "json").json
    assert first == {"schema": "incident.audience-import/v1", "imported": 3, "updated": 0, "rejected": 0}
    assert audience(workspace, "import", file, "--output", "json").json["updated"] == 3


def test_import_tells_who_will_get_another_language(workspace: Path) -> None:
    """A language that the organisation does not speak is no mistake, but a hint on standard error."""
    done = audience(workspace, "import", written(workspace, GOOD))
    assert done.out == "Imported 3, updated 0, rejected 0.\n"
    assert "locale fr" in done.err


def test_a_bad_file_is_one_document_and_exit_11(workspace: Path) -> None:
    """The error document counts what was rejected and lists every mistake; nothing was imported."""
    done = audience(workspace, "import", written(workspace, BAD), "--output", "json")
    document = done.json
    assert (done.exit, document["exit"], document["code"]) == (11, 11, "rows_rejected")
    assert (document["imported"], document["updated"], document["rejected"]) == (0, 0, 3)
    places = [(m["line"], m["column"], m["code"]) for m in document["mistakes"]]
    assert places == [
        (2, 4, "bad_email"),
        (2, 5, "bad_phone"),
        (3, 3, "bad_locale"),
        (3, 4, "control_character"),
        (5, 1, "bad_id"),
    ]
    assert audience(workspace, "count", "--output", "json").json["people"] == 0


def test_a_bad_file_is_told_to_people_on_standard_error(workspace: Path) -> None:
    """One line a mistake, `file:line:column: sentence [code]`, after what happened and what to do."""
    done = audience(workspace, "import", written(workspace, BAD))
    assert done.out == ""
    assert "Nothing was imported: 5 mistakes, 3 rows rejected." in done.err
    assert "people.csv:2:4: " in done.err


@pytest.mark.parametrize("output", ["table", "json"])
def test_addresses_show_only_when_asked_for(filled: Path, output: str) -> None:
    """No command prints a whole address, in any form, unless --show-addresses was typed."""
    commands = [
        ("list",),
        ("show", "u1"),
        ("count",),
        ("suppress", CANARY.upper(), "--reason", "asked"),
        ("suppress", CANARY_PHONE, "--reason", "asked"),
        ("list", "--suppressed"),
        ("show", "u1"),
        ("unsuppress", CANARY, "--reason", "back"),
        ("unsuppress", CANARY, "--reason", "back"),
        ("import", written(filled, BAD)),
    ]
    for words in commands:
        done = audience(filled, *words, "--output", output)
        said = (done.out + done.err).lower()
        assert CANARY not in said, words
        assert CANARY_PHONE.strip("+") not in said, words
    assert CANARY in audience(filled, "show", "u1", "--show-addresses", "--output", output).out
    assert CANARY in audience(filled, "list", "--show-addresses", "--output", output).out


def test_a_segment_with_parameters_is_counted(filled: Path) -> None:
    """`--param` gives a value, or a list with `;`; the document shows the segment with its values."""
    done = audience(filled, "count", "users_of(services)", "--param", "services=login;cards", "--output", "json")
    assert done.json["segment"] == "segment in ('login', 'cards')"
    assert done.json["people"] == 1
    assert done.json["locales"] == {"en": 1}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("count", "region = 'sh'"), 18, "compare with == (at column 8)"),
        (("count", "region == dc"), 18, "the parameter 'dc' has no value"),
        (("count", "region == dc", "--param", "dc"), 18, "write --param NAME=VALUE"),
        (("list", "received('x')"), 18, "'received' is not known here"),
        (("show", "nobody"), 9, "incident audience list"),
        (("unsuppress", "x@example.com", "--reason", "x"), 9, "is not on the suppression list"),
        (("import", "no-such-file.csv"), 2, "does not exist"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(filled: Path, words: tuple[str, ...], code: int, sentence: str) -> None:
    """Each with its exit code and the next thing to try."""
    done = audience(filled, *words)
    assert (done.exit, done.out) == (code, "")
    assert sentence in done.err


def test_a_list_is_cut_and_says_so(filled: Path) -> None:
    """The table holds the first ones; how many more there are stands on standard error."""
    done = audience(filled, "list", "--limit", "1")
    assert "u1" in done.out
    assert "u2" not in done.out
    assert "… and 2 more" in done.err
