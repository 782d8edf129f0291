"""The OpenAPI document that an API is imported from.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from streaming_construct.model.declaration import Declaration
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

OPENAPI_VERSION: Final = Rule(
    id="openapi-version",
    severity=Severity.ERROR,
    title="Unsupported OpenAPI version",
    what=(
        "The API is imported from an OpenAPI document whose version is neither 2.0 nor 3.0. Or the "
        "wrong field contains the version: `swagger` contains 2.0, `openapi` contains 3.0."
    ),
    why="API Gateway imports OpenAPI 2.0 and 3.0 only. FastAPI, for example, generates 3.1.",
    fix="Convert the document with `streaming-construct openapi convert FILE`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html",
    tags=frozenset({"route", "lint"}),
)

_VERSIONS: Final = {"openapi": re.compile(r"3\.0(\..*)?"), "swagger": re.compile(r"2(\.0)?")}
_WRITE_VERSION: Final = "Write `openapi: 3.0.1`, or `swagger: '2.0'` for a document of version 2.0."


def check_openapi_version(declaration: Declaration) -> Iterator[Finding]:
    """Yield an error for a document of a version that API Gateway does not import."""
    key, version = declaration.document_version_key, declaration.document_version
    if key is None or (version is not None and _VERSIONS[key].fullmatch(version)):
        return
    problem, fix = (
        f"the version is {version}, but API Gateway imports only OpenAPI 2.0 and 3.0",
        None,
    )
    if version is None:
        problem, fix = (
            "the document has no version, so that API Gateway cannot import it",
            _WRITE_VERSION,
        )
    elif any(pattern.fullmatch(version) for pattern in _VERSIONS.values()):
        problem = f"API Gateway does not import a document with `{key}: {version}`"
        fix = _WRITE_VERSION
    origin = declaration.api.origin
    pointer = (
        _build_body_pointer(origin) if version is None else (*_build_body_pointer(origin), key)
    )
    yield OPENAPI_VERSION.at(
        Subject("API's document"),
        problem,
        fix=fix,
        location=replace(origin, json_pointer=pointer),
    )


def _build_body_pointer(origin: SourceLocation) -> tuple[str, ...]:
    """Return the JSON path of the document: in the properties of its API, or a file's root."""
    return (*origin.json_pointer, "Properties", "Body") if origin.json_pointer else ()
