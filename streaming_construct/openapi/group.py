"""`streaming-construct openapi ...` on the command line."""

from __future__ import annotations

import sys

import click

from streaming_construct.openapi.command import convert_command


@click.group()
def openapi() -> None:
    """What API Gateway makes of an OpenAPI document."""


@openapi.command()
@click.argument("source", metavar="FILE")
@click.option("--models/--no-models", default=True, help="Whether bodies keep their models.")
@click.option("--documentation", is_flag=True, help="Keep summaries, descriptions and tags.")
def convert(source: str, *, models: bool, documentation: bool) -> None:
    """Print FILE as API Gateway can import it, and on standard error what that leaves out.

    FILE is a document in JSON or YAML, or an ASGI app given as package.module:attribute. The exit
    status is 1 when the document cannot be imported.
    """
    sys.exit(
        convert_command(source, sys.stdout, sys.stderr, models=models, documentation=documentation)
    )
