"""Print the JSON Schema of a playbook file, for editors that complete and check."""

from __future__ import annotations

import json

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident playbook schema > playbook.schema.json
  incident playbook schema --format markdown > docs/playbook-reference.md

An editor with the YAML language server then wants this first line in each playbook:
  # yaml-language-server: $schema=../playbook.schema.json
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--format",
    "form",
    type=click.Choice(("json-schema", "markdown")),
    default="json-schema",
    envvar="INCIDENT_SCHEMA_FORMAT",
    show_envvar=True,
    help="JSON Schema (2020-12), or the reference page.",
)
@session
def command(session: Session, form: str) -> None:
    """Print what a playbook file may hold: as JSON Schema for editors, or as the reference page."""
    from incident.playbook.reference import page
    from incident.playbook.schema import json_schema
    from incident.wiring import step_types

    types = step_types()
    schema = json_schema(types)
    human = page(types).rstrip("\n") if form == "markdown" else json.dumps(schema, ensure_ascii=False, indent=2)
    session.emit("playbook-schema", schema, human)
