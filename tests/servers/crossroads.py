"""A port behind which stand several servers: each connection is led to one of them by chance, as by a load balancer
whose machines are not alike."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Crossroads:
    """`behind` are ports of loopback; the first connections are led to `first`, in order; then `chance` chooses."""

    behind: Sequence[int]
    chance: random.Random
    first: list[int] = field(default_factory=list)
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=100))

    @property
    def port(self) -> int:
        return int(self.listening.getsockname()[1])

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                port = self.first.pop(0) if self.first else self.chance.choice(self.behind)
                threading.Thread(target=_join, args=(client, port), daemon=True).start()


def _join(client: socket.socket, port: int) -> None:
    with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as server:
        back = threading.Thread(target=_carry, args=(server, client), daemon=True)
        back.start()
        _carry(client, server)
        back.join()


def _carry(source: socket.socket, goal: socket.socket) -> None:
    """Octets, and their end."""
    with contextlib.suppress(OSError):
        while octets := source.recv(65536):
            goal.sendall(octets)
    with contextlib.suppress(OSError):
        goal.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def running(behind: Sequence[int], chance: random.Random, first: Sequence[int] = ()) -> Iterator[Crossroads]:
    """In threads of this process, until the end of the block."""
    crossroads = Crossroads(behind, chance, list(first))
    threading.Thread(target=crossroads.serve, daemon=True).start()
    try:
        yield crossroads
    finally:
        crossroads.listening.shutdown(socket.SHUT_RDWR)
        crossroads.listening.close()
