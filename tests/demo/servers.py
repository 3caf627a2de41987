"""The three servers of the demonstration, on free ports of this machine, each with a bad moment of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.demo.people import DROPPED, REFUSED
from tests.servers import mastodon, ntfy, smtp, web
from tests.servers.smtp import MailServer
from tests.servers.web import WebServer

RETRY_AFTER = 2
"""Seconds that the busy server asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """They keep what they accept as files in `mails/`, `pushes/` and `posts/`."""

    mail: MailServer
    push: WebServer
    social: WebServer

    def told(self) -> str:
        """Where they listen and how they misbehave, for whoever watches."""
        return (
            f"  email   SMTP               127.0.0.1:{self.mail.port}  "
            f"refuses {REFUSED} (550), drops a connection once\n"
            f"  push    HTTP, as ntfy      127.0.0.1:{self.push.port}\n"
            f"  social  HTTP, as Mastodon  127.0.0.1:{self.social.port}  "
            f"busy at first (503, Retry-After: {RETRY_AFTER})"
        )


@contextmanager
def running(folder: Path) -> Iterator[Servers]:
    """Starts them; they end with the block."""
    bad_moments = smtp.Behaviour(refuse={REFUSED: "550 5.1.1 No such user here"}, drop_before_text={DROPPED})
    with (
        smtp.running(folder / "mails", bad_moments) as mail,
        ntfy.running(folder / "pushes") as push,
        mastodon.running(folder / "posts", script=web.at_first(web.busy(RETRY_AFTER))) as social,
    ):
        yield Servers(mail=mail, push=push, social=social)
