"""Command-line entry point: the `streaming-construct` command group."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Final

try:
    import click
except ModuleNotFoundError:
    print("click is missing: pip install 'streaming-construct[local]'", file=sys.stderr)
    sys.exit(2)

# Where each command is, and the extra that brings what it imports.
_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "doctor": ("streaming_construct.doctor.command", "aws"),
    "lint": ("streaming_construct.lint.command", "local"),
    "local": ("streaming_construct.local.command", "local"),
    "openapi": ("streaming_construct.openapi.command", "local"),
    "probe": ("streaming_construct.probe.command", "local"),
}


class Commands(click.Group):
    """The commands of `streaming-construct`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Return the name of every command, also of one whose extra is not installed."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click calls it
        """Import a command; one that lacks a package says which, and how to get it."""
        if cmd_name not in _COMMANDS:
            return None
        module, extra = _COMMANDS[cmd_name]
        try:
            found: click.Command = getattr(import_module(module), cmd_name)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.startswith(__package__):
                raise
            return _lacking(cmd_name, f"{error.name} is missing", extra)
        return found


def _lacking(name: str, problem: str, extra: str) -> click.Command:
    hint = f"{problem}: pip install 'streaming-construct[{extra}]'"

    def say(arguments: tuple[str, ...]) -> None:  # noqa: ARG001 - whatever they are
        click.echo(hint, err=True)
        raise SystemExit(2)

    return click.Command(
        name,
        callback=say,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True, "help_option_names": []},
        help=f"({hint})",
    )


def main() -> None:
    """Run the command that the arguments name."""
    group = Commands("streaming-construct", help="Tools for API Gateway REST APIs that stream.")
    click.version_option(package_name="streaming-construct")(group)()
