"""Many messages in one POST: what is asked, what the answer tells of each, and what follows when it does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from incident.channel import batch
from incident.channel.port import Channel, Deferred, Delivery, Outcome, Refused, Sent, Unknown
from incident.channel.reply import Reply
from tests.channel.setup import channel, delivery, outcomes, read
from tests.clock import START
from tests.servers import rough
from tests.servers.rough import Call, Rough, Way, answer

KEYS = ("b1-0", "b1-1", "b1-2")


def told(document: object, status: int = 200, **headers: str) -> list[Outcome]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return batch.judge(Reply(status=status, headers=headers, body=body), KEYS, START)


def test_each_message_has_its_own_answer() -> None:
    """A result's status means what HTTP means by it, as if the message had been posted alone."""
    results = [
        {"key": "b1-2", "status": 429, "retry_after": 30, "error": "slowly"},
        {"key": "b1-0", "status": 202, "id": "m-1"},
        {"key": "b1-1", "status": 410, "error": "token is gone"},
    ]
    assert told({"results": results}) == [
        Sent("http 202", "id m-1"),
        Refused("bad_address", "http 410", "token is gone"),
        Deferred("rate", "http 429", "slowly", timedelta(seconds=30)),
    ]


def test_answers_by_position() -> None:
    """Results without keys, as many as messages, are in the order of the messages; a bare list will do."""
    assert told([{"status": 200}, {"status": 503}, {"status": 201}]) == [
        Sent("http 200", ""),
        Deferred("busy", "http 503", ""),
        Sent("http 201", ""),
    ]


@pytest.mark.parametrize("status", [202, 204])
def test_all_taken(status: int) -> None:
    """202 and 204 without a body take the whole batch."""
    assert told(b"", status) == [Sent(f"http {status}")] * 3


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>Please log in to the network</html>",
        b'{"results": [{"key": "b1-0", "sta',
        b"[" * 5000,
        {"ok": True},
        {"results": 3},
        {"results": [3, 4, 5]},
        {"results": [{"status": 200}]},
        {"results": [{"key": "b1-0"}, {"key": "b1-1", "status": "200"}, {"key": "b1-2", "status": 99}]},
        {"results": [{"key": key, "status": status} for key in KEYS for status in (200, 500)]},
    ],
)
def test_no_answer_is_unknown(document: object) -> None:
    """What the answer does not tell, or tells twice, nobody knows."""
    assert {(type(outcome), getattr(outcome, "reason", "")) for outcome in told(document)} == {(Unknown, "unclear")}


def test_a_message_without_an_answer_is_alone() -> None:
    """One that is missing in the answer does not make the others unknown; a key that was not sent changes nothing."""
    results = [{"key": "b1-0", "status": 200}, {"key": "b9-9", "status": 200}, {"key": "b1-2", "status": 200}]
    assert [type(outcome) for outcome in told({"results": results})] == [Sent, Unknown, Sent]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Refused("bad_content", "http 400", "no")),
        (403, Refused("not_authorised", "http 403", "no")),
        (404, Refused("misconfigured", "http 404", "no")),
        (408, Deferred("busy", "http 408", "no")),
        (413, Refused("too_large", "http 413", "no")),
        (429, Deferred("rate", "http 429", "no")),
        (503, Deferred("busy", "http 503", "no")),
        (504, Unknown("timeout", "http 504", "no")),
    ],
)
def test_status_of_the_whole(status: int, outcome: Outcome) -> None:
    """A status other than 2xx is everybody's, whatever the body says."""
    assert told({"error": "no", "results": [{"key": key, "status": 200} for key in KEYS]}, status) == [outcome] * 3


def test_identity_names_the_messages() -> None:
    """The same messages have the same Idempotency-Key, other ones another; one alone has its own."""
    assert batch.identity(["a", "b"]) == batch.identity(["a", "b"])
    assert batch.identity(["a", "b"]) != batch.identity(["a", "b", "c"])
    assert batch.identity(["a"]) == "a"


# --- over the wire


def messages(call: Call) -> list[dict[str, Any]]:
    found = call.json()
    return found["messages"] if isinstance(found, dict) else found


def accept(call: Call) -> Way:
    return answer(200, {"results": [{"key": one["key"], "status": 202} for one in messages(call)]})


@contextmanager
def gateway(
    folder: Path, choose: Callable[[Call], Way] = accept, keys: str = "batch: 10, connections: 1"
) -> Iterator[tuple[Rough, Channel]]:
    with rough.running(choose) as server:
        using = channel(f'{{kind: webhook, url: "http://127.0.0.1:{server.port}/push", {keys}}}', folder)
        yield server, using
        using.close()


def people(count: int) -> list[Delivery]:
    return [delivery(no, f"tok-{no}") for no in range(count)]


def sizes(server: Rough) -> list[int]:
    return [len(messages(call)) for call in server.calls]


def reasons(sent: dict[int, Outcome]) -> Sequence[str]:
    return [getattr(outcome, "reason", "") for _, outcome in sorted(sent.items())]


def test_batches_as_large_as_asked(tmp_path: Path) -> None:
    """25 messages in tens are three POSTs on one connection; each message whole, with its key."""
    with gateway(tmp_path) as (server, using):
        sent = outcomes(using, people(25))
        assert set(map(type, sent.values())) == {Sent}
        assert sizes(server) == [10, 10, 5]
        assert server.connections == 1
        first = server.calls[0].json()
        assert first["schema"] == "incident.batch/v1"
        assert [one["address"] for one in first["messages"]] == [f"tok-{no}" for no in range(10)]
        assert first["messages"][0]["schema"] == "incident.delivery/v1"
        assert server.calls[0].key == batch.identity([one["key"] for one in first["messages"]])


def test_body_in_the_shape_of_the_other_side(tmp_path: Path) -> None:
    """With a body of one's own the POST is a list of them."""
    with gateway(tmp_path, keys='batch: 3, connections: 1, body: {key: "{key}", to: "{address}"}') as (server, using):
        outcomes(using, people(2))
        assert server.calls[0].json() == [{"key": "b1-0", "to": "tok-0"}, {"key": "b1-1", "to": "tok-1"}]


def test_what_cannot_be_written_stays_alone(tmp_path: Path) -> None:
    """A person without an address, or half a character in a text, costs nobody else's message."""
    three = [delivery(0, ""), delivery(1, "tok-1", parts={"text": "\ud800"}), delivery(2, "tok-2")]
    with gateway(tmp_path) as (server, using):
        assert reasons(outcomes(using, three)) == ["bad_address", "bad_content", ""]
        assert sizes(server) == [1]


def test_a_refused_recipient_sends_nothing_again(tmp_path: Path) -> None:
    """One of ten is refused: the nine are sent, once."""

    def choose(call: Call) -> Way:
        wrong = {"tok-3": 410}
        results = [{"key": one["key"], "status": wrong.get(one["address"], 202)} for one in messages(call)]
        return answer(207, {"results": results})

    with gateway(tmp_path, choose) as (server, using):
        assert reasons(outcomes(using, people(10))) == [""] * 3 + ["bad_address"] + [""] * 6
        assert sizes(server) == [10]


def test_too_large_is_halved(tmp_path: Path) -> None:
    """413 halves a batch until it passes, and no later one is as large."""
    most = 3
    with gateway(tmp_path, lambda call: accept(call) if len(messages(call)) <= most else answer(413)) as (
        server,
        using,
    ):
        sent = outcomes(using, people(20))
        assert set(map(type, sent.values())) == {Sent}
        taken = [size for size in sizes(server) if size <= most]
        assert sum(taken) == 20
        assert len(server.calls) - len(taken) == 2, "10 and 5 are tried once; the second ten is cut before it is sent"


def test_one_that_is_too_large_is_refused_alone(tmp_path: Path) -> None:
    """What is too large on its own is refused; the others of its batch are sent, once each."""
    many = [delivery(no, f"tok-{no}", parts={"text": "长" * (4000 if no == 6 else 1)}) for no in range(10)]
    with gateway(tmp_path, lambda call: accept(call) if len(call.body) < 8000 else answer(413)) as (server, using):
        sent = outcomes(using, many)
        assert reasons(sent) == [""] * 6 + ["too_large"] + [""] * 3
        reached = [one["key"] for call in server.calls if len(call.body) < 8000 for one in messages(call)]
        assert sorted(reached) == sorted(f"b1-{no}" for no in range(10) if no != 6)


def test_a_half_that_is_put_off_spares_the_other(tmp_path: Path) -> None:
    """When the first half of a batch that was too large is put off, the second is not tried, and is told so."""
    with gateway(tmp_path, lambda call: answer(413 if len(messages(call)) > 5 else 503)) as (server, using):
        sent = outcomes(using, people(10))
        assert set(reasons(sent)) == {"busy"}
        assert sizes(server) == [10, 5]
        assert [outcome.words.startswith("Not tried") for _, outcome in sorted(sent.items())] == [False] * 5 + [
            True
        ] * 5


def test_broken_after_the_request(tmp_path: Path) -> None:
    """A connection that breaks after the batch was handed over makes all of it unknown; the next batch goes on."""
    with gateway(tmp_path, lambda call: rough.close if call.no == 0 else accept(call)) as (_, using):
        assert reasons(outcomes(using, people(20))) == ["no_reply"] * 10 + [""] * 10


def test_asked_to_come_back(tmp_path: Path) -> None:
    """503 is everybody's in this batch, and nobody's in the next; 429 with a time is asked once."""
    with gateway(tmp_path, lambda call: answer(503) if call.no == 0 else accept(call)) as (server, using):
        assert reasons(outcomes(using, people(20))) == ["busy"] * 10 + [""] * 10
    with gateway(tmp_path, lambda call: answer(429, Retry_After="9")) as (server, using):
        sent = outcomes(using, people(30))
        assert {(outcome.reason, outcome.wait) for outcome in sent.values()} == {("rate", timedelta(seconds=9))}  # type: ignore[union-attr]
        assert len(server.calls) == 1


def test_a_slow_device_slows_nobody_else(tmp_path: Path) -> None:
    """429 for one message speaks of its device, and closes nothing."""

    def choose(call: Call) -> Way:
        results = [
            {"key": one["key"], "status": 429 if one["address"] == "tok-0" else 202, "retry_after": 60}
            for one in messages(call)
        ]
        return answer(200, {"results": results})

    with gateway(tmp_path, choose, "batch: 2, connections: 1") as (_, using):
        assert reasons(outcomes(using, people(6))) == ["rate", "", "", "", "", ""]


def test_a_rate_fills_no_batch(tmp_path: Path) -> None:
    """A batch is what may go now: it neither breaks the rate nor waits for the next window."""
    with gateway(tmp_path, keys="batch: 10, connections: 2, rate: {per: 1s, most: 4}") as (server, using):
        outcomes(using, people(7))
        assert sizes(server) == [4, 3]


def test_words_show_nobody_of_the_batch(tmp_path: Path) -> None:
    """What a server says of a batch may quote anybody in it; nobody's address stays in the words."""
    with gateway(tmp_path, lambda call: answer(400, {"error": "tok-1 and tok-7 are bad"})) as (_, using):
        assert {outcome.words for outcome in outcomes(using, people(10)).values()} == {"*** and *** are bad"}


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("form: true, body: {a: b}", "no_batch"),
        ("replies: wecom", "no_batch"),
        ("url: 'https://gateway.example.com/{push}'", "no_batch"),
    ],
)
def test_what_cannot_be_batched(tmp_path: Path, keys: str, code: str) -> None:
    """Forms, robots and URLs with a recipient in them are for one message a POST."""
    url = "" if "url" in keys else ", url: 'https://gateway.example.com/'"
    _, mistakes = read(f"push: {{kind: webhook, batch: 5, {keys}{url}}}", tmp_path)
    assert [mistake.code for mistake in mistakes] == [code]


@pytest.mark.parametrize(
    "keys", ["url: 'https://g.example.com/发送'", "url: 'https://g.example.com/', headers: {A: '停'}"]
)
def test_what_cannot_be_written_to_a_server(tmp_path: Path, keys: str) -> None:
    """What HTTP cannot carry is a mistake in the file, not one of the night."""
    _, mistakes = read(f"push: {{kind: webhook, {keys}}}", tmp_path)
    assert [mistake.code for mistake in mistakes] in (["bad_url"], ["bad_header"])
