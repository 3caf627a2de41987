"""Staff from the command line: who is on call, codes told on the phone, a gate opened alone, a phone tree."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from incident.cli import _output
from incident.people import os_user
from tests.cli.program import Ran, run
from tests.run import house
from tests.run.playbooks import GATED, book
from tests.servers import web

PEOPLE = {
    "li": {"os_users": [os_user()], "name": "Li Wei", "email": "li@x.example", "roles": ["comms"]},
    "bob": {"os_users": ["bob"], "email": "bob@x.example", "phone": "+86 10 5555 0100", "roles": ["comms"]},
    "chen": {"os_users": ["chen"], "email": "chen@x.example", "roles": ["commander"]},
}
ROTAS = {"ic": {"turns": {"people": ["bob", "chen"], "since": "2026-01-05T09:00:00+08:00", "every": "1d"}}}
POLICIES = {"night": {"roles": ["commander"], "steps": [{"to": "rota/ic"}, {"to": "chen"}]}}


def workspace(folder: Path, **sections: object) -> Path:
    given = {"people": PEOPLE, "rotas": ROTAS, "policies": POLICIES, **sections}
    return house.write(folder / "w", playbooks={"small": book("small", GATED)}, **given)  # type: ignore[arg-type]


def do(folder: Path, *words: str, code: int = 0) -> Ran:
    done = run(*words, cwd=folder)
    assert done.exit == code, done.err or done.out
    return done


def declared(folder: Path, **sections: object) -> Path:
    made = workspace(folder, **sections)
    people = made / "people.csv"
    people.write_text("id,locale,email\nc1,en,c1@people.example\nc2,en,c2@people.example\n", encoding="utf-8")
    do(made, "audience", "import", str(people))
    do(made, "declare", "small")
    return made


def test_who_is_on_call(tmp_path: Path) -> None:
    """Now and next by rota, step by step by policy, by role; at any instant."""
    made = workspace(tmp_path)
    told = do(made, "who", "--at", "2026-01-05T10:00:00+08:00", "--output", "json").json
    (rota,) = told["rotas"]
    assert (rota["now"], rota["next"], rota["next_at"]) == (["bob"], ["chen"], "2026-01-06T01:00:00.000Z")
    assert [step["people"] for step in told["policies"][0]["steps"]] == [["bob"], ["chen"]]
    assert {role["role"]: role["people"] for role in told["roles"]} == {"comms": ["li", "bob"], "commander": ["chen"]}
    assert "bob" in do(made, "who", "--at", "2026-01-05T10:00:00+08:00").out


def test_who_is_called_where_nobody_is_on_duty(tmp_path: Path) -> None:
    """The step's fallback, not nobody."""
    over = {"person": "bob", "from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    policies = {"all": {"steps": [{"to": "rota/ic", "fallback": "chen"}]}}
    made = workspace(tmp_path, rotas={"ic": {"shifts": [over]}}, policies=policies)
    told = do(made, "who", "--output", "json").json
    assert [step["people"] for step in told["policies"][0]["steps"]] == [["chen"]]


def test_who_holds_what_and_whom_to_telephone(tmp_path: Path) -> None:
    """In an incident; the tree has the numbers, and the words to read out."""
    made = declared(tmp_path)
    do(made, "role", "claim", "1", "comms")
    do(made, "page", "1", "chen", "--text", "sh1 is dark")
    told = do(made, "who", "1", "--phone-tree", "--output", "json").json
    assert told["held"] == {"comms": "li"}
    assert [leaf["phone"] for leaf in told["phone_tree"]] == ["+86 10 5555 0100", "", ""]
    assert "sh1 is dark" in told["read_out"]
    assert "incident ack INC-" in told["read_out"]


def test_when_no_call_reaches_anybody_the_tree_is_printed(tmp_path: Path) -> None:
    """A gateway that refuses every number: whom to telephone and what to say stand below the command."""
    with web.running(tmp_path / "sms", lambda post, number: web.Answer(status=404, body={})) as gateway:
        sms = {"kind": "webhook", "url": f"http://127.0.0.1:{gateway.port}/", "medium": "sms", "address": "phone"}
        made = declared(tmp_path, channels={**house.FILES, "sms": sms})
        done = do(made, "page", "1", "bob", "--text", "wake up")
        assert "PAGING HAS REACHED NOBODY" not in done.out  # mail followed the refused message at once
        people = {**PEOPLE, "bob": {**PEOPLE["bob"], "contacts": ["sms"]}}
        text = json.loads((made / "incident.yaml").read_text(encoding="utf-8")) | {"people": people}
        (made / "incident.yaml").write_text(json.dumps(text), encoding="utf-8")
        done = do(made, "page", "1", "bob", "--text", "the bridge")
        assert "PAGING HAS REACHED NOBODY" in done.out
        assert "+86 10 5555 0100" in done.out
        assert "Read out: This is an alarm of Example Wallet." in done.out
        shown = do(made, "show", "1", "--output", "json").json
        assert shown["phone_tree"][0]["person"] == "bob"
        assert "No call has reached anybody" in do(made, "timeline", "1").out


def test_whoever_declares_is_told_that_no_call_has_reached_anybody(tmp_path: Path) -> None:
    """The playbook calls bob, and no way works: the tree stands below what to type next."""
    with web.running(tmp_path / "sms", lambda post, number: web.Answer(status=404, body={})) as gateway:
        sms = {"kind": "webhook", "url": f"http://127.0.0.1:{gateway.port}/", "medium": "sms", "address": "phone"}
        people = {**PEOPLE, "bob": {**PEOPLE["bob"], "contacts": ["sms"]}}
        made = workspace(tmp_path, people=people, channels={**house.FILES, "sms": sms})
        call = "  - {id: call, type: page, to: bob, text: wake up}\n"
        (made / "playbooks" / "small.yaml").write_text(book("small", call), encoding="utf-8")
        done = do(made, "declare", "small")
        assert "PAGING HAS REACHED NOBODY" in done.out
        assert "+86 10 5555 0100" in done.out


def test_a_second_person_on_the_phone(tmp_path: Path) -> None:
    """bob tells the code, li types it: once, on record, marked on the timeline; a wrong code is on record too."""
    made = declared(tmp_path)
    secret = pyotp.random_base32()
    (made / "bob.totp").write_text(secret, encoding="utf-8")
    settings = json.loads((made / "incident.yaml").read_text(encoding="utf-8"))
    settings["people"]["bob"]["totp"] = "file:bob.totp"
    (made / "incident.yaml").write_text(json.dumps(settings), encoding="utf-8")
    as_bob = ("approve", "1", "first-notice", "--as", "bob")
    assert "may not act as bob" in do(made, *as_bob, code=12).err
    assert "no code of bob" in do(made, *as_bob, "--totp", "000000", code=12).err
    code = pyotp.TOTP(secret).now()
    assert "confirm with --yes 2" in do(made, *as_bob, "--totp", code, code=20).err
    do(made, *as_bob, "--totp", code, "--yes", "2")
    timeline = do(made, "timeline", "1").out
    assert "bob (told a code, typed by li)" in timeline
    entries = do(made, "timeline", "1", "--output", "json").json["entries"]
    (approved,) = [entry for entry in entries if entry["kind"] == "gate.approved"]
    assert approved["detail"]["acted_by"] == {"login": "li", "proof": "totp"}
    assert (approved["actor"], approved["os_user"]) == ("bob", os_user())
    assert "bob approved (told a code, typed by li)" in do(made, "review", "1").out


def test_codes_are_set_up_once(tmp_path: Path) -> None:
    """The file is private, the secret is shown this once and works; a second time needs --replace."""
    made = workspace(tmp_path)
    told = do(made, "person", "totp", "enrol", "--output", "json").json
    file = made / "secrets" / "li.totp"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert parse_qs(urlsplit(told["uri"]).query)["secret"] == [file.read_text(encoding="utf-8").strip()]
    assert told["setting"] == "people.li.totp: file:secrets/li.totp"
    assert "--replace" in do(made, "person", "totp", "enrol", code=16).err
    again = do(made, "person", "totp", "enrol", "--replace")
    assert "otpauth://totp/Example%20Wallet:li" in again.out
    assert "█" in again.out


def test_a_gate_that_one_person_opened_is_marked_everywhere(tmp_path: Path) -> None:
    """show, list and timeline, for people and for scripts; the commander is paged."""
    made = declared(tmp_path)
    opened = ("approve", "1", "first-notice", "--break-glass", "--yes", "2")
    assert "--reason" in do(made, *opened, code=18).err
    done = do(made, *opened, "--reason", "nobody else is awake")
    assert "BREAK-GLASS" in done.err
    for line in (("show", "1"), ("list",), ("timeline", "1")):
        assert "BREAK-GLASS" in do(made, *line).out, line
    shown = do(made, "show", "1", "--output", "json").json
    assert (shown["break_glass"], shown["gates"][0]["break_glass"]) == (True, True)
    assert do(made, "list", "--output", "json").json["incidents"][0]["break_glass"] is True
    assert shown["pages"] == [{"to": "chen", "state": "open", "by": None}]


@pytest.mark.parametrize("text", ["BREAK-GLASS: li opened it", "PAGING HAS REACHED NOBODY. Telephone them:"])
def test_what_is_alarming_is_red_on_a_terminal(text: str) -> None:
    """The whole of it."""
    assert _output._reddened(text) == f"\x1b[31m\x1b[1m{text}\x1b[0m"


def test_who_must_still_acknowledge_is_named(tmp_path: Path) -> None:
    """Each for themselves."""
    policies = {"all": {"steps": [{"to": ["li", "chen"], "all_must_ack": True}]}}
    made = declared(tmp_path, policies=policies)
    do(made, "page", "1", "policy/all", "--text", "read this")
    assert "Still to acknowledge, each for themselves: chen" in do(made, "ack", "1").out


def test_one_secret_that_cannot_be_read_stops_no_command(tmp_path: Path) -> None:
    """Its person's codes alone are not taken; doctor says so."""
    made = declared(tmp_path)
    settings = json.loads((made / "incident.yaml").read_text(encoding="utf-8"))
    settings["people"]["bob"]["totp"] = "file:bob.totp"
    (made / "incident.yaml").write_text(json.dumps(settings), encoding="utf-8")
    do(made, "list")
    refused = do(made, "approve", "1", "first-notice", "--as", "bob", "--totp", "123456", code=12).err
    assert "cannot be checked by this login: the file bob.totp cannot be read" in refused
    findings = run("doctor", "--output", "json", cwd=made).json["findings"]
    assert [one["level"] for one in findings if "codes of bob cannot be checked" in one["message"]] == ["warning"]


def test_doctor_knows_a_rota_without_anybody(tmp_path: Path) -> None:
    """Before the night comes; and a file of codes that others can read."""
    shift = {"person": "bob", "from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    made = workspace(tmp_path, rotas={"ic": {"shifts": [shift]}})
    file = made / "li.totp"
    file.write_text(pyotp.random_base32(), encoding="utf-8")
    file.chmod(0o644)
    settings = json.loads((made / "incident.yaml").read_text(encoding="utf-8"))
    settings["people"]["li"]["totp"] = "file:li.totp"
    (made / "incident.yaml").write_text(json.dumps(settings), encoding="utf-8")
    findings = run("doctor", "--output", "json", cwd=made).json["findings"]
    told = {(one["check"], one["level"]): one["message"] for one in findings}
    assert "ic: nobody is on duty now" in told[("rota", "problem")]
    assert "Others can read the one-time codes of li" in told[("code", "warning")]
