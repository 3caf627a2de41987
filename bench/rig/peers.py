"""The peers: Postfix's `smtp-source` in C, and nodemailer's pool; installed on demand, run as their users run them."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import time
from functools import cache
from pathlib import Path

from bench.rig.cores import SENDER, on
from bench.rig.run import Run
from bench.rig.texts import with_marks

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "bench" / ".cache"
MARK = "@NAME@"
SOURCE_NAME = "smtp-source"


class Missing(Exception):
    """A peer is not here and cannot be installed; the words say what to do."""


@cache
def smtp_source_path() -> str:
    """Debian's package postfix brings smtp-source and smtp-sink; root may install it. Raises Missing."""
    found = _on_path(SOURCE_NAME)
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run([ROOT / ".ci" / "servers", "postfix"], check=False, capture_output=True)
        found = _on_path(SOURCE_NAME)
    if not found:
        raise Missing("smtp-source and smtp-sink are missing: apt-get install postfix")
    return found


def _on_path(name: str) -> str | None:
    return shutil.which(name, path="/usr/sbin:/usr/bin")


@cache
def node_modules() -> Path:
    """nodemailer from npm, in a folder of its own that git ignores. Raises Missing."""
    modules = CACHE / "node_modules"
    if not (modules / "nodemailer").is_dir():
        if not (shutil.which("node") and shutil.which("npm")):
            raise Missing("nodemailer is missing: install Node.js with npm (apt-get install npm)")
        CACHE.mkdir(exist_ok=True)
        line = ["npm", "install", "--prefix", str(CACHE), "--no-audit", "--no-fund", "--silent", "nodemailer"]
        done = subprocess.run(line, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise Missing(f"nodemailer could not be installed: {done.stderr.strip()[-300:]}")
    return modules


def without(*, alone: bool) -> str:
    """Why nodemailer takes no part; '' when it does."""
    if alone:
        return "Without the peers, as asked."
    try:
        node_modules()
    except Missing as missing:
        return str(missing)
    return ""


def smtp_source(port: int, count: int, sessions: int, length: int) -> Run:
    """The same `length` octets to everybody: smtp-source writes nothing personal. -d keeps the sessions open."""
    options = ["-d", "-s", str(sessions), "-l", str(length), "-m", str(count)]
    line = [smtp_source_path(), *options, "-f", "n@wallet.example", "-t", "li@example.com", f"127.0.0.1:{port}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with on(SENDER):
        subprocess.run(line, check=True, capture_output=True)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(mails=count, seconds=seconds, cpu=cpu)


def nodemailer(port: int, count: int, connections: int) -> Run:
    """Personal mails, built and sent by nodemailer's pool; its start is not counted."""
    given = {
        "modules": str(node_modules()),
        "port": port,
        "count": count,
        "connections": connections,
        "texts": with_marks(MARK),
        "mark": MARK,
    }
    line = ["node", str(Path(__file__).with_name("nodemailer.js")), json.dumps(given)]
    with on(SENDER):
        done = subprocess.run(line, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert told["accepted"] == count, told
    return Run(mails=count, seconds=told["seconds"], cpu=told["cpu"])
