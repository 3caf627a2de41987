"""One SMTP session at a time: hands over finished mails and says what the server answered for each.

The transport of kind `mail`. It knows envelopes and bytes, nothing of deliveries; another engine with the same
`hand_over` can stand in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from incident.channel.address import MailServer
from incident.channel.port import Deferred, Outcome, Refused, Sent, Unknown

if TYPE_CHECKING:
    import smtplib
    import ssl

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\s*(.*)", re.DOTALL)
_LINE_START_DOT = re.compile(rb"(?m)^\.")
_MAILS_A_SESSION = 500  # a session that is too long is closed by some servers; a new one costs three round trips


class Session:
    """A connection that is opened when needed, used for many mails, and opened again when it broke."""

    def __init__(self, server: MailServer, timeout: float, trust: Callable[[], ssl.SSLContext]) -> None:
        self._server = server
        self._timeout = timeout
        self._trust = trust
        self._smtp: smtplib.SMTP | None = None
        self._mails = 0

    def open(self) -> Deferred | None:
        """Connects, encrypts and logs in. None when that went well; else what holds for every mail of this batch."""
        import smtplib

        if self._smtp is None:
            try:
                self._smtp = self._connect()
                self._mails = 0
            except (smtplib.SMTPException, OSError) as error:
                return _not_opened(error)
        return None

    def _connect(self) -> smtplib.SMTP:
        import smtplib

        server = self._server
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout, context=self._trust()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                smtp.starttls(context=self._trust())
                smtp.ehlo()
            if server.user:
                smtp.login(server.user, server.password.reveal())
        except BaseException:
            smtp.close()
            raise
        return smtp

    def hand_over(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        """Hands over one mail. A kept session that turns out broken or closed is opened again, once."""
        for fresh in (self._smtp is None, True):
            if closed := self.open():
                return closed
            outcome = self._transact(sender, recipient, mail)
            if fresh or not _was_stale(outcome):
                return outcome
        raise AssertionError("unreachable: the second round is always fresh")

    def _transact(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        """MAIL, RCPT, DATA, text and dot. The dot divides: before it a broken connection means that nothing was
        accepted; after it only the server knows."""
        import smtplib

        smtp = self._smtp
        assert smtp is not None
        try:
            refusal = _offer(smtp, sender, recipient, len(mail))
            if refusal is None:
                smtp.send(_LINE_START_DOT.sub(b"..", mail) + b".\r\n")
        except (smtplib.SMTPException, OSError):
            self.drop()
            return Deferred("interrupted", "", "The connection broke before the mail was handed over.")
        return self._afterwards(self._answer(smtp) if refusal is None else refusal)

    def _answer(self, smtp: smtplib.SMTP) -> Outcome:
        """The reply to the dot."""
        import smtplib

        try:
            code, text = smtp.getreply()
        except smtplib.SMTPServerDisconnected as error:
            self.drop()
            if isinstance(error.__context__, TimeoutError):
                return Unknown("timeout", "", f"No answer within {self._timeout:g} s after the mail was handed over.")
            return Unknown("no_reply", "", "The connection broke after the mail was handed over.")
        except smtplib.SMTPResponseException as error:
            self.drop()
            return Unknown("unclear", str(error.smtp_code), _text(error.smtp_error))
        return verdict(code, _text(text))

    def _afterwards(self, outcome: Outcome) -> Outcome:
        """Makes the session ready for the next mail: RSET after a refusal, a new one after 421 or a long run."""
        self._mails += 1
        if outcome.code.startswith("421") or self._mails >= _MAILS_A_SESSION:
            self.close()
        elif not isinstance(outcome, Sent) and self._smtp is not None:
            try:
                self._smtp.rset()
            except Exception:
                self.drop()
        return outcome

    def drop(self) -> None:
        """Closes the socket without a word."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def close(self) -> None:
        """Says QUIT and closes."""
        if self._smtp is not None:
            with suppress(Exception):
                self._smtp.quit()
            self.drop()


def _was_stale(outcome: Outcome) -> bool:
    """Whether the mail was not accepted because the session was over: broken before the dot, or closed by 421."""
    return isinstance(outcome, Deferred) and (outcome.reason == "interrupted" or outcome.code.startswith("421"))


def _not_opened(error: BaseException) -> Deferred:
    """Why there is no session. None of it is a recipient's fault, so all of it is Deferred."""
    import smtplib
    import ssl

    if isinstance(error, ssl.SSLError):
        return Deferred("tls", "", f"The server's certificate is not trusted: {error.reason or 'TLS failed'}.")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Deferred("tls", "", "The server offers no STARTTLS (or no login); nothing was sent unencrypted.")
    if isinstance(error, smtplib.SMTPResponseException):
        # A refused login: Postfix defers too (smtp_sasl_auth_soft_bounce).
        login = isinstance(error, smtplib.SMTPAuthenticationError)
        return Deferred("not_authorised" if login else "unreachable", str(error.smtp_code), _text(error.smtp_error))
    return Deferred("unreachable", "", f"No connection to the mail server ({type(error).__name__}).")


def _offer(smtp: smtplib.SMTP, sender: str, recipient: str, size: int) -> Outcome | None:
    """Envelope and DATA. None when the server waits for the text."""
    foreign = not (sender + recipient).isascii()
    if foreign and not smtp.has_extn("smtputf8"):
        return Refused("bad_address", "", "The mail server takes no addresses outside ASCII (SMTPUTF8).")
    options = (f" SIZE={size}" if smtp.has_extn("size") else "") + (" SMTPUTF8" if foreign else "")
    for command in (f"MAIL FROM:<{sender}>{options}", f"RCPT TO:<{recipient}>", "DATA"):
        smtp.send(command.encode() + b"\r\n")
        code, text = smtp.getreply()
        if code != 354 if command == "DATA" else not 200 <= code < 300:
            outcome = verdict(code, _text(text))
            return outcome if isinstance(outcome, Deferred | Refused) else Deferred("interrupted", str(code))
    return None


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply


def verdict(code: int, text: str) -> Outcome:
    """A server's final answer to one mail (RFC 5321, 4.2; enhanced codes RFC 3463). `code` of the outcome is
    `550 5.1.1`, the words are without it.

    1. 2xx: it has taken responsibility. 2. 4xx: later; 3. 5xx: never, for the reason its codes name;
    4. anything else is no SMTP: Unknown.
    """
    enhanced, words = "", text
    if match := _ENHANCED.match(text):
        enhanced, words = match.groups()
    full = f"{code} {enhanced}".strip()
    if 200 <= code < 300:
        return Sent(full, words)
    if 400 <= code < 500:
        reason, wait = _later(code, enhanced, words.lower())
        return Deferred(reason, full, words, wait)
    if 500 <= code < 600:
        return Refused(_never(code, enhanced, words.lower()), full, words)
    return Unknown("unclear", "", "The answer is not SMTP.")


def _later(code: int, enhanced: str, words: str) -> tuple[str, timedelta | None]:
    if "greylist" in words or "graylist" in words:
        return "greylisted", timedelta(minutes=5)  # the usual delay of postgrey
    if code == 452 or enhanced == "4.2.2":
        return "mailbox_full", None
    if "rate" in words.split() or "too many" in words:
        return "rate", None
    return "busy", None


def _never(code: int, enhanced: str, words: str) -> str:
    """The first that fits: the enhanced code, then signs of a policy in the words, then the basic code."""
    by_enhanced = {
        "5.2.2": "mailbox_full",
        "5.2.3": "too_large",
        "5.3.4": "too_large",
        "5.2.1": "bad_address",
        "5.7.8": "not_authorised",
        "5.7.0": "not_authorised",
    }
    by_class = {"5.1": "bad_address", "5.6": "bad_content", "5.7": "blocked"}
    found = by_enhanced.get(enhanced) or by_class.get(enhanced.rpartition(".")[0])
    if found:
        return found
    if any(sign in words for sign in ("spam", "block", "blacklist", "policy", "reputation", "dmarc")):
        return "blocked"
    by_code = {530: "not_authorised", 535: "not_authorised", 552: "too_large", 555: "misconfigured"}
    return by_code.get(code) or ("bad_address" if code in (550, 551, 553) else "rejected")
