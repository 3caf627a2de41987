"""The section `channels`: what is filled in, what is a mistake, and that reading it stays cheap."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from incident.channel import address
from incident.channel.settings import SECTION
from incident.channel.spec import DomainLimit, Rate
from incident.shape import Section
from tests.channel.setup import read

CONTRACT = """
email: {kind: mail, url: "mailto://127.0.0.1:2525/?from=a@b.c"}
push: {kind: apprise, url: "ntfy://127.0.0.1:8080/{push}"}
social: {kind: apprise, url: "mastodon://token@127.0.0.1:9000"}
status: {kind: file, path: status}
robot: {kind: apprise, medium: chat, url: "dingtalk://abc12345abc12345"}
weibo: {kind: webhook, medium: social, network: weibo, reach: once, url: "https://gw.wallet.example/weibo"}
sms: {kind: webhook, url: "https://gw.wallet.example/sms/{phone}", locales: [zh-Hans], rate: {per: 1s, most: 20}}
"""

MAIL = 'kind: mail, url: "mailto://127.0.0.1:2525/?from=a@b.c"'


def test_defaults(tmp_path: Path) -> None:
    """What was not written follows from the kind, the URL and the channel's name."""
    specs, mistakes = read(CONTRACT, tmp_path)
    assert mistakes == []
    found = {
        name: (spec.medium, spec.network, spec.reach, spec.address, spec.on_unknown) for name, spec in specs.items()
    }
    assert found == {
        "email": ("email", "email", "each", "email", "resend"),
        "push": ("push", "ntfy", "each", "push", "hold"),
        "social": ("social", "mastodon", "once", "", "resend"),
        "status": ("status", "", "each", "id", "resend"),
        "robot": ("chat", "dingtalk", "once", "", "hold"),
        "weibo": ("social", "weibo", "once", "", "hold"),
        "sms": ("sms", "", "each", "phone", "hold"),
    }
    assert specs["robot"].rates == (Rate(per=timedelta(minutes=1), most=20),)
    assert specs["sms"].rates == (Rate(per=timedelta(seconds=1), most=20),)
    assert specs["status"].options["path"] == tmp_path.resolve() / "status"


def test_limits(tmp_path: Path) -> None:
    """An account is the channel's own unless it is named; mail may spare single domains."""
    specs, mistakes = read(
        """
email:
  kind: mail
  url: "mailto://127.0.0.1:2525/?from=a@b.c"
  account: relay
  domains: {example.com: {concurrency: 4, rate: {per: 1m, most: 300}}, "*": {concurrency: 8}}
status: {kind: file, path: status}
""",
        tmp_path,
    )
    assert mistakes == []
    assert (specs["email"].account, specs["status"].account) == ("relay", "status")
    assert specs["email"].options["domains"] == {
        "example.com": DomainLimit(concurrency=4, rate=(Rate(per=timedelta(minutes=1), most=300),)),
        "*": DomainLimit(concurrency=8),
    }


MISTAKES = [
    ("email: {kind: mail}", "bad_url", "Expected mailto://host:port/?from=… or mailtos://user:password@host/?from=…."),
    ("email: {kind: mial, url: x}", "unknown_value", "Did you mean 'mail'?"),
    ('email: {kind: mail, url: "mailto://127.0.0.1/"}', "bad_url", "The sender is missing"),
    ('email: {kind: mail, url: "mailto://mx.example.com/?from=a@b.c"}', "bad_url", "mailto:// sends unencrypted"),
    (
        'email: {kind: mail, url: "mailto://u:p@mx.example.com/?from=a@b.c&mode=insecure"}',
        "bad_url",
        "A password would",
    ),
    ('email: {kind: mail, url: "mailtos://u:p@mx.example.com/li@x.cn?from=a@b.c"}', "bad_url", "Recipients come from"),
    ('email: {kind: mail, url: "mailtos://u:p@mx.example.com/?form=a@b.c"}', "bad_url", "Did you mean 'from'?"),
    ('email: {kind: mail, url: "mailtos://mx.example.com/?from=a@b.c&mode=tls"}', "bad_url", "'tls' is not a mode"),
    ('pager: {kind: apprise, url: "ntfy://h/{push}"}', "missing_field", "'medium' is missing"),
    ('push: {kind: apprise, url: "ntfy://h/{token}"}', "unknown_placeholder", "{token} is not known"),
    ('push: {kind: apprise, url: "ntfy://h/{push}/{email}"}', "two_placeholders", "one address"),
    ('push: {kind: apprise, url: "ntfy://h/topic", reach: each}', "no_placeholder", "needs {push}"),
    ('push: {kind: apprise, url: "nonsense"}', "bad_url", "Expected an Apprise URL"),
    ('push: {kind: apprise, url: "xmpp://u:p@h/{push}"}', "blind_service", "Apprise reports success"),
    ('push: {kind: apprise, url: "mailto://u:p@h"}', "blind_service", "use `kind: mail`"),
    ('push: {kind: apprise, url: "ntfy://h/{push}?overflow=split"}', "silent_cut", "would cut or split"),
    ('push: {kind: webhook, url: "ftp://h/x"}', "bad_url", "Expected an address"),
    ('push: {kind: webhook, url: "https://h/x", form: true}', "no_body", "A form needs `body`"),
    ('push: {kind: webhook, url: "https://h/x", secret: plain}', "not_a_secret", "must not stand in this file"),
    ('push: {kind: apprise, url: "env:NO_SUCH_VARIABLE"}', "missing_secret", "NO_SUCH_VARIABLE is not set"),
    ("status: {kind: file}", "missing_field", "'path' is missing"),
    ("status: {kind: file, path: x, colour: red}", "unknown_field", "'colour' is not known"),
    ("push: {kind: console, rate: {per: 20, most: 1}}", "wrong_type", "a duration"),
    ("push: {kind: console, rate: {per: 0s, most: 1}}", "out_of_range", "0s is no time"),
    ("push: {kind: console, account: The relay}", "bad_id", "is not an id"),
    (f"email: {{{MAIL}, domains: {{example: {{concurrency: 1}}}}}}", "bad_text", "a mail domain such as"),
    (f"email: {{{MAIL}, domains: {{example.com: {{concurrency: 0}}}}}}", "out_of_range", "0 is not"),
]


@pytest.mark.parametrize(("text", "code", "words"), MISTAKES)
def test_mistakes(tmp_path: Path, text: str, code: str, words: str) -> None:
    """Each mistake is told at its place, in a sentence, without what could be secret."""
    _, mistakes = read(text, tmp_path)
    assert [mistake.code for mistake in mistakes] == [code], mistakes
    assert words in mistakes[0].message
    assert (mistakes[0].line, mistakes[0].column > 0) == (1, True)
    assert ":p@" not in mistakes[0].message


def test_reading_is_light(tmp_path: Path) -> None:
    """Reading the section loads neither Apprise nor any protocol."""
    code = f"""
import sys
from incident.channel.settings import SECTION, open_channel
from incident.shape import Reader
from incident.yamlfile import parse
reader = Reader("incident.yaml")
specs = SECTION.shape.read(parse({CONTRACT!r}, "incident.yaml", reader.mistakes), "channels", reader)
assert not reader.mistakes, reader.mistakes
for spec in specs.values():
    open_channel(spec)
heavy = ("apprise", "requests", "smtplib", "ssl", "http.client", "email", "asyncio", "concurrent.futures", "tenacity")
import json
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_schema_knows_every_kind() -> None:
    """Editors complete the keys of each kind."""
    kinds = SECTION.shape.schema()["additionalProperties"]["anyOf"]
    assert [kind["properties"]["kind"]["enum"][0] for kind in kinds] == [
        "apprise",
        "console",
        "file",
        "mail",
        "webhook",
    ]
    assert isinstance(SECTION.shape.value, Section)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ntfys://user:secret@ntfy.example.com/{push}", "ntfys://ntfy.example.com/{push}"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnl", "slack://***"),
        ("tgram://123456789:abcdefg_hijklmnop/{id}/", "***"),
        ("https://hooks.example.com:8443/SECRET?token=SECRET", "https://hooks.example.com:8443"),
        ("mailto://127.0.0.1:2525/?from=a@b.c", "mailto://127.0.0.1:2525"),
    ],
)
def test_masked(url: str, shown: str) -> None:
    """What is shown of a URL holds no token, even where the token stands in the host's place."""
    assert address.masked(url) == shown


def test_fill_cannot_change_the_url() -> None:
    """An address is data inside a URL, whatever is in it."""
    filled = address.fill("ntfy://h/{push}?x=1", {"push": "a/b?c&d=e#f@g:{id} é%"})
    assert filled == "ntfy://h/a%2Fb%3Fc%26d%3De%23f%40g%3A%7Bid%7D%20%C3%A9%25?x=1"
