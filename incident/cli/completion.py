"""Print the completion script of a shell."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  echo 'eval "$(incident completion bash)"' >> ~/.bashrc
  echo 'eval "$(incident completion zsh)"' >> ~/.zshrc
  incident completion fish > ~/.config/fish/completions/incident.fish
"""


@click.command(epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@session
def command(session: Session, shell: str) -> None:
    """Print the completion script of SHELL; the shell then completes commands and options."""
    from click.shell_completion import get_completion_class

    completion = get_completion_class(shell)
    if completion is not None:
        script = completion(click.Command("incident"), {}, "incident", "_INCIDENT_COMPLETE").source()
        session.emit("completion", {"shell": shell, "script": script}, script)
