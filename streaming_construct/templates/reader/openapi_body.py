"""`OpenApiBody`: the OpenAPI document of an API, with its operations and gateway responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS, build_resource_path
from streaming_construct.documents.errors import SourceError
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.stacks.coercion import as_mapping, to_string
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved


@dataclass(frozen=True)
class OpenApiBody:
    """The document and its location; `problem` is the reason if it is unknown."""

    document: Mapping[str, Any]
    origin: SourceLocation
    problem: str | None = None


@dataclass(frozen=True)
class Operation:
    """A method (`ANY` for all) of a path.

    `integration` is the resolved value of `x-amazon-apigateway-integration`: a mapping if it is
    valid, None if there is none. `declared` is the whole operation of an OpenAPI body, or the
    properties of an `AWS::ApiGateway::Method`. `written_path` is the path as an OpenAPI body has
    it, None for a method resource. `misplaced_members` are members of an integration
    that stand in the operation itself.
    """

    method: str
    path: str
    integration: object
    origin: SourceLocation
    declared: Mapping[str, Any] = field(default_factory=dict)
    written_path: str | None = None
    misplaced_members: tuple[str, ...] = ()


_MISPLACEABLE_MEMBERS: Final = ("responseTransferMode", "timeoutInMillis", "connectionType")
"""Members of an integration whose names no OpenAPI operation has."""


def read_body(stack: Stack, properties: Mapping[str, Any], origin: SourceLocation) -> OpenApiBody:
    """Read the document in the properties of an API, or in the file that they name."""
    document = properties.get("Body")
    if document is None and "BodyS3Location" in properties:
        return _read_imported_body(stack, properties["BodyS3Location"], origin)
    unresolved = (document, as_mapping(document).get("paths"))
    reason = next((part for part in unresolved if isinstance(part, Unresolved)), None)
    problem = f"{origin}: Body: {reason}" if reason else None
    pointer = (*origin.json_pointer, "Properties", "Body") if origin.json_pointer else ()
    return OpenApiBody(as_mapping(document), replace(origin, json_pointer=pointer), problem)


def _read_imported_body(stack: Stack, location: object, origin: SourceLocation) -> OpenApiBody:
    """Read a document in S3, which API Gateway imports without resolving its functions."""
    key = as_mapping(location).get("Key", location)
    asset = stack.resolve_asset(key) if isinstance(key, str) else key
    if not isinstance(asset, Path):
        return OpenApiBody({}, origin, f"{origin}: BodyS3Location: {asset}")
    try:
        document = stack.read_document(asset).data
    except SourceError as error:
        return OpenApiBody({}, origin, f"{origin}: BodyS3Location: {error}")
    file = stack.get_relative_file(asset)
    return OpenApiBody(document, replace(origin, file=str(file), json_pointer=()))


def read_operations(body: Mapping[str, Any], origin: SourceLocation) -> Iterator[Operation]:
    """Yield the operations of every path; `x-amazon-apigateway-any-method` is `ANY`.

    `origin` is that of the body: each operation is somewhere below it.
    """
    for path, item in as_mapping(body.get("paths")).items():
        if str(path).startswith("x-"):
            continue  # An extension of the object, not a path.
        for key, operation in as_mapping(item).items():
            method = ANY if key == "x-amazon-apigateway-any-method" else key.upper()
            if method in {ANY, *HTTP_METHODS}:
                integration = operation
                if not isinstance(operation, Unresolved):
                    integration = as_mapping(operation).get("x-amazon-apigateway-integration")
                below = (*origin.json_pointer, "paths", path, key)
                if integration is not None:
                    below = (*below, "x-amazon-apigateway-integration")
                yield Operation(
                    method,
                    build_resource_path(path),
                    integration,
                    replace(origin, json_pointer=below),
                    as_mapping(operation),
                    path,
                    tuple(name for name in _MISPLACEABLE_MEMBERS if name in as_mapping(operation)),
                )


def list_unread_paths(body: Mapping[str, Any], origin: SourceLocation) -> Iterator[str]:
    """Yield a sentence for each path whose operations are not known."""
    for path, item in as_mapping(body.get("paths")).items():
        if isinstance(item, Unresolved):
            yield f"{origin}: the methods of {path} are not known: {item}: not checked"
        elif "$ref" in as_mapping(item):
            yield f"{origin}: path {path} is a reference to {item['$ref']}: not checked"


def read_gateway_responses(body: Mapping[str, Any]) -> dict[str, TemplatedResponse]:
    """Read `x-amazon-apigateway-gateway-responses`, keyed by response type.

    Unresolved ones are defaults with unknown headers.
    """
    declared = body.get("x-amazon-apigateway-gateway-responses")
    if isinstance(declared, Unresolved):
        declared = dict.fromkeys(("DEFAULT_4XX", "DEFAULT_5XX"), declared)
    responses = as_mapping(declared).items()
    return {kind: read_mapped_response(response) for kind, response in responses}


def read_mapped_response(response: object) -> TemplatedResponse:
    """Read the status, header mappings and templates of a gateway response or a mock."""
    has_unknown_names = isinstance(response, Unresolved)
    response = as_mapping(response)
    status = to_string(response.get("statusCode"))
    parameters = response.get("responseParameters")
    has_unknown_names = has_unknown_names or isinstance(parameters, Unresolved)
    headers = {
        target.partition(".header.")[2]: expression
        for target, expression in as_mapping(parameters).items()
        if ".header." in target
    }
    unresolved = {name for name, value in headers.items() if isinstance(value, Unresolved)}
    return TemplatedResponse(
        status=int(status) if status.isdigit() else None,
        unresolved_headers=frozenset(unresolved | ({"?"} if has_unknown_names else set())),
        headers={name: str(value) for name, value in headers.items() if name not in unresolved},
        templates={
            media_type: str(template)
            for media_type, template in as_mapping(response.get("responseTemplates")).items()
            if not isinstance(template, Unresolved)
        },
    )
