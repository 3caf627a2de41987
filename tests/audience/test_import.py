"""A good file is imported whole; of a bad one every bad row is told, and nothing is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident.audience.importing import MOST_MISTAKES, Imported
from incident.audience.recipient import Recipient
from incident.audience.store import show
from incident.errors import NotFound
from incident.journal import read
from incident.store import Store
from tests.audience.people import HEADER, load, mistakes, rejection

LI_ROW = "u1,Li Wei,zh-Hans,sh,payment;login,Li@Example.COM,+86 138-0013-8000,tok-1,email;push,push"


def people(store: Store) -> int:
    return int(store.execute("SELECT count(*) AS people FROM recipient").fetchone()["people"])


def test_a_row_is_kept_as_it_was_meant(store: Store, tmp_path: Path) -> None:
    """Lists are split, a domain is lower-cased, a phone number loses its punctuation; nothing else changes."""
    assert load(store, tmp_path, f"{HEADER}\n{LI_ROW}\n") == Imported(imported=1, updated=0)
    assert show(store, "u1") == Recipient(
        id="u1",
        name="Li Wei",
        locale="zh-Hans",
        region="sh",
        segments=("payment", "login"),
        email="Li@example.com",
        phone="+8613800138000",
        push="tok-1",
        channels=("email", "push"),
        opt_out=("push",),
    )


def test_the_audience_of_drills_is_marked(store: Store, tmp_path: Path) -> None:
    """A file without the column leaves the mark as it is; a word that is neither true nor false is a mistake."""
    load(store, tmp_path, "id,locale,drill\nu1,en,true\nu2,en,no\nu3,en,\n")
    load(store, tmp_path, "id,locale\nu1,en\n")
    load(store, tmp_path, '{"id": "u4", "locale": "en", "drill": true}\n', "people.jsonl")
    assert [name for name in ("u1", "u2", "u3", "u4") if show(store, name).drill] == ["u1", "u4"]
    assert mistakes(store, tmp_path, "id,locale,drill\nu1,en,perhaps\n") == [(2, 3, "bad_drill")]


def test_a_spreadsheet_file_is_read(store: Store, tmp_path: Path) -> None:
    """A byte-order mark, CRLF, quotes, a comma and a line break inside quotes, an empty line, spaces at the edges."""
    content = '\ufeffid,name,locale\r\nu1,"Li, ""Wei""\r\nJr.",zh_hans\r\n\r\n u2 ,王伟 , EN\r\n'
    assert load(store, tmp_path, content).imported == 2
    assert show(store, "u1").name == 'Li, "Wei" Jr.'
    assert show(store, "u1").locale == "zh-Hans"
    assert (show(store, "u2").name, show(store, "u2").locale) == ("王伟", "en")


def test_jsonl_has_the_same_keys(store: Store, tmp_path: Path) -> None:
    """One object a line; lists as lists or with `;`; null is empty; opt_out may be a boolean."""
    content = (
        '{"id": 7, "locale": "en", "segments": ["a", "b"], "email": null, "opt_out": true}\n\n'
        '{"id": "u2", "locale": "zh-Hant", "segments": "a;b", "opt_out": ["push"]}\n'
    )
    assert load(store, tmp_path, content, "people.jsonl").imported == 2
    assert show(store, "7").segments == ("a", "b")
    assert show(store, "7").opt_out == ("all",)
    assert show(store, "u2").opt_out == ("push",)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", ()),
        ("no", ()),
        ("False", ()),
        ("0", ()),
        ("yes", ("all",)),
        ("TRUE", ("all",)),
        ("1", ("all",)),
        ("all", ("all",)),
        ("push;all", ("all",)),
        ("push; email", ("push", "email")),
    ],
)
def test_opting_out_is_understood(sqlite_store: Store, tmp_path: Path, written: str, meant: tuple[str, ...]) -> None:
    """What people write for yes and no, or the channels' names."""
    load(sqlite_store, tmp_path, f"id,locale,opt_out\nu1,en,{written}\n")
    assert show(sqlite_store, "u1").opt_out == meant


def test_importing_again_updates(store: Store, tmp_path: Path) -> None:
    """Who was there before is updated (also when nothing changed), who is new is imported; nobody is removed."""
    load(store, tmp_path, "id,locale,name\nu1,en,Li\nu2,en,Bo\nu3,en,Cy\n")
    result = load(store, tmp_path, "id,locale,name\nu2,en,Bo\nu3,zh-Hans,Cyan\nu4,en,Di\n")
    assert result == Imported(imported=1, updated=2)
    assert people(store) == 4
    assert show(store, "u3").name == "Cyan"


def test_a_column_that_is_not_there_keeps_its_value(store: Store, tmp_path: Path) -> None:
    """A file of ids and locales mends locales; it takes away no address and no opt-out. An empty value does."""
    load(store, tmp_path, f"{HEADER}\n{LI_ROW}\n")
    load(store, tmp_path, "id,locale,region\nu1,en,\n")
    assert (show(store, "u1").locale, show(store, "u1").region) == ("en", "")
    assert (show(store, "u1").email, show(store, "u1").opt_out) == ("Li@example.com", ("push",))


def test_an_import_is_on_record(store: Store, tmp_path: Path) -> None:
    """One journal row: who, when, which file, how many; no address."""
    load(store, tmp_path, f"{HEADER}\n{LI_ROW}\n")
    (entry,) = read(store)
    assert (entry.kind, entry.actor, entry.os_user) == ("audience.imported", "li", "root")
    assert entry.detail == {"file": "people.csv", "imported": 1, "updated": 0}


BAD_ROWS = {
    "id_empty": (",en", (2, 1, "missing_value"), "id is empty"),
    "id_with_space": ("a b,en", (2, 1, "bad_id"), "'a b' is not an id"),
    "id_too_long": ("x" * 129 + ",en", (2, 1, "bad_id"), "1 to 128"),
    "id_is_an_address": ("li@example.com,en", (2, 1, "bad_id"), "l***@e***.com is an address"),
    "id_not_ascii": ("用户1,en", (2, 1, "bad_id"), "'用户1' is not an id"),
    "locale_empty": ("u1,", (2, 2, "bad_locale"), "locale is empty. Write a tag such as en or zh-Hans"),
    "locale_unknown": ("u1,xx", (2, 2, "bad_locale"), "'xx' is not a known language"),
    "locale_country": ("u1,cn", (2, 2, "bad_locale"), "'cn' is not a known language"),
    "locale_word": ("u1,English", (2, 2, "bad_locale"), "'English' is not a known language"),
    "email_without_at": ("u1,en,nobody.example.com", (2, 3, "bad_email"), "it has no @"),
    "email_without_domain": ("u1,en,li@", (2, 3, "bad_email"), "no domain"),
    "email_without_local": ("u1,en,@example.com", (2, 3, "bad_email"), "nothing stands before the @"),
    "email_without_dot": ("u1,en,li@example", (2, 3, "bad_email"), "no domain"),
    "email_with_two_dots": ("u1,en,li..wei@example.com", (2, 3, "bad_email"), "twice"),
    "email_with_name": ("u1,en,Li <li@example.com>", (2, 3, "bad_email"), "a space or an invisible character"),
    "email_two": ("u1,en,a@example.com;b@example.com", (2, 3, "bad_email"), "before the @ is not allowed"),
    "email_with_cr_lf": (
        'u1,en,"li@example.com\r\nBcc: victim@example.org"',
        (2, 3, "control_character"),
        "email holds a line break",
    ),
    "email_with_lf_at_end": ('u1,en,"li@example.com\n"', (2, 3, "control_character"), "line break"),
    "email_with_nul": ("u1,en,li\x00@example.com", (2, 3, "control_character"), "a control character"),
    "email_with_zero_width": ("u1,en,li\u200b@example.com", (2, 3, "bad_email"), "invisible"),
    "email_with_bidi": ("u1,en,li\u202e@example.com", (2, 3, "control_character"), "a control character"),
    "email_too_long": ("u1,en," + "a" * 65 + "@example.com", (2, 3, "bad_email"), "longer than 64 bytes"),
    "phone_word": ("u1,en,,call me", (2, 4, "bad_phone"), "country code"),
    "phone_short": ("u1,en,,110", (2, 4, "bad_phone"), "country code"),
    "phone_rounded": ("u1,en,,8.61380E+12", (2, 4, "bad_phone"), "rounded number"),
    "phone_with_cr": ('u1,en,,"+8613800138000\r"', (2, 4, "control_character"), "line break"),
    "push_with_space": ("u1,en,,,a b", (2, 5, "bad_push"), "a space"),
    "name_with_header": (
        'u1,en,,,,"Li\r\nBcc: victim@example.org"',
        (2, 6, "control_character"),
        "name holds a line break",
    ),
    "name_with_escape": ("u1,en,,,,Li\x1b[31m", (2, 6, "control_character"), "\\x1b[31m"),
    "name_too_long": ("u1,en,,,," + "x" * 201, (2, 6, "too_long"), "201 characters"),
    "channel_unknown": ("u1,en,,,,,pusch", (2, 7, "unknown_channel"), "'pusch'. Did you mean 'push'?"),
    "opt_out_unknown": ("u1,en,,,,,,maybe", (2, 8, "unknown_channel"), "There is no channel 'maybe'"),
    "too_few_values": ("u1,en", (2, 3, "wrong_number_of_columns"), "2 values where the header has 8 columns"),
    "too_many_values": ("u1,en,,,,Li, Wei,,", (2, 9, "wrong_number_of_columns"), "needs quotes"),
    "text_after_quote": ('u1,en,,,,"Li" Wei,,', (2, 1, "bad_csv"), "Text follows a closed quote"),
    "quote_never_closed": ('u1,en,,,,"Li,,\nu2,en,,,,,,', (2, 1, "open_quote"), "not closed by line"),
}


@pytest.mark.parametrize("mistake", BAD_ROWS)
def test_a_bad_row_is_told_at_its_place(sqlite_store: Store, tmp_path: Path, mistake: str) -> None:
    """Each kind of bad row has its line, column and sentence; no sentence holds a whole address."""
    row, place, sentence = BAD_ROWS[mistake]
    full = row if place[2] in ("wrong_number_of_columns", "bad_csv", "open_quote") else row + "," * (7 - row.count(","))
    rejected = rejection(sqlite_store, tmp_path, f"id,locale,email,phone,push,name,channels,opt_out\n{full}\n")
    assert [(m.line, m.column, m.code) for m in rejected.mistakes] == [place]
    assert sentence in rejected.mistakes[0].message
    assert rejected.details["rejected"] == 1
    assert people(sqlite_store) == 0
    for secret in ("li@example.com", "victim@example.org", "8613800138000", "b@example.com"):
        assert secret not in str(rejected)


BAD_FILES = {
    "empty": (b"", [(1, 1, "empty_file")]),
    "only_white_space": (b"\n\n  \n", [(1, 1, "empty_file")]),
    "only_header": (b"id,locale\n", [(1, 1, "no_rows")]),
    "unknown_column": (b"id,locale,e-mail\nu1,en,a\n", [(1, 3, "unknown_column")]),
    "duplicate_column": (b"id,locale,id\nu1,en,u1\n", [(1, 3, "duplicate_column")]),
    "missing_locale": (b"id,email\nu1,a@example.com\n", [(1, 1, "missing_column")]),
    "no_header": (
        b"u1,en\nu2,en\n",
        [(1, 1, "missing_column"), (1, 1, "missing_column"), (1, 1, "unknown_column"), (1, 2, "unknown_column")],
    ),
    "semicolons": (b"id;locale\nu1;en\n", [(1, 1, "not_comma")]),
    "utf16": ("id,locale\nu1,en\n".encode("utf-16"), [(1, 1, "not_utf8")]),
    "gb18030": (
        "id,locale,name\nu1,en,李伟\nu2,en,Bo\nu3,xx,Cy\n".encode("gb18030"),
        [(2, 7, "not_utf8"), (3 + 1, 2, "bad_locale")],
    ),
    "spreadsheet": (b"PK\x03\x04....", [(1, 1, "not_text")]),
    "json_array": (b'[{"id": "u1", "locale": "en"}]', [(1, 1, "json_array")]),
    "json_broken": (b'{"id": "u1", "locale": "en"}\n{"id": "u2",\n', [(2, 13, "bad_json")]),
    "json_deep": (b'{"id": ' + b"[" * 100_000 + b"\n", [(1, 1, "bad_json")]),
    "json_no_object": (b'{"id": "u1", "locale": "en"}\n"text"\n', [(2, 1, "bad_json")]),
    "json_number": (b'{"id": "u1", "locale": "en", "phone": 13800138000}\n', [(1, 30, "wrong_type")]),
    "json_unknown_key": (b'{"id": "u1", "locale": "en", "mail": ""}\n', [(1, 30, "unknown_column")]),
    "json_twice": (b'{"id": "u1", "locale": "en", "id": "u2"}\n', [(1, 2, "duplicate_column")]),
    "json_no_locale": (b'{"id": "u1"}\n', [(1, 1, "missing_value")]),
    "json_nul": (b'{"id": "u1", "locale": "en", "email": "a\\u0000@example.com"}\n', [(1, 30, "control_character")]),
    "json_half_character": (b'{"id": "u1", "locale": "en", "name": "\\ud800"}\n', [(1, 30, "control_character")]),
    "endless_line": (b"id,locale\n" + b"x" * (1 << 20) + b"\n", [(2, 1, "line_too_long")]),
    "old_mac": (b"id,locale\ru1,en\r", [(1, 1, "bad_line_end")]),
}


@pytest.mark.parametrize("mistake", BAD_FILES)
def test_a_bad_file_is_told(sqlite_store: Store, tmp_path: Path, mistake: str) -> None:
    """What is no audience file at all, or has a header that names the wrong columns, is told at its place."""
    content, places = BAD_FILES[mistake]
    assert mistakes(sqlite_store, tmp_path, content) == places
    assert people(sqlite_store) == 0


def test_every_bad_row_is_told_and_nothing_imported(store: Store, tmp_path: Path) -> None:
    """Good rows beside bad ones stay out; rows are counted once however many mistakes each has."""
    content = "id,locale,email\nu1,en,a@example.com\nu2,xx,broken\nu1,en,b@example.com\nu3,en,\nu1,zz,\n"
    rejected = rejection(store, tmp_path, content)
    assert [(m.line, m.column, m.code) for m in rejected.mistakes] == [
        (3, 2, "bad_locale"),
        (3, 3, "bad_email"),
        (4, 1, "duplicate_id"),
        (6, 1, "duplicate_id"),
        (6, 2, "bad_locale"),
    ]
    assert "stands in line 2 already" in rejected.mistakes[2].message
    assert (rejected.details["imported"], rejected.details["updated"], rejected.details["rejected"]) == (0, 0, 3)
    assert len(rejected.details["mistakes"]) == 5
    assert people(store) == 0
    assert list(read(store)) == []


def test_a_bad_header_rejects_every_row(sqlite_store: Store, tmp_path: Path) -> None:
    """Rows below a header that cannot be understood are not looked at, but they are counted as rejected."""
    rejected = rejection(sqlite_store, tmp_path, "id,locale,e-mail\nu1,en,\nu2,en,\n\nu3,xx,\n")
    assert rejected.details["rejected"] == 3
    assert len(rejected.mistakes) == 1


def test_a_rejected_file_changes_nobody(store: Store, tmp_path: Path) -> None:
    """Who was there before keeps what was there before."""
    load(store, tmp_path, "id,locale,name\nu1,en,Li\n")
    rejection(store, tmp_path, "id,locale,name\nu1,en,Changed\nu2,xx,Bo\n")
    assert show(store, "u1").name == "Li"
    with pytest.raises(NotFound):
        show(store, "u2")


def test_the_list_of_mistakes_is_bounded(sqlite_store: Store, tmp_path: Path) -> None:
    """A file that is wrong everywhere lists a thousand mistakes, and counts all of them."""
    rejected = rejection(sqlite_store, tmp_path, "id,locale\n" + "".join(f"u{n},xx\n" for n in range(2_500)))
    assert len(rejected.mistakes) == MOST_MISTAKES
    assert rejected.details["rejected"] == 2_500
    assert "2500 mistakes, 2500 rows rejected" in str(rejected)
    assert len(str(rejected).splitlines()) < 50


def test_importing_after_a_rejection_works(store: Store, tmp_path: Path) -> None:
    """Nothing is left over from the file that was rejected."""
    rejection(store, tmp_path, "id,locale\nu1,xx\nu2,en\n")
    assert load(store, tmp_path, "id,locale\nu1,en\nu2,en\n").imported == 2


def test_others_write_while_a_file_is_checked(sqlite_store: Store, tmp_path: Path) -> None:
    """Checking a file takes no lock: a sender's transaction may stay open all the while (until rows are applied)."""
    sender = sqlite_store.another()
    with sender.transaction():
        rejection(sqlite_store, tmp_path, "id,locale\nu1,xx\nu2,en\n")
    sender.close()
