"""A TCP connection, opened and closed again: somebody listens there."""

from __future__ import annotations

import socket

from incident.outside.request import Connect, Outcome


def do(wanted: Connect) -> Outcome:
    """Tries once."""
    try:
        socket.create_connection((wanted.host, wanted.port), timeout=wanted.seconds).close()
    except TimeoutError:
        words = f"{wanted.host}:{wanted.port} did not answer within {wanted.seconds:g} s"
        return Outcome(state="failed", code="timeout", words=words)
    except OSError as error:
        return Outcome(
            state="failed", code="connection", words=f"{wanted.host}:{wanted.port}: {error.strerror or error}"
        )
    return Outcome(state="ok")
