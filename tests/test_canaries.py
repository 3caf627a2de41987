"""Planted secrets and addresses appear nowhere: not in results, errors or crash reports, also when everything fails.

Every command is typed in a workspace whose servers refuse, echo addresses, demand another password or are not there.
A canary is a word that stands nowhere else; where a person asks for addresses by name, it must appear.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from incident import journal
from incident.cli import _failure
from incident.cli._tree import Tree
from incident.store import open_store
from tests.clock import MovableClock
from tests.postgresql import Server
from tests.run import house
from tests.run.playbooks import book
from tests.servers import smtp

SECRETS = (
    "canary-mail-password",
    "canary-wrong-password",
    "canary-ntfy-password",
    "canary-mastodon-token",
    "canary-hook-password",
    "canary-file-secret",
    "canary-database-password",
    "canary-param-secret",
    "canary-answer-secret",
)
ADDRESSES = ("canary-alice", "canary-bob", "canary-staff", "canary-push-token", "8613800138777", "canary-phone-only")
STEPS = """\
  - {id: code, type: ask, needs: [], fields: {code: {type: string, secret: true}}}
  - {id: first-notice, type: announce, needs: [], template: first-notice, audience: everyone, approval: {by: comms}}
  - {id: wake, type: page, needs: [], to: comms, text: Wake up}
  - {id: work, type: task, needs: [], title: Work, assignee: commander}
"""
INCIDENT = "latest"
TOUR: Sequence[Sequence[str]] = (
    ("doctor",),
    ("audience", "import", "bad.csv"),
    ("audience", "count", "everyone"),
    ("audience", "list"),
    ("audience", "show", "u1"),
    ("audience", "suppress", "canary-bob@example.net", "--reason", "bounce"),
    ("audience", "list", "--suppressed"),
    ("audience", "unsuppress", "canary-bob@example.net", "--reason", "mistake"),
    ("audience", "unsuppress", "canary-alice@example.net", "--reason", "mistake"),
    ("channel", "list"),
    *(("channel", "test", name) for name in ("email", "refused", "push", "social", "sms")),
    ("message", "list"),
    ("message", "preview", "first-notice"),
    ("message", "test", "first-notice", "--to", "me"),
    ("playbook", "list"),
    ("playbook", "show", "small"),
    ("declare", "small", "--param", "key=canary-param-secret", "--param", "floor=canary-param-secret"),
    ("declare", "small", "--param", "key=canary-param-secret"),
    ("show", INCIDENT),
    ("list", "--all"),
    ("answer", INCIDENT, "code", "code=canary-answer-secret"),
    ("approve", INCIDENT, "first-notice", "--as", "wang"),
    ("approve", INCIDENT, "first-notice", "--as", "wang", "--yes", "3"),
    ("outbox", "list", INCIDENT),
    ("outbox", "hold", INCIDENT),
    ("outbox", "retry", INCIDENT),
    ("update", INCIDENT, "--text", "en=We are on it.", "--yes", "3"),
    ("work", "--until-idle"),
    ("page", INCIDENT, "wang", "--text", "Wake up"),
    ("ack", INCIDENT),
    ("task", "list", INCIDENT),
    ("task", "done", INCIDENT, "work"),
    ("role", "claim", INCIDENT, "commander"),
    ("note", INCIDENT, "water in the cellar"),
    ("show", INCIDENT),
    ("timeline", INCIDENT),
    ("reconcile", INCIDENT),
    ("outbox", "list", INCIDENT),
    ("outbox", "stop", INCIDENT),
    ("cancel", INCIDENT, "--reason", "false alarm"),
    ("store", "status"),
    ("backup", "copy.db"),
)


@dataclass
class Typist:
    """Types commands in one workspace and keeps all that was printed."""

    workspace: Path
    capture: pytest.CaptureFixture[str]
    printed: list[tuple[str, str]] = field(default_factory=list)

    def type(self, *words: str, output: str = "table") -> int:
        import incident.cli

        folder = Path(incident.cli.__file__).parent
        tree = Tree(name="incident", folder=folder, package="incident.cli", epilog="", version=True)
        argv = ["--workspace", str(self.workspace), "--output", output, *words]
        code = _failure.guarded(tree, argv, os.environ)
        out, err = self.capture.readouterr()
        self.printed.append((f"{' '.join(words)} ({output}, exit {code})", out + err))
        return code

    def change(self, before: str, after: str) -> None:
        """Another text in incident.yaml."""
        settings = self.workspace / "incident.yaml"
        text = settings.read_text()
        assert before in text
        settings.write_text(text.replace(before, after))

    def seen(self, canaries: Sequence[str]) -> list[tuple[str, str, str]]:
        """(command, canary, its surroundings) of each that was printed or stands in a crash report."""
        reports = [(f"report {file.name}", file.read_text()) for file in self.workspace.glob("crashes/*")]
        return [
            (what, canary, text[max(0, text.index(canary) - 60) : text.index(canary) + 60])
            for what, text in [*self.printed, *reports]
            for canary in canaries
            if canary in text
        ]


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[smtp.MailServer]:
    """It wants a password, and repeats the address (and a phone number) of one whom it refuses."""
    words = (
        "550 5.1.1 <canary-bob@example.net>: canary-bob@example.net unknown, ask +86 138 0013 8777 or +8613800138777"
    )
    behaviour = smtp.Behaviour(refuse={"canary-bob@example.net": words}, password="canary-mail-password")
    with smtp.running(tmp_path / "mails", behaviour) as server:
        yield server


@pytest.fixture
def typist(
    tmp_path: Path,
    mail_server: smtp.MailServer,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Typist:
    """A workspace where secrets stand in the environment and in a file, and most servers are not there."""
    host = f"127.0.0.1:{mail_server.port}"
    sender = "?from=notice@wallet.example&mode=insecure"
    monkeypatch.setenv("CANARY_MAIL", f"mailto://user:canary-mail-password@{host}/{sender}")
    monkeypatch.setenv("CANARY_REFUSED", f"mailto://user:canary-wrong-password@{host}/{sender}")
    monkeypatch.setenv("CANARY_NTFY", "ntfy://user:canary-ntfy-password@127.0.0.1:1/{push}")
    monkeypatch.setenv("CANARY_HOOK", "http://user:canary-hook-password@127.0.0.1:1/?k=canary-file-secret")
    monkeypatch.setenv("INCIDENT_DEBUG", "1")
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "token").write_text("mastodon://canary-mastodon-token@127.0.0.1:1\n")
    from incident.people import os_user

    people = {
        name: {"os_users": [os_user()], "email": f"canary-staff-{name}@x.example", "phone": "+8613800138777"}
        for name in ("li", "wang")
    }
    head = book("small", STEPS).replace(
        "params:\n",
        "params:\n  - {name: key, type: string, secret: true}\n  - {name: floor, type: integer, secret: true}\n",
    )
    house.write(
        folder,
        playbooks={"small": head},
        people=people,
        channels={
            "email": {"kind": "mail", "url": "env:CANARY_MAIL"},
            "refused": {"kind": "mail", "url": "env:CANARY_REFUSED", "medium": "email"},
            "push": {"kind": "apprise", "url": "env:CANARY_NTFY", "medium": "push"},
            "social": {"kind": "apprise", "url": "file:token", "medium": "social"},
            "sms": {"kind": "webhook", "url": "env:CANARY_HOOK", "medium": "sms"},
        },
    )
    (folder / "bad.csv").write_text(
        "id,name,locale,email,phone\nu8,X,en,canary-alice@,\nu9,X,en,canary-bob@example.net,canary-phone-only\n"
    )
    console = house.opened(folder, MovableClock())
    house.import_rows(
        console,
        [
            "id,name,locale,email,phone,push",
            "u1,Alice,en,canary-alice@example.net,+8613800138777,canary-push-token-1",
            "u2,Bob,en,canary-bob@example.net,,canary-push-token-2",
            "u3,Eve,en,,+8613800138777,",
        ],
    )
    console.close()
    monkeypatch.chdir(folder)
    return Typist(folder, capfd)


@pytest.mark.parametrize("output", ["table", "json"])
def test_nothing_that_is_secret_is_printed(typist: Typist, output: str) -> None:
    """The whole tour of commands, for people and for scripts; also what fails."""
    codes = {words: typist.type(*words, output=output) for words in TOUR}
    assert not typist.seen((*SECRETS, *ADDRESSES))
    console = house.opened(typist.workspace, MovableClock())
    told = "\n".join(str(entry.to_json()) for entry in journal.read(console.store))
    words = [row["words"] or "" for row in console.store.execute("SELECT words FROM delivery").fetchall()]
    console.close()
    assert not [canary for canary in (*SECRETS, *ADDRESSES) if canary in told], "in the journal"
    assert not [canary for canary in (*SECRETS, *ADDRESSES) if any(canary in said for said in words)], "in the ledger"
    assert any("5.1.1" in said or "unknown" in said for said in words), "the server's words were kept"
    reached = {words for words, code in codes.items() if code not in (1, 2)}
    assert reached == set(TOUR), f"defects or misspelt: {set(TOUR) - reached}"


def test_who_asks_by_name_sees_addresses(typist: Typist) -> None:
    """The measure measures: the canary appears where it was asked for, and only there."""
    assert typist.type("audience", "show", "u1", "--show-addresses") == 0
    assert {canary for _, canary, _ in typist.seen(ADDRESSES)} == {"canary-alice", "canary-push-token", "8613800138777"}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://canary:canary-database-password@127.0.0.1:1/incident",
        "postgresql://canary:canary-database-password@127.0.0.1:port/incident",
        "postgresql://canary:canary-database-password@[broken/incident",
        "postgresql://canary:canary%2Ddatabase%2Dpassword@127.0.0.1:1/incident?sslmode=nonsense",
        "postgresql://127.0.0.1:1/incident?user=canary&password=canary-database-password&nonsense=1",
        "mysql://canary:canary-database-password@127.0.0.1/incident",
    ],
)
@pytest.mark.parametrize("output", ["table", "json"])
def test_a_database_that_is_not_there_tells_no_password(
    typist: Typist, monkeypatch: pytest.MonkeyPatch, url: str, output: str
) -> None:
    """Unreachable, misspelt, of another kind: the sentence names no password."""
    monkeypatch.setenv("CANARY_STORE", url)
    typist.change('{"organisation"', '{"store": {"url": "env:CANARY_STORE"}, "organisation"')
    for words in (("list",), ("doctor",), ("store", "status")):
        assert typist.type(*words, output=output) != 0
    assert not typist.seen(("canary-database-password", "canary%2Ddatabase%2Dpassword"))
    assert not list(typist.workspace.glob("crashes/*")), "a wrong URL is no defect of ours"


@pytest.mark.parametrize(
    "url",
    [
        "mailto://user:canary-mail-password@",
        "mailto://user:canary-mail-password@127.0.0.1:port/?from=a@b.example",
        "nonsense://user:canary-mail-password@127.0.0.1",
        "canary-mail-password",
    ],
)
@pytest.mark.parametrize("kind", ["mail", "apprise", "webhook"])
def test_a_channel_that_is_misspelt_tells_no_password(
    typist: Typist, monkeypatch: pytest.MonkeyPatch, url: str, kind: str
) -> None:
    """The mistake names the key and its place, never the value."""
    monkeypatch.setenv("CANARY_MAIL", url)
    before = '"kind": "mail", "url": "env:CANARY_MAIL"'
    typist.change(before, f'"kind": "{kind}", "medium": "email", "url": "env:CANARY_MAIL"')
    for words in (("list",), ("channel", "list"), ("channel", "test", "email"), ("doctor",)):
        typist.type(*words)
    assert not typist.seen(("canary-mail-password",))


def test_a_crash_report_holds_no_address(
    typist: Typist, monkeypatch: pytest.MonkeyPatch, postgresql_server: Server
) -> None:
    """A database that refuses a row says which one; the report of our defect does not."""
    name = postgresql_server.create()
    url = postgresql_server.url(name).replace("incident@", "incident:canary-database-password@")
    monkeypatch.setenv("CANARY_STORE", url)
    typist.change('{"organisation"', '{"store": {"url": "env:CANARY_STORE"}, "organisation"')
    house.opened(typist.workspace, MovableClock()).close()
    open_store(url).execute("ALTER TABLE suppression ADD CHECK (address = '')")
    with pytest.raises(psycopg.errors.CheckViolation, match="canary-bob"):
        open_store(url).execute("INSERT INTO suppression VALUES ('canary-bob@example.net', 'x', 0, 'li')")
    assert typist.type("audience", "suppress", "canary-bob@example.net", "--reason", "bounce") == 1
    assert list(typist.workspace.glob("crashes/*")), "there is a report"
    assert not typist.seen((*SECRETS, *ADDRESSES))
