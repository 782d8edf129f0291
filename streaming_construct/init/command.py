"""`streaming-construct init`: create a project that streams."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from streaming_construct.init.project import TEMPLATES, project_files

_NEXT_STEPS: Final = (
    "python3 -m venv .venv && . .venv/bin/activate",
    "pip install -r requirements.txt",
    "npx aws-cdk@2 synth --quiet",
    "streaming-construct local --watch",
)


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
    """Create a project in the new folder NAME: an API that streams, with its tests.

    The last part of NAME becomes the name of the stack.
    """
    folder = Path(name)
    try:
        files = project_files(folder.name, template)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.UsageError(f"{name} exists and is not an empty folder. Choose another name.")
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        click.echo(f"created {file}")
    click.echo("\nNext steps:")
    for command in (f"cd {name}", *_NEXT_STEPS):
        click.echo(f"  {command}")
