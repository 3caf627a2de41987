"""The SMTP engine without a socket: played against scripted servers byte by byte, and against random ones."""

from __future__ import annotations

import random
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.channel.address import read_mail
from incident.channel.port import Deferred, Outcome, Refused, Sent, Unknown
from incident.channel.smtp.engine import REFUSALS_IN_A_ROW, Engine, Event, Over, Ready, Returned, Settled, Upgrade
from incident.channel.smtp.letter import Letter
from incident.channel.smtp.replies import NO_SMTP, Replies
from tests.servers.fastsink import Inbox, Sink, Stage

URL = "mailto://127.0.0.1:25/?from=n@wallet.example"
EHLO = {
    "stepping": b"250-sink\r\n250 SIZE 5000\r\n",
    "riding": b"250-sink\r\n250-SIZE 5000\r\n250 PIPELINING\r\n",
    "streaming": b"250-sink\r\n250-SIZE 5000\r\n250-CHUNKING\r\n250 PIPELINING\r\n",
}
GAITS = tuple(EHLO)


def letter(no: int, content: bytes = b"Subject: x\r\n\r\n.hello\r\n") -> Letter:
    return Letter(no=no, sender="n@wallet.example", recipient=f"li{no}@example.com", content=content)


class Play:
    """An engine with some letters, the server's lines fed by hand."""

    def __init__(self, letters: int, url: str = URL, window: int = 4) -> None:
        self.letters = deque(letter(no) for no in range(letters))
        self.engine = Engine(read_mail(url), lambda: "[127.0.0.1]", self.next, window)
        self.events: list[Event] = []

    def next(self) -> Letter | None:
        return self.letters.popleft() if self.letters else None

    def says(self, *lines: str) -> bytes:
        """The server says these lines; returns what the engine says to it."""
        self.events += self.engine.receive(b"".join(line.encode() + b"\r\n" for line in lines))
        return self.engine.outgoing()

    def opened(self, gait: str) -> bytes:
        self.says("220 sink")
        self.events += self.engine.receive(EHLO[gait])
        return self.engine.outgoing()

    def outcomes(self) -> dict[int, Outcome]:
        return {event.letter.no: event.outcome for event in self.events if isinstance(event, Settled)}

    def returned(self) -> list[int]:
        return [event.letter.no for event in self.events if isinstance(event, Returned)]


SIZE = len(letter(0).content)
TEXT = b"Subject: x\r\n\r\n..hello\r\n.\r\n"


def group(no: int) -> bytes:
    return f"MAIL FROM:<n@wallet.example> SIZE={SIZE}\r\nRCPT TO:<li{no}@example.com>\r\nDATA\r\n".encode()


def streamed(no: int) -> bytes:
    return b"RSET\r\n" + group(no).replace(b"DATA", b"BDAT %d LAST" % SIZE) + letter(no).content


def test_stepping() -> None:
    """Without PIPELINING each command waits for the reply to the one before."""
    play = Play(2)
    assert play.opened("stepping") == b"MAIL FROM:<n@wallet.example> SIZE=%d\r\n" % SIZE
    assert play.says("250 ok") == b"RCPT TO:<li0@example.com>\r\n"
    assert play.says("250 ok") == b"DATA\r\n"
    assert play.says("354 go") == TEXT
    assert play.says("250 2.0.0 queued") == b"MAIL FROM:<n@wallet.example> SIZE=%d\r\n" % SIZE
    assert play.outcomes() == {0: Sent("250 2.0.0", "queued")}


def test_stepping_refused() -> None:
    """After a refusal RSET goes first, also alone."""
    play = Play(2)
    play.opened("stepping")
    play.says("250 ok")
    assert play.says("550 5.1.1 nobody") == b"RSET\r\n"
    assert play.says("250 ok").startswith(b"MAIL FROM")
    assert play.outcomes() == {0: Refused("bad_address", "550 5.1.1", "nobody")}


def test_riding() -> None:
    """With PIPELINING the next mail's commands ride with this one's text: one round trip a mail."""
    play = Play(3)
    assert play.opened("riding") == group(0)
    assert play.says("250 ok", "250 ok", "354 go") == TEXT + group(1)
    assert play.says("250 queued", "250 ok", "250 ok", "354 go") == TEXT + group(2)
    assert play.outcomes() == {0: Sent("250", "queued")}


def test_riding_recipient_refused_data_refused() -> None:
    """The first refusal counts; after a refused DATA comes RSET, so that the next MAIL meets no old transaction."""
    play = Play(2)
    play.opened("riding")
    assert play.says("250 ok", "550 5.1.1 nobody", "554 5.5.1 no recipients") == b"RSET\r\n" + group(1)
    assert play.says("250 ok", "250 ok", "250 ok", "354 go") == TEXT
    play.says("250 queued")
    assert play.outcomes() == {0: Refused("bad_address", "550 5.1.1", "nobody"), 1: Sent("250", "queued")}


def test_riding_recipient_refused_data_taken() -> None:
    """A server that wants a text after all gets a lone dot, and its answer to that is nobody's outcome."""
    play = Play(2)
    play.opened("riding")
    assert play.says("250 ok", "450 4.2.0 greylisted", "354 go") == b".\r\n" + b"RSET\r\n" + group(1)
    play.says("250 2.0.0 empty mail taken", "250 ok", "250 ok", "250 ok", "354 go")
    play.says("550 5.7.1 spam")
    assert {no: outcome.reason for no, outcome in play.outcomes().items() if not isinstance(outcome, Sent)} == {
        0: "greylisted",
        1: "blocked",
    }


def test_riding_data_refused() -> None:
    """DATA refused with everything before it taken: the letter has its outcome, the text never leaves."""
    play = Play(2)
    play.opened("riding")
    assert play.says("250 ok", "250 ok", "451 4.3.0 not now") == b"RSET\r\n" + group(1)
    assert play.outcomes() == {0: Deferred("busy", "451 4.3.0", "not now")}


def test_sender_refused() -> None:
    """MAIL refused: what the server says to RCPT and DATA after it is only an echo."""
    play = Play(1)
    play.opened("riding")
    play.says("452 4.3.1 no space", "503 5.5.1 MAIL first", "503 5.5.1 MAIL first")
    assert play.outcomes() == {0: Deferred("mailbox_full", "452 4.3.1", "no space")}


def test_streaming() -> None:
    """With CHUNKING a window of mails leaves at once, each group behind its own RSET; each answer opens a place."""
    play = Play(6, window=4)
    assert play.opened("streaming") == b"".join(streamed(no) for no in range(4))
    assert play.says("250 ok", "250 ok", "250 ok") == b""
    assert play.says("250 queued as 1") == streamed(4)
    ok = ("250 ok", "250 ok", "250 ok", "250 queued")
    assert play.says(*ok, *ok) == streamed(5)
    assert play.outcomes() == {0: Sent("250", "queued as 1"), 1: Sent("250", "queued"), 2: Sent("250", "queued")}


def test_streaming_refused_in_the_middle() -> None:
    """A refused mail among streamed ones takes nobody with it, and narrows the window."""
    play = Play(4, window=4)
    play.opened("streaming")
    ok = ("250 ok", "250 ok", "250 ok", "250 queued")
    play.says(*ok, "250 ok", "250 ok", "550 5.1.1 nobody", "503 5.5.1 no recipients", *ok, *ok)
    assert [type(play.outcomes()[no]) for no in range(4)] == [Sent, Refused, Sent, Sent]
    play = Play(0, window=8)
    play.opened("streaming")
    play.letters.extend(letter(no) for no in range(9))
    play.events += play.engine.wake()
    play.says("250 ok", "250 ok", "550 no", "503 no")
    assert play.engine.window == 4


@pytest.mark.parametrize("gait", ["riding", "streaming"])
def test_421_in_the_middle(gait: str) -> None:
    """421 ends the session: the mail it answers and all behind it were not taken and go elsewhere."""
    play = Play(4)
    play.opened(gait)
    ok = ("250 ok", "250 ok", "250 ok", "250 queued") if gait == "streaming" else ("250 ok", "250 ok", "354 go")
    play.says(*ok)
    play.says(*(["250 ok"] if gait == "streaming" else ["250 queued"]), "421 4.3.2 closing")
    play.events += play.engine.lost()
    assert play.outcomes() == {0: Sent("250", "queued")}
    assert play.returned() == ([1, 2, 3] if gait == "streaming" else [1])
    assert next(event.why for event in play.events if isinstance(event, Returned)) == Deferred(
        "busy", "421 4.3.2", "closing"
    )
    assert isinstance(play.events[-1], Over)
    assert [waiting.no for waiting in play.letters] == ([] if gait == "streaming" else [2, 3])


def test_421_and_no_farewell() -> None:
    """A server that says 421 and goes on answering is believed in what it answers: nothing is sent twice."""
    play = Play(3, window=3)
    play.opened("streaming")
    ok = ("250 ok", "250 ok", "250 ok", "250 queued")
    out = play.says(*ok, "250 ok", "250 ok", "421 4.3.2 not him", "503 no recipients", *ok)
    assert play.returned() == [1]
    assert [type(outcome) for outcome in play.outcomes().values()] == [Sent, Sent]
    assert out.endswith(b"QUIT\r\n")


@pytest.mark.parametrize("gait", ["riding", "streaming"])
def test_what_a_server_was_given_after_its_421_is_unknown(gait: str) -> None:
    """It goes on after its 421, takes what stood behind, and leaves without a word: it may have it."""
    play = Play(3, window=3)
    play.opened(gait)
    if gait == "riding":
        play.says("250 ok", "250 ok", "354 go")
        play.says("421 4.7.0 slow down", "250 ok", "250 ok", "354 go")
    else:
        play.says("250 ok", "250 ok", "250 ok", "421 4.7.0 slow down", "250 ok", "250 ok")
    play.events += play.engine.lost()
    assert play.returned() == [0]
    unknown = {no for no, outcome in play.outcomes().items() if isinstance(outcome, Unknown)}
    assert unknown == ({1} if gait == "riding" else {1, 2})


def test_closed_after_the_dot() -> None:
    """After the last octet only the server knows; the next mail, of which only commands left, was interrupted."""
    play = Play(2)
    play.opened("riding")
    play.says("250 ok", "250 ok", "354 go")
    play.events += play.engine.lost()
    assert {no: outcome.reason for no, outcome in play.outcomes().items() if isinstance(outcome, Unknown)} == {
        0: "no_reply"
    }
    assert play.returned() == [1]


def test_silence_after_the_dot() -> None:
    """The same, when the server stays and says nothing."""
    play = Play(1)
    play.opened("riding")
    play.says("250 ok", "250 ok", "354 go")
    play.events += play.engine.lost("timeout")
    (outcome,) = play.outcomes().values()
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "timeout"


def test_refusals_in_a_row_end_the_session() -> None:
    """A new session begins before the server loses patience with this one."""
    play = Play(REFUSALS_IN_A_ROW + 1)
    play.opened("riding")
    for no in range(REFUSALS_IN_A_ROW):
        out = play.says(*(["250 reset"] if no else []), "250 ok", "550 5.1.1 nobody", "554 no recipients")
    assert out == b"QUIT\r\n"
    assert isinstance(play.events[-1], Over)
    assert len(play.letters) == 1


def test_too_large_is_not_offered() -> None:
    """SIZE is believed: the mail is refused without a word, and the next one goes."""
    play = Play(0)
    play.letters.extend([letter(0, b"x" * 6000 + b"\r\n"), letter(1)])
    assert play.opened("riding") == group(1)
    assert {type(outcome) for outcome in play.outcomes().values()} == {Refused}


def test_no_smtputf8() -> None:
    """An address outside ASCII needs SMTPUTF8, and is refused where that is not offered."""
    play = Play(0)
    play.letters.append(Letter(no=0, sender="n@x.cn", recipient="李@x.cn", content=b"x\r\n"))
    assert play.opened("riding") == b""
    assert play.outcomes()[0].code == ""


@pytest.mark.parametrize(
    ("offer", "dialogue"),
    [
        ("AUTH PLAIN LOGIN", [("235 ok", b"AUTH PLAIN AGRlc2sAczNjcmV0\r\n")]),
        (
            "AUTH=LOGIN",
            [("334 VXNlcm5hbWU6", b"AUTH LOGIN\r\n"), ("334 x", b"ZGVzaw==\r\n"), ("235 ok", b"czNjcmV0\r\n")],
        ),
    ],
)
def test_login(offer: str, dialogue: list[tuple[str, bytes]]) -> None:
    """PLAIN where it is offered, else LOGIN, also as old servers write it."""
    play = Play(0, "mailto://desk:s3cret@127.0.0.1/?from=n@wallet.example")
    play.says("220 sink")
    said = play.says("250-sink", f"250 {offer}")
    for reply, expected in dialogue:
        assert said == expected
        said = play.says(reply)
    assert play.events == [Ready()]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["554 go away"], "unreachable"),
        (["421 4.7.0 too many connections"], "unreachable"),
        (["HTTP/1.1 400 Bad Request"], "unreachable"),
        (["220 sink", "502 no EHLO", "502 no HELO"], "unreachable"),
        (["220 sink", "250 sink"], "not_authorised"),
        (["220 sink", "250-sink", "250 AUTH CRAM-MD5"], "not_authorised"),
        (["220 sink", "250-sink", "250 AUTH PLAIN", "535 5.7.8 no"], "not_authorised"),
    ],
)
def test_not_opened(lines: list[str], reason: str) -> None:
    """Whatever keeps a session from opening is Deferred, and no secret is in its words."""
    play = Play(1, "mailto://desk:s3cret@127.0.0.1/?from=n@wallet.example")
    play.says(*lines)
    (over,) = play.events
    assert isinstance(over, Over)
    assert over.why is not None
    assert over.why.reason == reason
    assert len(play.letters) == 1


def test_starttls_needs_a_clean_line() -> None:
    """What was said in the clear behind the answer to STARTTLS is not believed."""
    url = "mailtos://relay.example/?from=n@wallet.example"
    for tail in ([], ["250 injected"]):
        play = Play(0, url)
        play.says("220 sink")
        assert play.says("250-sink", "250 STARTTLS") == b"STARTTLS\r\n"
        play.says("220 go", *tail)
        if tail:
            assert isinstance(play.events[0], Over)
            assert play.events[0].why == Deferred("tls", "", "The server spoke on after STARTTLS; nothing was sent.")
        else:
            assert play.events == [Upgrade()]
            play.engine.encrypted()
            assert play.engine.outgoing() == b"EHLO [127.0.0.1]\r\n"


def test_replies_in_any_pieces() -> None:
    """Several lines, cut at every byte, are one reply; what is no reply has the code for that."""
    said = b"250-first\r\n250-5.1.1 second\r\n250 third\r\n354 go\r\n250\r\nHTTP/1.1 400\r\n"
    replies = Replies()
    got = [reply for byte in said for reply in replies.feed(bytes([byte]))]
    assert got == Replies().feed(said)
    assert got == [(250, b"first\n5.1.1 second\nthird"), (354, b"go"), (250, b""), (NO_SMTP, b"/1.1 400")]
    assert [reply.code for reply in Replies().feed(b"2" * 100_000)] == [NO_SMTP]


REPLIES = ["550 5.1.1 no", "450 4.2.0 later", "421 4.3.2 bye", "drop", "554-5.7.1 two\r\n554 5.7.1 lines"]


def _scripted(chance: random.Random, rate: float, inbox: Inbox) -> None:
    def script(stage: Stage, address: str) -> str:
        if stage in ("greeting", "ehlo") or chance.random() > rate:
            return ""
        return chance.choice([*REPLIES, "354 go on"] if stage == "data" and not address else REPLIES)

    inbox.script = script


def _session(letters: deque[Letter], inbox: Inbox, chance: random.Random, window: int) -> list[Event]:
    """One session with a sink, both sides' bytes cut at random; at times the line breaks with bytes on their way."""
    engine = Engine(read_mail(URL), lambda: "[127.0.0.1]", lambda: letters.popleft() if letters else None, window)
    sink = Sink(inbox)
    to_us, to_sink, events = sink.greet(), b"", []
    while not any(isinstance(event, Over) for event in events):
        cut = chance.randint(1, 400)
        piece, to_us = to_us[:cut], to_us[cut:]
        if piece:
            events += engine.receive(piece)
        to_sink += engine.outgoing()
        cut = chance.randint(1, 4000)
        piece, to_sink = to_sink[:cut], to_sink[cut:]
        if not sink.closed:
            to_us += sink.feed(piece)
        broken = chance.random() < 0.005
        quiet = not to_us and (not to_sink or sink.closed)
        if quiet and not sink.closed and not engine.waiting:
            break
        if broken or (quiet and sink.closed):
            events += engine.lost()
    return events


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    gait=st.sampled_from(GAITS),
    window=st.integers(1, 9),
    rate=st.sampled_from([0, 0.05, 0.4]),
)
def test_every_letter_is_accounted_for(seed: int, gait: str, window: int, rate: float) -> None:
    """Against servers that refuse, hang up and break off at random, cut at random bytes:

    1. every letter that was taken is settled or returned, exactly once; 2. Sent means that the server has it, under its
    own recipient and content; 3. what the server has is Sent or Unknown, and never returned.
    """
    chance = random.Random(seed)
    inbox = Inbox(pipelining=gait != "stepping", chunking=gait == "streaming")
    _scripted(chance, rate, inbox)
    contents = [b"Subject: %d\r\n\r\n.%b\r\n" % (no, b"..x\r\n.\r\ny" * (no % 3)) for no in range(25)]
    letters = deque(letter(no, content) for no, content in enumerate(contents))
    events = _session(letters, inbox, chance, window)
    settled = {event.letter.no: event.outcome for event in events if isinstance(event, Settled)}
    told = [event.letter.no for event in events if isinstance(event, Settled | Returned)]
    assert sorted([*told, *(left.no for left in letters)]) == list(range(25))
    has = {int(mail.recipient[2:].partition("@")[0]): mail.content for mail in inbox.mails}
    assert len(has) == len(inbox.mails)
    assert all(content == contents[no] for no, content in has.items())
    sent = {no for no, outcome in settled.items() if isinstance(outcome, Sent)}
    unknown = {no for no, outcome in settled.items() if isinstance(outcome, Unknown)}
    assert sent <= set(has) <= sent | unknown
