"""`incident channel list` and `incident channel test`, run as the program that a person types."""

from __future__ import annotations

import getpass
from datetime import timedelta
from pathlib import Path

import pytest

from incident.channel.port import Deferred
from incident.delivery import brakes
from incident.now import system_clock
from incident.store import open_store
from tests.cli.program import run
from tests.servers import mastodon, ntfy, smtp, web
from tests.servers.web import Answer, at_first

SECRET = "c4nary-s3cret"


def workspace(folder: Path, channels: str) -> Path:
    """A workspace of one person, li, who has an address for mail and push."""
    (folder / "incident.yaml").write_text(
        f"""
organisation: {{name: {{en: Wallet}}, locales: [en], time_zone: Asia/Shanghai}}
people: {{li: {{name: Li, os_users: [{getpass.getuser()}], email: li@example.com}}}}
channels:
  {channels}
"""
    )
    open_store(f"sqlite:///{folder / 'incident.db'}", make=True).close()
    return folder


def test_list_shows_no_secret(tmp_path: Path) -> None:
    """Every channel with what was filled in; tokens and passwords do not show."""
    channels = f"""
  email: {{kind: mail, url: "mailtos://desk:{SECRET}@smtp.example.com/?from=notice@wallet.example"}}
  robot: {{kind: apprise, medium: chat, url: "dingtalk://{SECRET.replace("-", "")}"}}
"""
    workspace(tmp_path, channels.strip())
    done = run("channel", "list", "--workspace", tmp_path)
    assert done.exit == 0, done.err
    assert "mailtos://smtp.example.com" in done.out
    assert "20/1m" in done.out
    as_json = run("channel", "list", "--workspace", tmp_path, "--output", "json")
    assert as_json.json["schema"] == "incident.channel-list/v1"
    assert [row["name"] for row in as_json.json["channels"]] == ["email", "robot"]
    for text in (done.out, done.err, as_json.out, as_json.err):
        assert SECRET not in text
        assert SECRET.replace("-", "") not in text


def test_list_tells_what_is_stopped(tmp_path: Path) -> None:
    """A channel whose account is stopped: why, since when, until when; the others of the account with it."""
    workspace(
        tmp_path,
        f"""
  email: {{kind: file, path: {tmp_path}/out, medium: email, account: relay}}
  pages: {{kind: file, path: {tmp_path}/out, medium: email, account: relay}}
  push: {{kind: file, path: {tmp_path}/out}}
""".strip(),
    )
    assert "stopped" not in run("channel", "list", "--workspace", tmp_path).out
    store = open_store(f"sqlite:///{tmp_path / 'incident.db'}")
    found = Deferred("busy", "http 503", "closed for the night", timedelta(hours=1))
    brakes.told(store, "relay", "a sender", [found], system_clock())
    store.close()
    done = run("channel", "list", "--workspace", tmp_path)
    assert len([line for line in done.out.splitlines() if "busy since" in line and "next try" in line]) == 2
    rows = {
        row["name"]: row for row in run("channel", "list", "--workspace", tmp_path, "--output", "json").json["channels"]
    }
    assert rows["push"]["stopped"] is None
    assert rows["email"]["stopped"] == rows["pages"]["stopped"]
    assert (rows["email"]["stopped"]["reason"], rows["email"]["stopped"]["probing"]) == ("busy", False)


def test_list_works_without_the_ledger(tmp_path: Path) -> None:
    """When the database cannot be read, the channels are listed all the same, and a hint says what is not known."""
    workspace(tmp_path, f"push: {{kind: file, path: {tmp_path}/out}}")
    (tmp_path / "incident.db").unlink()
    (tmp_path / "incident.db").mkdir()
    done = run("channel", "list", "--workspace", tmp_path)
    assert (done.exit, "push" in done.out) == (0, True)
    assert "Whether a channel is stopped is not known" in done.err


def test_test_sends_one_mail(tmp_path: Path) -> None:
    """One plain mail to oneself, and the server's own words as the answer."""
    with smtp.running(tmp_path / "mails") as server:
        workspace(tmp_path, f'email: {{kind: mail, url: "{server.url}"}}')
        done = run("channel", "test", "email", "--workspace", tmp_path)
        assert done.exit == 0, done.err
        assert done.out == "email: sent: 250 2.0.0 OK: queued as 1\n"
        assert server.recipients() == ["li@example.com"]


def test_refused_test_ends_with_14(tmp_path: Path) -> None:
    """A test that was not accepted is exit 14 with the reason, and without the address."""
    behaviour = smtp.Behaviour(refuse={"gone@example.com": "550 5.1.1 <gone@example.com> unknown"})
    with smtp.running(tmp_path / "mails", behaviour) as server:
        workspace(tmp_path, f'email: {{kind: mail, url: "{server.url}"}}')
        done = run("channel", "test", "email", "--to", "gone@example.com", "--workspace", tmp_path)
    assert done.exit == 14
    assert "bad_address" in done.err
    assert "gone@example.com" not in done.out + done.err


def test_refused_test_as_json(tmp_path: Path) -> None:
    """With --output json there is one document, and it is the error."""
    with ntfy.running(tmp_path / "pushes", script=at_first(Answer(status=403))) as server:
        workspace(tmp_path, f'push: {{kind: apprise, url: "{ntfy.url(server)}"}}')
        done = run("channel", "test", "push", "--to", "tok", "--workspace", tmp_path, "--output", "json")
    assert done.exit == 14
    assert done.json["schema"] == "incident.error/v1"
    assert done.json["code"] == "channel_failed"
    assert (done.json["result"]["outcome"], done.json["result"]["reason"]) == ("refused", "not_authorised")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["nothing"], 9, "There is no channel 'nothing'. Known: push, social."),
        (["push"], 18, "people.li has no push"),
        (["social"], 18, "say so with --public"),
    ],
)
def test_sentences(tmp_path: Path, args: list[str], code: int, words: str) -> None:
    """What a person gets wrong is told with the next thing to do, and nothing is sent."""
    with web.running(tmp_path / "x", lambda post, count: Answer()) as server:
        push = f'push: {{kind: apprise, url: "{ntfy.url(server)}"}}'
        social = f'social: {{kind: apprise, url: "{mastodon.url(server)}"}}'
        workspace(tmp_path, f"{push}\n  {social}")
        done = run("channel", "test", *args, "--workspace", tmp_path)
        assert (done.exit, words in done.err) == (code, True), done.err
        assert server.posts() == []


def test_public_test(tmp_path: Path) -> None:
    """With --public the post goes out."""
    with mastodon.running(tmp_path / "posts") as server:
        workspace(tmp_path, f'social: {{kind: apprise, url: "{mastodon.url(server)}"}}')
        done = run("channel", "test", "social", "--public", "--workspace", tmp_path)
        assert done.exit == 0, done.err
        assert "Nothing has happened" in mastodon.statuses(server)[0]["status"]
