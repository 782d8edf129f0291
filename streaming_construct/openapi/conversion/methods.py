"""A method of a resource in the converted document, and the merge of methods of one resource.

Variants of a path can map to the same resource (`/pets/` and `/pets`, `/m` and `/m?beta=true`). The
function distinguishes them, because it receives the original request. Their common method must
therefore accept every request that one of them accepts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streaming_construct.openapi.conversion.all_of import Schema
    from streaming_construct.openapi.conversion.conversion_report import ConversionReport
    from streaming_construct.openapi.reader.operations import OperationKey

SHARED_METHOD = "another operation of the document has the same resource and method"


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method of a REST API.

    Attributes:
        origin: The operation of the original document.
        parameters: The query and header parameters, by location and name.
        bodies: The request models, by media type.
        body_required: Whether a request must have a body.
        responses: The responses, by status code.
        security: The security requirement: scopes by scheme. None for an open method.
        extensions: The members to copy, by name.
    """

    origin: OperationKey
    parameters: Mapping[tuple[str, str], ParameterModel] = field(default_factory=dict)
    bodies: Mapping[str, Schema] = field(default_factory=dict)
    body_required: bool = False
    responses: Mapping[str, ResponseModel] = field(default_factory=dict)
    security: Mapping[str, Sequence[str]] | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)

    def list_schemas(self) -> Iterator[Schema]:
        """Yield the schemas of the bodies of its request and responses."""
        yield from self.bodies.values()
        for response in self.responses.values():
            yield from response.bodies.values()


@dataclass(frozen=True, kw_only=True)
class ParameterModel:
    """A query or header parameter."""

    required: bool
    type: str
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class ResponseModel:
    """A response with its header names and its models, by media type."""

    headers: tuple[str, ...] = ()
    bodies: Mapping[str, Schema] = field(default_factory=dict)
    description: str | None = None


def merge_methods(methods: Sequence[Method], report: ConversionReport) -> Method:
    """Return one method for the operations that share a resource and a method."""
    first = methods[0]
    if len(methods) == 1:
        return first
    return Method(
        origin=first.origin,
        parameters=_merge_parameters(methods, report),
        bodies=_merge_bodies(methods, report),
        body_required=all(method.body_required for method in methods),
        responses=_merge_responses(methods, report),
        security=_merge_security(methods, report),
        extensions=first.extensions,
    )


def _merge_parameters(
    methods: Sequence[Method], report: ConversionReport
) -> dict[tuple[str, str], ParameterModel]:
    result: dict[tuple[str, str], ParameterModel] = {}
    for method in methods:
        for key, parameter in method.parameters.items():
            location, name = key
            if key in result:
                continue
            if any(name == other for _, other in result):
                element = f"parameter {name} ({location})"
                report.add(str(method.origin), element, SHARED_METHOD)
                continue
            variants = [variant.parameters.get(key) for variant in methods]
            required = all(variant is not None and variant.required for variant in variants)
            if parameter.required and not required:
                report.add(
                    str(method.origin), f"required: parameter {name} ({location})", SHARED_METHOD
                )
            result[key] = ParameterModel(
                required=required, type=parameter.type, description=parameter.description
            )
    return result


def _merge_bodies(methods: Sequence[Method], report: ConversionReport) -> dict[str, Schema]:
    """Return the request models that all have; another would reject requests to the others."""
    result: dict[str, Schema] = {}
    for method in methods:
        for media_type, schema in method.bodies.items():
            if all(variant.bodies.get(media_type) == schema for variant in methods):
                result[media_type] = schema
            else:
                report.add(
                    str(method.origin), f"model of the request body ({media_type})", SHARED_METHOD
                )
    return result


def _merge_responses(
    methods: Sequence[Method], report: ConversionReport
) -> dict[str, ResponseModel]:
    result: dict[str, ResponseModel] = {}
    for method in methods:
        for status, response in method.responses.items():
            merged = result.get(status, response)
            for media_type, schema in response.bodies.items():
                if merged.bodies.get(media_type, schema) != schema:
                    element = f"model of response {status} ({media_type})"
                    report.add(str(method.origin), element, SHARED_METHOD)
            result[status] = ResponseModel(
                headers=tuple(dict.fromkeys([*merged.headers, *response.headers])),
                bodies={**response.bodies, **merged.bodies},
                description=merged.description,
            )
    return result


def _merge_security(
    methods: Sequence[Method], report: ConversionReport
) -> Mapping[str, Sequence[str]] | None:
    """Return the security of all methods; if it differs, the method is open and it is reported."""
    first = methods[0].security
    if all(method.security == first for method in methods):
        return first
    for method in methods:
        if method.security is not None:
            names = " and ".join(method.security)
            report.add(str(method.origin), f"security: {names}", SHARED_METHOD)
    return None
