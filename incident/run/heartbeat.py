"""A sign of life to somebody outside, given only while the audit is clean: who hears nothing any more raises the alarm.

It never keeps a worker waiting: the address is asked in a thread of its own, one at a time, for seconds at most.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incident.channel.words import why_unconnected
from incident.run import audit
from incident.settings import Secret, SecretShape
from incident.shape import Duration, Field, Reader, Section
from incident.store import Store
from incident.yamlfile import Node

TIMEOUT_SECONDS = 10.0
_ALLOWED = re.compile(r"https://[^\s/]+\S*|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:/\S*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideAddress(SecretShape):
    """An https URL (plain http on loopback only). Whoever knows it can keep us quiet: it is masked like a secret."""

    plain: bool = True
    hint: str = "an https URL, or a reference to one: env:NAME, file:path"

    def read(self, node: Node, path: str, reader: Reader) -> Secret:
        # not super(): a dataclass with slots is another class than the one that is written here
        found = SecretShape.read(self, node, path, reader)
        if found.reveal() and not _ALLOWED.fullmatch(found.reveal()):
            reader.wrong(node, "not_https", "The heartbeat goes to https, or to http on this machine; change the URL.")
        return found


SECTION = Field(
    shape=Section(
        name="the heartbeat",
        fields={
            "url": Field(
                shape=OutsideAddress(),
                required=True,
                help="Asked with GET while nothing is overdue; masked when shown.",
            ),
            "every": Field(shape=Duration(), default=timedelta(minutes=1), help="How often, while a worker works."),
        },
    ),
    default=None,
    help="A sign of life to a monitor outside, given by the worker while `incident doctor --live` would be clean.",
)


@dataclass(kw_only=True)
class Heartbeat:
    """One worker's heartbeat. `beat` is called in each of its rounds."""

    url: Secret
    every: timedelta
    say: Callable[[str], object] = str
    _next: datetime | None = None
    _thread: threading.Thread | None = None
    _failed: str = field(default="", repr=False)

    def beat(self, store: Store, now: datetime) -> bool:
        """Pings when it is time and nothing is overdue; returns whether it did. What is overdue is said once."""
        if (self._next is not None and now < self._next) or (self._thread is not None and self._thread.is_alive()):
            return False
        self._next = now + self.every
        overdue = audit.look(store, now)
        if overdue:
            self._tell(f"No heartbeat: {overdue[0]}" + (f", and {len(overdue) - 1} more" if len(overdue) > 1 else ""))
            return False
        self._thread = threading.Thread(target=self._ping, name="heartbeat", daemon=True)
        self._thread.start()
        return True

    def rest(self) -> None:
        """Lets a ping that is under way come to its end, for a moment; a worker that stops waits no longer."""
        if self._thread is not None:
            self._thread.join(2)

    def _ping(self) -> None:
        problem = ping(self.url)
        self._tell(f"The heartbeat was not heard: {problem}" if problem else "")

    def _tell(self, problem: str) -> None:
        """Says a problem when it is new."""
        if problem and problem != self._failed:
            self.say(problem)
        self._failed = problem


def ping(url: Secret) -> str:
    """Asks the address; returns what went wrong, without the URL, or ''. Redirections are not followed."""
    import urllib.error
    import urllib.request

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_args: Any, **_more: Any) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(url.reveal(), timeout=TIMEOUT_SECONDS) as answer:
            return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
    except urllib.error.HTTPError as error:
        return f"it answered {error.code}"
    except ValueError:
        return "it is no address that can be asked"
    except OSError as error:
        reason = getattr(error, "reason", error)  # urllib wraps what went wrong
        return why_unconnected(reason if isinstance(reason, OSError) else error)
