"""The project is described in setup.cfg. Here stands only what can be compiled.

With INCIDENT_COMPILE=1 the modules that every mail of a million passes through become native code: the same sources,
by mypyc, which needs mypy and a C compiler. `make compiled` does it in a folder of its own, and tests it.
"""

import os

from setuptools import setup

COMPILED = [
    "incident/channel/address.py",
    "incident/channel/delivery.py",
    "incident/channel/mime.py",
    "incident/channel/patch.py",
    "incident/channel/smtp/connection.py",
    "incident/channel/smtp/engine.py",
    "incident/channel/smtp/letter.py",
    "incident/channel/smtp/opening.py",
    "incident/channel/smtp/pool.py",
    "incident/channel/smtp/replies.py",
    "incident/channel/smtp/verdict.py",
    "incident/channel/smtp/writing.py",
    "incident/channel/stencil.py",
    "incident/channel/words.py",
    "incident/delivery/claims.py",
    "incident/delivery/record.py",
    "incident/delivery/stream.py",
    "incident/delivery/texts.py",
    "incident/delivery/turnstile.py",
    "incident/message/marker.py",
    "incident/message/stencil.py",
]


def extensions() -> list[object]:
    if os.environ.get("INCIDENT_COMPILE") != "1":
        return []
    from mypyc.build import mypycify

    return list(mypycify(COMPILED, opt_level="3"))


setup(ext_modules=extensions())
