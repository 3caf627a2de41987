"""Nothing that people can write, read or meet is missing in the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from docs import generate
from incident import registry
from incident.channel import port
from incident.channel.settings import KINDS
from incident.delivery.model import STATES
from incident.message import metadata
from incident.message.medium import MEDIA
from incident.wiring import sections, step_types
from tests.docs import pages

LEDGER_REASONS = (
    "wrong_side",
    "no_address",
    "suppression_list",
    "opt_out",
    "not_chosen",
    "stopped",
    "incident_cancelled",
    "incident_merged",
    "dropped",
    "same_address",
    "expired",
    "gave_up",
    "process_died",
    "opt_out_overridden",
    "superseded",
    "not_told",
    "reached_before",
    "channel_down",
    "fallback",
    "canary",
    "quiet_hours",
    "hard_bounce",
    "error",
    "stale",
    "restored",
    "stopped_account",
    "rate",
    "deferred",
    "no_worker",
    "no_channel",
)


def missing(names: Iterator[str], page: str) -> list[str]:
    """The names that do not stand in the page as code."""
    text = pages.text(page)
    return [name for name in names if f"`{name}`" not in text]


def leaves() -> list[tuple[str, click.Command]]:
    return [(name, one) for name, one in generate.commands(generate.tree()) if not isinstance(one, click.Group)]


def test_every_command_is_told() -> None:
    """Each command has its own part in the reference."""
    headings = pages.sections("cli-reference.md")
    assert [name for name, _ in leaves() if name not in headings] == []


def test_every_option_is_told() -> None:
    """Each option stands in the part of its command, or among those of every command."""
    parts = pages.sections("cli-reference.md")
    shared = parts["Options of every command"]
    untold = [
        f"{name} {option}"
        for name, command in leaves()
        for param in command.params
        if isinstance(param, click.Option)
        for option in param.opts
        if f"`{option}" not in parts[name] and f"`{option}" not in shared
    ]
    assert untold == []


def test_every_command_and_option_says_what_it_does() -> None:
    """There is no command and no option without a sentence."""
    silent = [name for name, command in leaves() if not (command.help or "").strip()]
    silent += [
        f"{name} {param.name}"
        for name, command in leaves()
        for param in command.params
        if isinstance(param, click.Option) and not param.help
    ]
    assert silent == []


def test_every_command_teaches_by_example() -> None:
    """Each command's help ends with examples."""
    assert [name for name, command in leaves() if "Examples:" not in (command.epilog or "")] == []


def test_every_setting_is_told() -> None:
    """Each key of incident.yaml, and each key of one kind of channel."""
    keys = [row[0].strip("`") for row in generate.rows(sections())]
    own = [f"channels.<name>.{key}" for kind in registry.names(KINDS) for key in registry.load(KINDS, kind).FIELDS]
    assert missing(iter([*keys, *own]), "settings.md") == []


def test_every_environment_variable_is_told() -> None:
    """Each variable that an option reads stands in the page about settings."""
    variables = {str(param.envvar) for _, command in leaves() for param in command.params if param.envvar}
    assert missing(iter(sorted(variables)), "settings.md") == []


def test_every_kind_of_channel_is_told() -> None:
    """Each kind stands in the page about channels."""
    assert missing(iter(registry.names(KINDS)), "channels.md") == []


def test_every_medium_is_told() -> None:
    """Each medium stands in the page about channels."""
    assert missing(iter(MEDIA), "channels.md") == []


def test_every_outcome_and_reason_is_told() -> None:
    """The channels' reasons, the ledger's own, and the states of a delivery."""
    reasons = {*port.DEFERRED, *port.REFUSED, *port.UNKNOWN, *LEDGER_REASONS}
    assert missing(iter(sorted(reasons)), "channels.md") == []
    text = pages.text("channels.md")
    assert [state for state in STATES if state not in text and state != "pending"] == []


def test_the_ledger_has_no_other_reasons() -> None:
    """Each reason that the code of deliveries writes down is in the list above."""
    folder = pages.ROOT / "incident" / "delivery"
    code = "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
    written = set(re.findall(r'Verdict\("\w+", "(\w+)"\)', code))
    written |= set(re.findall(r'reason(?:=|"\] = |": )"(\w+)"', code))
    assert sorted(written - set(LEDGER_REASONS)) == []


def test_every_step_type_and_field_is_told() -> None:
    """Each step type has a part in the reference that names each of its fields, and a line in the guide."""
    parts = pages.sections("playbook-reference.md")
    untold = [
        f"{name}.{field}"
        for name, kind in step_types().items()
        for field in kind.fields
        if f"`{field}`" not in parts.get(name, "")
    ]
    assert untold == []
    assert missing(iter(step_types()), "playbooks.md") == []


def test_every_key_of_a_message_is_told() -> None:
    """Each key of message.yaml."""
    assert missing(iter(metadata.FIELDS), "messages.md") == []


def test_exit_codes_are_told_once() -> None:
    """Each class of mistake owns an exit code and a word of its own, in its band, and both are documented."""
    classes = generate.exit_classes()
    assert len({one.exit for one in classes}) == len(classes)
    assert len({one.code for one in classes}) == len(classes)
    assert all(3 <= one.exit <= 99 for one in classes)
    told = pages.text("exit-codes.md")
    assert [one.code for one in classes if f"| {one.exit} | `{one.code}` |" not in told] == []


def test_the_pages_speak_of_the_project_alone() -> None:
    """No page names a folder of the machine on which it was written."""
    assert re.findall(r"(?<![\w/.])/(?:work|tmp|root)/[\w./-]*", pages.everything()) == []
