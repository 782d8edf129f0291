"""The OpenAPI document that an API is imported from.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from streaming_construct.model.declaration import Declaration
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.rules.finding import Finding, error


def openapi_version_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield an error for a document of a version that API Gateway does not import."""
    api = declaration.api
    version = declaration.document_version
    if version is not None and not (version == "2.0" or version.startswith("3.0")):
        yield error(
            "openapi-version",
            "the API's document",
            f"it is of OpenAPI {version}, and API Gateway imports 2.0 and 3.0",
            "convert it: streaming-construct openapi convert FILE",
            replace(api.origin, json_pointer=(*_body(api.origin), "openapi")),
        )


def _body(origin: SourceLocation) -> tuple[str, ...]:
    """Return the way to the document: in the properties of its API, or a file of its own."""
    return (*origin.json_pointer, "Properties", "Body") if origin.json_pointer else ()
