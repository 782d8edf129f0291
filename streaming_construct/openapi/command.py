"""`streaming-construct openapi convert FILE` without the command line around it."""

from __future__ import annotations

import json
import sys
from typing import TextIO

import click

from streaming_construct.command_output import CommandOutput
from streaming_construct.documents.openapi_errors import OpenApiError
from streaming_construct.openapi.conversion.conversion_report import format_report
from streaming_construct.openapi.conversion.unknown_members import format_unknown_members
from streaming_construct.openapi.document import OpenApi
from streaming_construct.terminal import escape_lines, escape_text


def run_convert(
    source: str,
    output: TextIO,
    errors: TextIO,
    *,
    models: bool = True,
    documentation: bool = False,
) -> int:
    """Convert a file, or an app given as `package.module:attribute`.

    The document goes to `output` as JSON; the report of what it leaves out, or why there is none,
    to `errors`.

    Returns:
        The exit status: 0, or 1 when the document cannot be imported.
    """
    try:
        conversion = _read_document(source).convert(models=models, documentation=documentation)
    except OpenApiError as error:
        errors.write(f"Error: {escape_lines(str(error))}\n")
        return 1
    json.dump(conversion.document, output, indent=2)
    output.write("\n")
    errors.writelines(f"{escape_text(line)}\n" for line in format_report(conversion.dropped))
    count = len(conversion.operations)
    unknown = len(conversion.unknown)
    errors.writelines(
        f"{escape_text(line)}\n" for line in format_unknown_members(conversion.unknown)
    )
    errors.write(f"operations converted: {count}; left out: {len(conversion.dropped)}")
    errors.write(f"; not understood: {unknown}\n" if unknown else "\n")
    return 0


def _read_document(source: str) -> OpenApi:
    if not _is_app(source):
        return OpenApi.from_file(source)
    with CommandOutput(error=True).show_status(f"importing {source}"):
        return OpenApi.from_asgi(source)


def _is_app(source: str) -> bool:
    module, colon, attribute = source.partition(":")
    names = [*module.split("."), *attribute.split(".")]
    return colon == ":" and all(name.isidentifier() for name in names)


@click.group()
def openapi() -> None:
    """Convert an OpenAPI document or an ASGI app for API Gateway."""


@openapi.command()
@click.argument("source", metavar="FILE")
@click.option("--models/--no-models", default=True, help="Include request and response models.")
@click.option("--documentation", is_flag=True, help="Include summaries, descriptions and tags.")
def convert(source: str, *, models: bool, documentation: bool) -> None:
    """Convert FILE for the API Gateway import, and print the result.

    The report of omitted parts goes to standard error. FILE is a document in JSON or
    YAML, or an ASGI app given as package.module:attribute. The exit status is 1 if the document
    cannot be imported.
    """
    sys.exit(
        run_convert(source, sys.stdout, sys.stderr, models=models, documentation=documentation)
    )
