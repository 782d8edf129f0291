"""The operations of a Swagger 2.0 document, in the terms of 3.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streaming_construct.openapi.reader.operations import (
    Body,
    Operation,
    OperationKey,
    Parameter,
    Response,
    dereference_or_record,
    read_security,
)
from streaming_construct.openapi.reader.parameters import read_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streaming_construct.openapi.reader.node import DocumentSet, Node

_FORM_MEDIA_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")


def read_operation(
    documents: DocumentSet, key: OperationKey, node: Node, shared: list[Node]
) -> Operation:
    """Read an operation; `shared` are the parameters of its path item."""
    unresolved: list[Node] = []
    parameters = read_parameters(documents, node, shared, unresolved, _read_parameter)
    return Operation(
        key=key,
        node=node,
        parameters=tuple(
            parameter for parameter in parameters if parameter.location not in {"body", "formData"}
        ),
        is_body_required=any(
            parameter.required for parameter in parameters if parameter.location == "body"
        ),
        bodies=tuple(_read_bodies(parameters, _read_media_types(documents, node, "consumes"))),
        responses=tuple(_read_responses(documents, node, unresolved)),
        security=read_security(documents, node),
        unresolved=tuple(unresolved),
    )


def read_security_schemes(documents: DocumentSet) -> dict[str, Node]:
    """Return the security schemes by name."""
    schemes = documents.root.get("securityDefinitions")
    return dict(schemes.items()) if schemes else {}


def _read_media_types(documents: DocumentSet, node: Node, member: str) -> list[str]:
    """Return the media types of an operation: its own list, else the document's, else JSON."""
    declared = node.get(member)
    media_types = declared if declared is not None else documents.root.get(member)
    texts = [element.value for element in media_types.elements()] if media_types else []
    return [text for text in texts if isinstance(text, str)] or ["application/json"]


def _read_parameter(_documents: DocumentSet, node: Node) -> Parameter | None:
    location = node.text("in")
    name = node.text("name") or ("body" if location == "body" else None)
    if name is None or location is None:
        return None
    return Parameter(
        name=name,
        location=location,
        required=node.flag("required"),
        node=node,
        schema=node.get("schema") if location == "body" else node,
    )


def _read_bodies(parameters: tuple[Parameter, ...], consumes: list[str]) -> Iterator[Body]:
    for parameter in parameters:
        if parameter.location == "body":
            yield from (
                Body(media_type=media_type, schema=parameter.schema) for media_type in consumes
            )
    fields = [media_type for media_type in parameters if media_type.location == "formData"]
    if fields:
        forms = [media_type for media_type in consumes if media_type in _FORM_MEDIA_TYPES] or [
            _FORM_MEDIA_TYPES[1]
        ]
        yield from (Body(media_type=media_type, schema=fields[0].schema) for media_type in forms)


def _read_responses(
    documents: DocumentSet, node: Node, unresolved: list[Node]
) -> Iterator[Response]:
    produces = _read_media_types(documents, node, "produces")
    responses = node.get("responses")
    for status, element in responses.items() if responses else ():
        response = dereference_or_record(documents, element, unresolved)
        if response is None or status.startswith("x-"):
            continue
        headers, schema = response.get("headers"), response.get("schema")
        yield Response(
            status=status,
            node=response,
            headers=tuple(name for name, _ in headers.items()) if headers else (),
            bodies=tuple(Body(media_type=media_type, schema=schema) for media_type in produces)
            if schema
            else (),
        )
