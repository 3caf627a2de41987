"""Every kind of channel keeps the promises of the port."""

from __future__ import annotations

import io
import json
from contextlib import ExitStack, redirect_stderr
from pathlib import Path
from typing import Self

import pytest

from incident import registry
from incident.channel.port import Channel
from incident.channel.settings import KINDS
from tests.channel.conformance import SECRET, Conformance
from tests.channel.setup import channel, closed_port
from tests.servers import mastodon, ntfy, smtp, web
from tests.servers.web import Answer, Post


class _Rig:
    """The parts that most rigs share."""

    channel: Channel
    refuses = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = ExitStack()

    def __exit__(self, *error: object) -> None:
        self.stack.close()

    def bad(self) -> str:
        return "gone-forever"

    def address(self, no: int) -> str:
        return f"token-{no}"

    def dead(self) -> Channel | None:
        return None


class MailRig(_Rig):
    """Kind mail and an SMTP server that asks for a password."""

    def __enter__(self) -> Self:
        behaviour = smtp.Behaviour(refuse={self.bad(): f"550 5.1.1 <{self.bad()}> unknown"}, password=SECRET)
        self.server = self.stack.enter_context(smtp.running(self.folder / "mails", behaviour))
        self.channel = self._aimed(self.server.port)
        return self

    def _aimed(self, port: int) -> Channel:
        url = f"mailto://desk:{SECRET}@127.0.0.1:{port}/?from=notice@wallet.example"
        return channel(f'{{kind: mail, url: "{url}"}}', self.folder, "email")

    def bad(self) -> str:
        return "gone@example.com"

    def address(self, no: int) -> str:
        return f"li{no}@example.com"

    def arrived(self) -> list[str]:
        return self.server.recipients()

    def dead(self) -> Channel:
        return self._aimed(closed_port())


class NtfyRig(_Rig):
    """Kind apprise, a message a person."""

    def __enter__(self) -> Self:
        self.server = self.stack.enter_context(ntfy.running(self.folder / "pushes", script=self._refuse))
        self.channel = self._aimed(self.server.port)
        return self

    def _refuse(self, post: Post) -> Answer | None:
        gone = isinstance(post.body, dict) and post.body.get("topic") == self.bad()
        return Answer(status=404, body={"error": f"{self.bad()} has left, {SECRET}"}) if gone else None

    def _aimed(self, port: int) -> Channel:
        return channel(f'{{kind: apprise, url: "ntfy://desk:{SECRET}@127.0.0.1:{port}/{{push}}"}}', self.folder)

    def arrived(self) -> list[str]:
        return ntfy.topics(self.server)

    def dead(self) -> Channel:
        return self._aimed(closed_port())


class MastodonRig(_Rig):
    """Kind apprise, a post for all."""

    refuses = False

    def __enter__(self) -> Self:
        self.server = self.stack.enter_context(mastodon.running(self.folder / "posts"))
        self.channel = self._aimed(self.server.port)
        return self

    def _aimed(self, port: int) -> Channel:
        url = f"mastodon://{mastodon.TOKEN}@127.0.0.1:{port}"
        return channel(f'{{kind: apprise, url: "{url}"}}', self.folder, "social")

    def address(self, no: int) -> str:
        return ""

    def bad(self) -> str:
        return ""

    def arrived(self) -> list[str]:
        return ["" for _ in mastodon.statuses(self.server)]

    def dead(self) -> Channel:
        return self._aimed(closed_port())


class WebhookRig(_Rig):
    """Kind webhook."""

    def __enter__(self) -> Self:
        accept = web.running(self.folder / "hooks", lambda post, count: Answer(body={"id": count}), script=self._refuse)
        self.server = self.stack.enter_context(accept)
        self.channel = self._aimed(self.server.port)
        return self

    def _refuse(self, post: Post) -> Answer | None:
        if post.body["address"] == self.bad():
            return Answer(status=410, body={"error": f"{self.bad()} is gone, {post.headers['authorization']}"})
        return None

    def _aimed(self, port: int) -> Channel:
        headers = f'{{Authorization: "Bearer {SECRET}"}}'
        return channel(f'{{kind: webhook, url: "http://127.0.0.1:{port}/send", headers: {headers}}}', self.folder)

    def arrived(self) -> list[str]:
        return [post.body["address"] for post in self.server.posts()]

    def dead(self) -> Channel:
        return self._aimed(closed_port())


class BatchRig(WebhookRig):
    """Kind webhook, several messages in one POST."""

    def __enter__(self) -> Self:
        self.server = self.stack.enter_context(web.running(self.folder / "hooks", self._tell))
        self.channel = self._aimed(self.server.port)
        return self

    def _tell(self, post: Post, count: int) -> Answer:
        gone = {"status": 410, "error": f"{self.bad()} is gone, {post.headers['authorization']}"}
        messages = post.body["messages"]
        results = [gone if one["address"] == self.bad() else {"status": 202, "id": count} for one in messages]
        told = [{"key": one["key"], **result} for one, result in zip(messages, results, strict=True)]
        return Answer(body={"results": told})

    def _aimed(self, port: int) -> Channel:
        keys = f'batch: 3, connections: 2, headers: {{Authorization: "Bearer {SECRET}"}}'
        return channel(f'{{kind: webhook, url: "http://127.0.0.1:{port}/send", {keys}}}', self.folder)

    def arrived(self) -> list[str]:
        sent = [one["address"] for post in self.server.posts() for one in post.body["messages"]]
        return [address for address in sent if address != self.bad()]


class FileRig(_Rig):
    """Kind file, into a folder."""

    refuses = False

    def __enter__(self) -> Self:
        self.channel = channel("{kind: file, path: out}", self.folder)
        return self

    def arrived(self) -> list[str]:
        return [json.loads(file.read_text("utf-8"))["address"] for file in sorted((self.folder / "out").glob("*.json"))]


class LinesRig(FileRig):
    """Kind file, into one file of lines."""

    def __enter__(self) -> Self:
        self.channel = channel("{kind: file, path: out.jsonl}", self.folder)
        return self

    def arrived(self) -> list[str]:
        file = self.folder / "out.jsonl"
        return [json.loads(line)["address"] for line in file.read_text("utf-8").splitlines()] if file.exists() else []


class ConsoleRig(_Rig):
    """Kind console; what it printed is read back from standard error."""

    refuses = False

    def __enter__(self) -> Self:
        self._channel = channel("{kind: console}", self.folder)
        self._printed: io.StringIO | None = None
        return self

    @property
    def channel(self) -> Channel:  # type: ignore[override]
        """Redirects at first use, because pytest puts its own standard error in place after the fixtures."""
        if self._printed is None:
            self._printed = self.stack.enter_context(redirect_stderr(io.StringIO()))
        return self._channel

    def arrived(self) -> list[str]:
        lines = self._printed.getvalue().splitlines() if self._printed else []
        return [self.address(int(line.split("·")[1].strip()[1:])) for line in lines if line.startswith("──")]


class TestMail(Conformance, rig=MailRig): ...


class TestNtfy(Conformance, rig=NtfyRig): ...


class TestMastodon(Conformance, rig=MastodonRig): ...


class TestWebhook(Conformance, rig=WebhookRig): ...


class TestBatch(Conformance, rig=BatchRig): ...


class TestFile(Conformance, rig=FileRig): ...


class TestLines(Conformance, rig=LinesRig): ...


class TestConsole(Conformance, rig=ConsoleRig): ...


def test_every_kind_conforms() -> None:
    """No kind is without its line above."""
    with_rig = {"mail", "apprise", "webhook", "file", "console"}
    assert set(registry.names(KINDS)) == with_rig


@pytest.mark.parametrize("kind", registry.names(KINDS))
def test_kind_tells_what_it_is(kind: str) -> None:
    """Each kind has the sentence that the reference prints, and each of its own keys too."""
    module = registry.load(KINDS, kind)
    assert len(module.HELP) > 20
    assert all(field.help for field in module.FIELDS.values())
