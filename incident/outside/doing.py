"""Does what was asked, within its time; what goes wrong is an outcome, never an exception."""

from __future__ import annotations

from collections.abc import Callable

from incident.outside.request import Command, Connect, Outcome, Request


def do(request: Request, stopped: Callable[[], bool]) -> Outcome:
    """Does it once. It ends early when `stopped()` becomes true: then nobody wants to know any more."""
    if isinstance(request, Command):
        from incident.outside import command

        return command.do(request, stopped)
    if isinstance(request, Connect):
        from incident.outside import connection

        return connection.do(request)
    from incident.outside import web

    return web.do(request)
