"""Writes the generated parts of the documentation: `python -m docs.generate`.

Two pages are generated whole (cli-reference.md, playbook-reference.md). In other pages a part stands between
`<!-- generated: NAME -->` and `<!-- end -->`; what is around it is written by hand. `tests/docs/` holds them current.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click

import incident.cli
from docs.shelf import shipped
from incident import errors, registry
from incident.channel import port, robots
from incident.channel.services import Service
from incident.channel.services import known as known_services
from incident.channel.settings import COMMON, KINDS
from incident.cli._failure import INTERRUPTED
from incident.cli._tree import Tree
from incident.duty.rules import shelf
from incident.message import metadata
from incident.now import duration_text
from incident.playbook.clock import ClockRule
from incident.playbook.clock_sections import FILE
from incident.playbook.reference import page as playbook_page
from incident.shape import Field, ListOf, MapOf, Section, choose
from incident.wiring import sections, step_types
from incident.yamlfile import Node, parse

DOCS = Path(__file__).resolve().parent
_PART = re.compile(r"(?<=<!-- generated: )([a-z-]+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)
# as `incident init` writes them
_ORDER = (
    "organisation",
    "people",
    "policies",
    "rotas",
    "paging",
    "channels",
    "delivery",
    "receipts",
    "drill",
    "heartbeat",
    "store",
)
_SHARED = {"--workspace", "--output", "--as", "-h"}

Row = tuple[str, ...]


def table(columns: Row, rows: Iterator[Row] | list[Row]) -> str:
    """A Markdown table."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


# --- the command line


def tree() -> Tree:
    """The program's whole command line."""
    folder = Path(incident.cli.__file__).parent
    return Tree(name="incident", folder=folder, package="incident.cli", epilog=incident.cli.EXAMPLES, version=True)


def commands(group: click.Group, above: click.Context | None = None) -> Iterator[tuple[str, click.Command]]:
    """Every command and group below `group` with its full name, in the order of the help."""
    context = click.Context(group, info_name=group.name, parent=above)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{context.command_path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, context)


def cli_reference() -> str:
    """docs/cli-reference.md."""
    root = tree()
    known = list(commands(root))
    parts = [
        "# Command line reference\n",
        "Every command with its arguments and options, printed from the program itself by `make docs`. "
        "`incident COMMAND --help` says the same.\n",
        "An incident is named by its id (`INC-2026-007`), by its number in this year (`7`), or by `latest`.\n",
        "## Options of every command\n",
        "They may stand before or after the command; the one nearest to the end of the line wins.\n",
        _parameters([param for param in root.params if {*param.opts} & _SHARED]),
        "## All commands\n",
        table(
            ("Command", "What it does"),
            [
                (f"[`{name}`](#{name.replace(' ', '-')})", _first_line(command))
                for name, command in known
                if not isinstance(command, click.Group)
            ],
        ),
    ]
    for name, command in known:
        if not isinstance(command, click.Group):
            parts.append(_command(name, command))
    return "\n".join(parts)


def _first_line(command: click.Command) -> str:
    """The short help: the first line of the command's file."""
    assert command.callback is not None
    return (sys.modules[command.callback.__module__].__doc__ or "").partition("\n")[0].rstrip(".")


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    help_text = " ".join((command.help or "").replace("\n\n", "\0").split()).replace("\0", "\n\n")
    own = [param for param in command.params if not {*param.opts} & _SHARED and isinstance(param, click.Option)]
    parts = [f"## {name}\n", f"```text\n{name} {usage}\n```\n", f"{help_text}\n"]
    if own:
        parts.append(_parameters(own))
    examples = (command.epilog or "").replace("\b\n", "").replace("\b", "").strip("\n")
    if examples:
        parts.append(f"```text\n{examples}\n```\n")
    return "\n".join(parts)


def _parameters(params: Sequence[click.Parameter]) -> str:
    return table(("Option", "Environment", "Meaning"), [_option(p) for p in params if isinstance(p, click.Option)])


def _option(option: click.Option) -> Row:
    value = "" if option.is_flag or option.count else f" {option.metavar or _values(option)}"
    words = [option.help or ""]
    if option.required:
        words.append("Required.")
    if option.multiple:
        words.append("May be given several times.")
    if isinstance(option.default, str | int) and not option.is_flag and option.default != "":
        words.append(f"Default: `{option.default}`.")
    variable = option.envvar if isinstance(option.envvar, str) else ""
    return (
        " ".join(f"`{name}{value}`" for name in option.opts),
        f"`{variable}`" if variable else "",
        " ".join(filter(None, words)),
    )


def _values(option: click.Option) -> str:
    return "|".join(option.type.choices) if isinstance(option.type, click.Choice) else option.type.name.upper()


# --- what stands in files


def rows(fields: Mapping[str, Field], above: str = "") -> Iterator[Row]:
    """(key, value, default, meaning) of each key and of the keys below it."""
    for name, field in fields.items():
        yield f"`{above}{name}`", field.shape.words(), default(field), field.help
        inner, path = field.shape, f"{above}{name}"
        while isinstance(inner, ListOf | MapOf):
            path += "[]" if isinstance(inner, ListOf) else ".<name>"
            inner = inner.item if isinstance(inner, ListOf) else inner.value
        if isinstance(inner, Section):
            yield from rows(inner.fields, f"{path}.")


def default(field: Field) -> str:
    """What holds when the key is left out, as one would write it."""
    value = field.default
    if field.required:
        return "required"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, timedelta):
        return f"`{duration_text(value)}`"
    if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        return ", ".join(f"`{one}`" for one in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{locale}: {text}" for locale, text in value.items())
    return f"`{value}`" if isinstance(value, str | int | float) and value != "" else ""


_FIELD_COLUMNS = ("Key", "Value", "Default", "Meaning")


def settings() -> str:
    """Every key of incident.yaml, a table a section."""
    parts = []
    for name, section in sorted(sections().items(), key=lambda item: _ORDER.index(item[0])):
        parts += [f"### `{name}`\n", f"{section.help}\n", table(_FIELD_COLUMNS, rows({name: section}))]
    for kind in registry.names(KINDS):
        module = registry.load(KINDS, kind)
        if module.FIELDS:
            own = list(rows(module.FIELDS, "channels.<name>."))
            parts += [f"### Keys of `kind: {kind}` only\n", f"{module.HELP}\n", table(_FIELD_COLUMNS, own)]
    return "\n".join(parts)


def kinds() -> str:
    """The kinds of channel."""
    loaded = [(kind, registry.load(KINDS, kind)) for kind in registry.names(KINDS)]
    return table(
        ("Kind", "What it does", "Own keys"),
        [(f"`{kind}`", module.HELP, ", ".join(f"`{key}`" for key in module.FIELDS)) for kind, module in loaded],
    )


def channel_keys() -> str:
    """The keys that every kind of channel has."""
    return table(_FIELD_COLUMNS, rows(COMMON))


def message_fields() -> str:
    """message.yaml."""
    return table(_FIELD_COLUMNS, rows(metadata.FIELDS))


def limits() -> str:
    """incident/message/limits.yaml as a table."""
    file = Path(incident.__file__).parent / "message" / "limits.yaml"
    node = parse(file.read_text(encoding="utf-8"), str(file), [])
    assert isinstance(node, Node)
    plain: Any = node.plain()
    return table(
        ("Network or medium", "Part", "At most", "Unit", "Source", "Checked"),
        [
            (one["of"], one["part"], f"{one['most']:,}", one["unit"], one["source"], one["checked_on"])
            for one in plain["limits"]
        ],
    )


def clock_fields() -> str:
    """A rule file under playbooks/clocks/."""
    return table(_FIELD_COLUMNS, rows(FILE))


def clock_rules() -> str:
    """The rules that are shipped, each with its source."""
    return table(
        ("Clock", "To", "Within", "From", "Source", "Checked"),
        [_clock(rule) for rule in shelf(Path("nowhere")).values()],
    )


def _clock(rule: ClockRule) -> Row:
    within = ", at the latest ".join(str(limit.within) for limit in rule.limits)
    anchors = ", ".join(f"submission of `{limit.of}`" if limit.of else limit.anchor for limit in rule.limits)
    source = f"[{rule.source.title}]({rule.source.url}) {rule.source.article}"
    to = choose(rule.authority, ("en", ""))
    return (
        f"`{rule.id}`",
        to,
        within + ("" if rule.statutory else " (own target)"),
        anchors,
        source,
        str(rule.checked_on),
    )


# --- closed lists


def exit_classes() -> list[type[errors.IncidentError]]:
    """Every mistake the program can name, by its exit code."""
    found = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.IncidentError) and value is not errors.IncidentError
    ]
    return sorted(found, key=lambda mistake: mistake.exit)


def exit_codes() -> str:
    """Exit code, the word in JSON, the meaning."""
    ours: list[Row] = [
        (str(one.exit), f"`{one.code}`", " ".join((one.__doc__ or "").split())) for one in exit_classes()
    ]
    return table(
        ("Exit", "`code` in JSON", "Meaning"),
        [
            ("0", "", "Done. Waiting for a person is done, too."),
            ("1", "`crash`", "A defect of the program; the message names the report that was written."),
            ("2", "`usage`", "The line was not understood: an unknown command or option, a missing argument."),
            *ours,
            (str(errors.WARNED), "", "Finished, with warnings (`incident doctor`)."),
            (str(INTERRUPTED), "`interrupted`", "Ctrl-C. Nothing is lost; the message says how to go on."),
            ("141", "", "Whoever read the output has gone away (`incident list | head -1`)."),
        ],
    )


def outcomes() -> str:
    """The outcomes of a channel and their reasons."""
    lists = (("deferred", port.DEFERRED), ("refused", port.REFUSED), ("unknown", port.UNKNOWN))
    return table(
        ("Outcome", "Reasons"),
        [("accepted", ""), *((name, ", ".join(f"`{reason}`" for reason in reasons)) for name, reasons in lists)],
    )


def services() -> str:
    """What is known of the services behind Apprise's schemas."""
    return table(
        ("URL", "Rate by default", "on_unknown", "Success is", "Where the rate is from"),
        [
            (
                ", ".join(f"`{schema}://`" for schema in schemas),
                ", ".join(f"{rate.most} in {duration_text(rate.per)}" for rate in found.rates) or "none",
                "`resend`" if found.idempotent else "`hold`",
                _success(found),
                found.source,
            )
            for schemas, found in known_services().items()
        ],
    )


def _success(found: Service) -> str:
    if not found.http:
        return "Apprise's word"
    if found.dialect in robots.DIALECTS:
        dialect = robots.DIALECTS[found.dialect]
        return f"`{dialect.code[0]}: {str(dialect.success).lower()}`"
    if found.dialect in robots.EVIDENCE:
        return f"an id, `{robots.EVIDENCE[found.dialect][0]}`"
    return "`1`, or no body" if found.dialect == "teams" else "HTTP 2xx"


PAGES: Mapping[str, Callable[[], str]] = {
    "cli-reference.md": cli_reference,
    "playbook-reference.md": lambda: playbook_page(step_types()),
}
PARTS: Mapping[str, Callable[[], str]] = {
    "settings": settings,
    "kinds": kinds,
    "channel-keys": channel_keys,
    "outcomes": outcomes,
    "services": services,
    "message-fields": message_fields,
    "limits": limits,
    "exit-codes": exit_codes,
    "shipped": shipped,
    "clock-fields": clock_fields,
    "clock-rules": clock_rules,
}


def _fill(made: Mapping[str, str], match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}\n{made[match[1]]}\n"


def pages() -> dict[Path, str]:
    """Every page that is generated or holds a generated part, as it should stand."""
    made = {name: part() for name, part in PARTS.items()}
    found = {DOCS / name: page() for name, page in PAGES.items()}
    for file in sorted(DOCS.rglob("*.md")):
        text = file.read_text(encoding="utf-8")
        if file not in found and _PART.search(text):
            found[file] = _PART.sub(partial(_fill, made), text)
    return found


def main() -> None:
    for file, text in pages().items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            click.echo(f"written: {file.relative_to(DOCS.parent)}")


if __name__ == "__main__":
    main()
