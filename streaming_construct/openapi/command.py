"""`streaming-construct openapi convert FILE` without the command line around it."""

from __future__ import annotations

import json
from typing import TextIO

from streaming_construct.openapi.document import OpenApi
from streaming_construct.openapi.dropped import written
from streaming_construct.openapi.error import OpenApiError


def convert_command(
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
        document = OpenApi.from_asgi(source) if _is_app(source) else OpenApi.from_file(source)
        conversion = document.convert(models=models, documentation=documentation)
    except OpenApiError as error:
        errors.write(f"{error}\n")
        return 1
    json.dump(conversion.document, output, indent=2)
    output.write("\n")
    errors.writelines(f"{line}\n" for line in written(conversion.dropped))
    count = len(conversion.operations)
    errors.write(f"operations converted: {count}; left out: {len(conversion.dropped)}\n")
    return 0


def _is_app(source: str) -> bool:
    module, colon, attribute = source.partition(":")
    names = [*module.split("."), *attribute.split(".")]
    return colon == ":" and all(name.isidentifier() for name in names)
