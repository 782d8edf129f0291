"""Command-line entry point: the `streaming-construct` command group."""

from __future__ import annotations

import ast
import errno
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

try:
    import click
except ModuleNotFoundError:
    print("click is missing. Run pip install 'streaming-construct[local]'.", file=sys.stderr)
    sys.exit(2)

_PACKAGE: Final = "streaming_construct"
# The user corrects these on the machine: a traceback would not help.
_MACHINE_ERRORS: Final = (errno.EACCES, errno.EDQUOT, errno.ENOSPC, errno.EPERM, errno.EROFS)


@dataclass(frozen=True)
class _Entry:
    """A command: the folder of its module, its extra, and a package that the extra installs."""

    folder: str
    extra: str
    package: str
    module_name: str = "command"

    @property
    def module(self) -> str:
        return f"{_PACKAGE}.{self.folder}.{self.module_name}"

    @property
    def file(self) -> Path:
        return Path(__file__).parent / self.folder / f"{self.module_name}.py"


_ENTRIES: Final[Mapping[str, _Entry]] = {
    "doctor": _Entry("doctor", "aws", "boto3"),
    "init": _Entry("init", "local", "jinja2"),
    "lint": _Entry("lint", "local", "yaml"),
    "local": _Entry("local", "local", "httptools"),
    "openapi": _Entry("openapi", "local", "yaml"),
    "probe": _Entry("probe", "local", "jinja2"),
    "token": _Entry("local", "local", "httptools", "token_command"),
    "verify": _Entry("verify", "local", "httptools"),
}


class Commands(click.Group):
    """The commands of `streaming-construct`. Only the command that runs is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, with or without their extra."""
        return list(_ENTRIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import a command. Without its extra, the command prints what to install."""
        entry = _ENTRIES.get(cmd_name)
        if entry is None:
            return None
        try:
            command: click.Command = getattr(import_module(entry.module), cmd_name)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.startswith(_PACKAGE):
                raise
            return _create_unavailable_command(cmd_name, error.name, entry.extra)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. Its error message can quote a file of others, so it is escaped."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            from streaming_construct.terminal import escape_lines

            # click declares the attribute final; its subclasses have other constructors.
            vars(error)["message"] = escape_lines(error.message)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their summaries, without importing them."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))
        rows = [(name, _read_short_help(name, limit)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _read_short_help(name: str, limit: int) -> str:
    """Return the first sentence of a command's docstring, or what to install."""
    entry = _ENTRIES[name]
    if find_spec(entry.package) is None:
        return f"({_format_install_hint(entry.package, entry.extra)})"
    tree = ast.parse(entry.file.read_bytes())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    docstring = next(ast.get_docstring(node) for node in functions if node.name == name)
    return click.Command(name, help=docstring).get_short_help_str(limit)


def _format_install_hint(package: str, extra: str) -> str:
    return f"{package} is missing. Run pip install 'streaming-construct[{extra}]'."


def _create_unavailable_command(name: str, package: str, extra: str) -> click.Command:
    """Return a command that prints what to install, for all arguments."""
    hint = _format_install_hint(package, extra)

    def print_hint(arguments: tuple[str, ...]) -> None:  # noqa: ARG001 - all are ignored
        click.echo(hint, err=True)
        raise SystemExit(2)

    return click.Command(
        name,
        callback=print_hint,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True, "help_option_names": []},
        help=f"({hint})",
    )


def _open_standard_streams() -> None:
    """Open the null device for each of the descriptors 0 to 2 that the caller closed.

    Otherwise the next file or socket takes its place, which libraries and children then read from,
    write to or close. Python sets the stream of a closed descriptor to None.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free descriptor: this one
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - a descriptor, open to the end


def main() -> None:
    """Run the command that the arguments select."""
    _open_standard_streams()
    group = Commands(
        "streaming-construct",
        help="Tools for API Gateway REST APIs that stream.",
        context_settings={"help_option_names": ["-h", "--help"]},  # commands inherit it
    )
    click.version_option(package_name="streaming-construct")(group)
    try:
        group()
    except OSError as error:
        if error.errno not in _MACHINE_ERRORS:
            raise
        from streaming_construct.terminal import escape_lines

        subject = error.filename or "the output cannot be written"
        click.echo(f"Error: {escape_lines(str(subject))}: {error.strerror}.", err=True)
        sys.exit(2)
