"""The OpenAPI document that an API is imported from.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

from __future__ import annotations

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
    what="The API is imported from an OpenAPI document whose version is neither 2.0 nor 3.0.",
    why="API Gateway imports OpenAPI 2.0 and 3.0 only. FastAPI, for example, generates 3.1.",
    fix="Convert the document with `streaming-construct openapi convert FILE`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html",
    tags=frozenset({"route", "lint"}),
)


def openapi_version_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield an error for a document of a version that API Gateway does not import."""
    api = declaration.api
    version = declaration.document_version
    if version is not None and not (version == "2.0" or version.startswith("3.0")):
        yield OPENAPI_VERSION.at(
            Subject("API's document"),
            f"its version is {version}, but API Gateway imports only OpenAPI 2.0 and 3.0",
            location=replace(api.origin, json_pointer=(*_body(api.origin), "openapi")),
        )


def _body(origin: SourceLocation) -> tuple[str, ...]:
    """Return the JSON path of the document: in the properties of its API, or a file's root."""
    return (*origin.json_pointer, "Properties", "Body") if origin.json_pointer else ()
