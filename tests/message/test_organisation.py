"""The section `organisation` of incident.yaml."""

from __future__ import annotations

from incident.message.organisation import DEFAULT, SECTION, Organisation
from incident.shape import Reader
from incident.yamlfile import parse


def _read(text: str) -> tuple[Organisation, Reader]:
    reader = Reader("incident.yaml")
    node = parse(text, reader.file, reader.mistakes)
    assert node is not None
    return SECTION.shape.read(node, "organisation", reader), reader


def test_a_name_is_enough() -> None:
    """The short name and the sender's name follow it; all else has a default."""
    organisation, reader = _read("name: {en: Example Wallet}")
    assert reader.mistakes == []
    assert organisation.text("short_name", "en-GB") == "Example Wallet"
    assert organisation.text("from_name", "zh-Hant") == "Example Wallet"
    assert organisation.default_locale == "zh-Hans"


def test_a_text_follows_the_readers_chain() -> None:
    """zh-HK reads zh-Hant; who reads neither gets what is the same in all, else the default locale's."""
    assert DEFAULT.text("name", "zh-HK") == "數位錢包"
    assert DEFAULT.text("name", "fr") == "数字钱包"
    assert DEFAULT.text("status_page", "en") == ""


def test_mistakes_stand_at_their_places() -> None:
    """Unknown keys, zones and domains, all at once."""
    _, reader = _read("nick: x\ntime_zone: Asia/Peking2\ndomains: [https://example.com]\nlocales: []")
    assert [(mistake.line, mistake.code) for mistake in reader.mistakes] == [
        (1, "unknown_field"),
        (3, "bad_text"),
        (4, "too_few"),
        (2, "unknown_time_zone"),
    ]
