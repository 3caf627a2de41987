"""Debian's Postfix on loopback: configuration, queue and mail in one temporary folder, on a free port. Needs root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.channel.setup import closed_port


@dataclass(frozen=True)
class Postfix:
    """A running Postfix: where it listens, and the folder that holds its maildirs."""

    port: int
    mail: Path


def _postfix() -> str | None:
    return shutil.which("postfix", path="/usr/sbin:/usr/local/sbin")


def why_not() -> str:
    """Why it cannot run here; '' when it can."""
    if os.geteuid() != 0:
        return "Postfix starts only as root"
    return "" if _postfix() else "postfix is not installed: apt-get install postfix"


@contextmanager
def running(settings: Mapping[str, str], services: Sequence[str] = ()) -> Iterator[Postfix]:
    """A Postfix of its own until the end of the block; `settings` go into main.cf, `services` into master.cf too."""
    folder = Path(tempfile.mkdtemp(prefix="pfx"))
    folder.chmod(0o755)
    port = closed_port()
    command = [str(_postfix()), "-c", str(folder / "etc")]
    try:
        _configure(folder, settings, [*_services(port), *services])
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=60)
        yield Postfix(port=port, mail=folder / "mail")
    finally:
        subprocess.run([*command, "stop"], capture_output=True, timeout=60, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _configure(folder: Path, settings: Mapping[str, str], services: Sequence[str]) -> None:
    owner = pwd.getpwnam("postfix")
    for name in ("etc", "queue", "data", "mail"):
        (folder / name).mkdir()
    for name in ("data", "mail"):
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    all_settings = {
        "compatibility_level": "3.6",
        "queue_directory": folder / "queue",
        "data_directory": folder / "data",
        "command_directory": "/usr/sbin",
        "daemon_directory": "/usr/lib/postfix/sbin",
        "mail_owner": "postfix",
        "setgid_group": "postdrop",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "myhostname": "mta.example",
        "mydestination": "",
        "mynetworks": "127.0.0.0/8",
        "smtpd_relay_restrictions": "permit_mynetworks, reject",
        "virtual_mailbox_base": folder / "mail",
        "virtual_uid_maps": f"static:{owner.pw_uid}",
        "virtual_gid_maps": f"static:{owner.pw_gid}",
        "virtual_minimum_uid": "1",
        "smtputf8_enable": "no",
        "maillog_file": folder / "log",
        "maillog_file_prefixes": folder,
        **settings,
    }
    (folder / "etc" / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in all_settings.items()))
    (folder / "etc" / "master.cf").write_text("".join(f"{row}\n" for row in services))


def _services(port: int) -> list[str]:
    """The daemons that local delivery needs, none of them in a chroot."""
    return [
        f"127.0.0.1:{port} inet n - n - - smtpd",
        "pickup unix n - n 60 1 pickup",
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce",
        "proxymap unix - - n - - proxymap",
        "error unix - - n - - error",
        "retry unix - - n - - error",
        "virtual unix - n n - - virtual",
        "anvil unix - - n - 1 anvil",
        "scache unix - - n - 1 scache",
        "postlog unix-dgram n - n - 1 postlogd",
    ]
