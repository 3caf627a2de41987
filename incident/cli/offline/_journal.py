"""The option that names the local journal."""

from __future__ import annotations

from pathlib import Path

import click

local_journal = click.option(
    "--file",
    "file",
    envvar="INCIDENT_OFFLINE_FILE",
    show_envvar=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The local journal; offline.jsonl in the workspace when left out.",
)
