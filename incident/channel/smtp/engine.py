"""The protocol of one SMTP session, without socket or clock: bytes in, events and bytes out.

Mails are taken from `supply` at the moment when their first command can leave, and go in the best of three gaits that
the server offers:

- streaming (CHUNKING and PIPELINING, RFC 3030): RSET MAIL RCPT BDAT and the text at once, a window of mails in flight;
- riding (PIPELINING, RFC 2920): MAIL RCPT DATA of the next mail ride with the text of this one, one round trip a mail;
- stepping: one command, one reply.

Replies carry no name: the n-th reply answers the n-th command, so each command leaves in `_expected` what it was and
whose. The first refusal among a mail's replies is its outcome. The final dot (or last BDAT octet) divides: a session
lost before it has cost nothing, after it only the server knows. What stands behind a 421 was not taken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Literal, NamedTuple, TypeAlias

from incident.channel.address import MailServer
from incident.channel.port import Deferred, Outcome, Refused, Sent, Unknown
from incident.channel.smtp.letter import Letter
from incident.channel.smtp.opening import UPGRADE, NotOpened, Offer, Step, opening
from incident.channel.smtp.replies import NO_SMTP, Replies, Reply
from incident.channel.smtp.verdict import verdict

MAILS_A_SESSION = 2_000  # then a new one: some servers close a session without end in the middle of a mail
REFUSALS_IN_A_ROW = 4
"""Then a new session: Postfix counts two errors a refused mail, slows down after 10 and hangs up after 20
(smtpd_soft_error_limit, smtpd_hard_error_limit); an accepted mail clears its count."""

Silence: TypeAlias = Literal["closed", "timeout"]


class Ready(NamedTuple):
    """Greeted, encrypted, logged in."""


class Upgrade(NamedTuple):
    """Encrypt now, then call `encrypted`."""


class Settled:
    """The server's word for one mail, or what its silence means."""

    __slots__ = ("letter", "outcome")

    def __init__(self, letter: Letter, outcome: Outcome) -> None:
        self.letter = letter
        self.outcome = outcome


class Returned(NamedTuple):
    """Not taken; it may go out on another session. `why` is set for the mail that was being talked about."""

    letter: Letter
    why: Deferred | None


class Over(NamedTuple):
    """No more mails on this session: close the connection. `why` is set when it never opened."""

    why: Deferred | None


Event: TypeAlias = Ready | Upgrade | Settled | Returned | Over


class _Mail:
    """One mail in flight: whether its outcome was told, and whether its last octet is out."""

    __slots__ = ("handed", "letter", "told")

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.told = False
        self.handed = False


_IGNORE: Final = 0
_ENVELOPE: Final = 1
_DATA: Final = 2
_TEXT: Final = 3
_CHUNK: Final = 4
"""What a reply answers: RSET or a lone dot, MAIL or RCPT, DATA, the text after it, BDAT."""

_NOBODY: Final = _Mail(Letter(no=0, sender="", recipient="", content=b"\r\n"))


class Engine:
    """Feed `receive`, `wake` and `lost`; after each, send what `outgoing` returns and do what the events say."""

    def __init__(
        self, server: MailServer, hello: Callable[[], str], supply: Callable[[], Letter | None], window: int
    ) -> None:
        self.settled = 0  # mails that the server itself has answered
        self.window = self._most = window
        self._supply = supply
        self._state: Literal["opening", "open", "retiring", "over"] = "opening"
        self._dialogue = opening(server, hello)
        self._offer = Offer()
        self._streams = False
        self._replies = Replies()
        self._out: list[bytes] = []
        self._events: list[Event] = []
        self._expected: deque[tuple[int, _Mail]] = deque()
        self._held: deque[tuple[bytes, int, _Mail]] = deque()  # commands that wait for a reply; stepping only
        self._asking = False  # a DATA is not answered yet
        self._flying = 0  # streamed mails whose last reply is outstanding
        self._begun = 0
        self._refused = 0  # in a row
        self._dirty = False  # the server may still hold a transaction: RSET comes first
        self._farewell = False  # the server said 421
        next(self._dialogue)

    @property
    def waiting(self) -> bool:
        """Whether the server owes us a reply."""
        return self._state != "over" and (self._state == "opening" or bool(self._expected))

    def outgoing(self) -> bytes:
        """What is to be sent now, once."""
        out, self._out = self._out, []
        return b"".join(out)

    def receive(self, data: bytes) -> list[Event]:
        """What the server's bytes mean. Raises nothing, whatever they are."""
        replies = self._replies.feed(data)
        for at, (code, text) in enumerate(replies):
            if self._state == "over":
                break
            if self._state == "opening":
                self._open(Reply(code, text), clear=at + 1 == len(replies) and not self._replies.partial)
            elif not self._expected:
                self._unasked(code)
            else:
                what, mail = self._expected.popleft()
                if what != _ENVELOPE or not 200 <= code < 300:
                    self._hear(what, mail, code, text)
                if self._held or self._farewell or code in (421, NO_SMTP):
                    self._after(code)
        return self._pull()

    def wake(self) -> list[Event]:
        """There may be mails to take now."""
        return self._pull()

    def encrypted(self) -> list[Event]:
        """The connection is encrypted since `Upgrade`."""
        self._replies = Replies()
        self._advance(None)
        return self._told()

    def quit(self) -> None:
        """Says goodbye. Only an idle session can be closed in good order; on another one, just close the connection."""
        if self._state in ("open", "retiring") and not self._expected:
            self._out.append(b"QUIT\r\n")
        self._state = "over"

    def lost(self, silence: Silence = "closed") -> list[Event]:
        """The connection is gone, or the server has been silent for too long: what that means for each mail in flight.

        1. Behind a 421: not taken. 2. Handed over completely: only the server knows. 3. Else it was interrupted.
        """
        self._lose(silence)
        return self._told()

    def _lose(self, silence: Silence) -> None:
        if self._state == "over":
            return
        how = "did not answer in time" if silence == "timeout" else "closed the connection before it took a mail"
        unopened = Deferred("unreachable", "", f"The mail server {how}.")
        unheard = [mail for _, mail in self._expected] + [mail for _, _, mail in self._held]
        self._expected.clear()
        self._held.clear()
        for mail in dict.fromkeys(unheard):
            if not mail.told:
                self._forsake(mail, silence)
        self._end(unopened if self._state == "opening" else None)

    def _forsake(self, mail: _Mail, silence: Silence) -> None:
        if mail is _NOBODY:
            return
        mail.told = True
        if self._farewell:
            self._events.append(Returned(mail.letter, None))
        elif not mail.handed:
            why = Deferred("interrupted", "", "The connection broke before the mail was handed over.")
            self._events.append(Returned(mail.letter, why))
        elif silence == "timeout":
            words = "The server was silent after the mail was handed over."
            self._events.append(Settled(mail.letter, Unknown("timeout", "", words)))
        else:
            words = "The connection broke after the mail was handed over."
            self._events.append(Settled(mail.letter, Unknown("no_reply", "", words)))

    # Opening

    def _open(self, reply: Reply, *, clear: bool) -> None:
        step = self._advance(reply)
        if step == UPGRADE and not clear:
            # Whatever was said in the clear behind 220 could be anybody's (RFC 3207, 6; CVE-2011-0411).
            self._end(Deferred("tls", "", "The server spoke on after STARTTLS; nothing was sent."))
        elif step == UPGRADE:
            self._events.append(Upgrade())

    def _advance(self, reply: Reply | None) -> Step | None:
        """One step of the opening; the bytes to say are taken here."""
        try:
            step = self._dialogue.send(reply) if reply is not None else next(self._dialogue)
        except StopIteration as done:
            self._offer = done.value
            self._streams = self._offer.chunking and self._offer.pipelining
            self._state = "open"
            self._events.append(Ready())
            return None
        except NotOpened as refused:
            self._end(refused.why)
            return None
        if step != UPGRADE:
            self._out.append(step)
        return step

    # Beginning a mail

    def _pull(self) -> list[Event]:
        """Takes as many mails as may begin now, then ends a session that is through."""
        while self._may_begin():
            letter = self._supply()
            if letter is None:
                break
            refusal = self._unfit(letter)
            if refusal is None:
                self._begin(letter)
            else:
                self._events.append(Settled(letter, refusal))
        if self._state == "retiring" and not self._expected and not self._held:
            self.quit()
            self._events.append(Over(None))
        return self._told()

    def _may_begin(self) -> bool:
        if self._state != "open":
            return False
        if self._streams:
            return self._flying < self.window
        if self._offer.pipelining:
            return not self._asking
        return not self._expected and not self._held

    def _unfit(self, letter: Letter) -> Refused | None:
        """What the server has said beforehand that it will not take."""
        if 0 < self._offer.size < len(letter.content):
            return Refused("too_large", "", "The mail is longer than the mail server takes (SIZE).")
        if not self._offer.utf8 and not (letter.sender.isascii() and letter.recipient.isascii()):
            return Refused("bad_address", "", "The mail server takes no addresses outside ASCII (SMTPUTF8).")
        return None

    def _begin(self, letter: Letter) -> None:
        mail = _Mail(letter)
        self._begun += 1
        if self._begun >= MAILS_A_SESSION:
            self._state = "retiring"
        if self._dirty or self._streams:
            self._say(b"RSET\r\n", _IGNORE, _NOBODY)
            self._dirty = False
        envelope = self._envelope(letter)
        if self._streams:
            self._flying += 1
            mail.handed = True
            last, what = [b"BDAT %d LAST\r\n" % len(letter.content), letter.content], _CHUNK
        else:
            self._asking = True
            last, what = [b"DATA\r\n"], _DATA
        if self._offer.pipelining:
            self._out += envelope
            self._out += last
            heard = (_ENVELOPE, mail)
            self._expected += (heard, heard, (what, mail))
        else:
            for command in envelope:
                self._say(command, _ENVELOPE, mail)
            self._say(b"".join(last), what, mail)

    def _envelope(self, letter: Letter) -> tuple[bytes, bytes]:
        """MAIL and RCPT."""
        sender, recipient = letter.sender.encode(), letter.recipient.encode()
        options = b" SIZE=%d" % len(letter.content) if self._offer.sizes else b""
        if self._offer.eight_bit and not letter.content.isascii():
            options += b" BODY=8BITMIME"
        if not (sender.isascii() and recipient.isascii()):
            options += b" SMTPUTF8"
        return b"MAIL FROM:<%b>%b\r\n" % (sender, options), b"RCPT TO:<%b>\r\n" % recipient

    def _say(self, command: bytes, what: int, mail: _Mail) -> None:
        if self._expected and not self._offer.pipelining:
            self._held.append((command, what, mail))
        else:
            self._out.append(command)
            self._expected.append((what, mail))

    # Hearing a reply

    def _hear(self, what: int, mail: _Mail, code: int, text: bytes) -> None:
        """Nothing hangs on the answer to RSET or to a lone dot; a server in trouble says so again to MAIL."""
        if what == _TEXT:
            self._on_text(mail, code, text)
        elif what == _DATA:
            self._on_data(mail, code, text)
        elif what == _CHUNK:
            self._on_chunk(mail, code, text)
        elif what == _ENVELOPE:
            self._refuse(mail, code, text)

    def _on_data(self, mail: _Mail, code: int, text: bytes) -> None:
        """354: the text, or a lone dot when RCPT was refused before. Else the transaction still stands: RSET."""
        self._asking = False
        if code != 354:
            self._dirty = True
            self._refuse(mail, code, text)
        elif mail.told:
            self._dirty = True
            self._say(b".\r\n", _IGNORE, _NOBODY)
        else:
            mail.handed = True
            content = mail.letter.content
            if mail.letter.dotted:
                content = _stuffed(content)
            self._out += (content, b".\r\n")  # nothing is held back here: it answers the last command's reply
            self._expected.append((_TEXT, mail))

    def _on_text(self, mail: _Mail, code: int, text: bytes) -> None:
        outcome = verdict(code, text.decode("utf-8", "replace"))
        if code == 421 and isinstance(outcome, Deferred):
            self._return(mail, outcome)
        elif not mail.told:
            self._settle(mail, outcome)

    def _on_chunk(self, mail: _Mail, code: int, text: bytes) -> None:
        self._flying -= 1
        if not mail.told:
            self._on_text(mail, code, text)

    def _refuse(self, mail: _Mail, code: int, text: bytes) -> None:
        """A reply before the text that does not let it through; the first one counts."""
        if mail.told:
            return
        outcome = verdict(code, text.decode("utf-8", "replace"))
        if not isinstance(outcome, Deferred | Refused):
            outcome = Deferred("interrupted", str(code) if code > 0 else "", outcome.words)
        if code == 421 and isinstance(outcome, Deferred):
            self._return(mail, outcome)
        else:
            self._settle(mail, outcome)

    def _return(self, mail: _Mail, why: Deferred) -> None:
        mail.told = True
        self._events.append(Returned(mail.letter, why))

    def _settle(self, mail: _Mail, outcome: Outcome) -> None:
        """Tells the outcome. Refusals narrow the window, and some in a row end the session before the server does."""
        mail.told = True
        self.settled += 1
        self._events.append(Settled(mail.letter, outcome))
        if isinstance(outcome, Sent):
            self._refused = 0
            self.window = min(self._most, self.window + 1)
            return
        self._refused += 1
        self.window = max(1, self.window // 2)
        if self._refused >= REFUSALS_IN_A_ROW and self._state == "open":
            self._state = "retiring"

    def _after(self, code: int) -> None:
        """What a reply means for the session: 421 is its end, nonsense too; and the next held command may go.

        A server that goes on after its 421 may have taken what stood behind it: it was no farewell."""
        self._farewell = code == 421
        if code == 421:
            self._state = "retiring"
        elif code == NO_SMTP:
            self._lose("closed")
        while self._held and not self._expected:
            command, what, mail = self._held.popleft()
            if not mail.told:
                self._say(command, what, mail)
            else:  # refused before: what is left of it need not be said
                self._asking = False
                self._dirty = True

    def _unasked(self, code: int) -> None:
        """A reply to nothing: 421 announces that the server goes; anything else leaves us without a common count."""
        self._farewell = code == 421
        self._lose("closed")

    # Ending

    def _end(self, why: Deferred | None) -> None:
        self._state = "over"
        self._events.append(Over(why))

    def _told(self) -> list[Event]:
        events, self._events = self._events, []
        return events


def _stuffed(content: bytes) -> bytes:
    """A dot more on each line that begins with one (RFC 5321, 4.5.2)."""
    content = content.replace(b"\r\n.", b"\r\n..")
    return b"." + content if content.startswith(b".") else content
