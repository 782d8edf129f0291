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
    from streaming_construct.openapi.conversion.conversion_report import Report
    from streaming_construct.openapi.reader.operations import OperationKey

SHARED = "another operation of the document has the same resource and method"


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method in the terms of a REST API.

    `parameters` are those of query and header, by location and name: whether they are required,
    and their type. `bodies` are request models by media type. `security` is `None` for an open
    method, else its one requirement.
    """

    origin: OperationKey
    parameters: Mapping[tuple[str, str], ParameterModel] = field(default_factory=dict)
    bodies: Mapping[str, Schema] = field(default_factory=dict)
    body_required: bool = False
    responses: Mapping[str, ResponseModel] = field(default_factory=dict)
    security: Mapping[str, Sequence[str]] | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)

    def schemas(self) -> Iterator[Schema]:
        """The schemas of its bodies."""
        yield from self.bodies.values()
        for response in self.responses.values():
            yield from response.bodies.values()


@dataclass(frozen=True, kw_only=True)
class ParameterModel:
    """A parameter of query or header: whether it must be there, its type, and a description."""

    required: bool
    type: str
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class ResponseModel:
    """A response: its header names, its models by media type, and a description."""

    headers: tuple[str, ...] = ()
    bodies: Mapping[str, Schema] = field(default_factory=dict)
    description: str | None = None


def merge_methods(methods: Sequence[Method], report: Report) -> Method:
    """One method for operations that share resource and method."""
    first = methods[0]
    if len(methods) == 1:
        return first
    return Method(
        origin=first.origin,
        parameters=_parameters(methods, report),
        bodies=_bodies(methods, report),
        body_required=all(method.body_required for method in methods),
        responses=_responses(methods, report),
        security=_security(methods, report),
        extensions=first.extensions,
    )


def _parameters(methods: Sequence[Method], report: Report) -> dict[tuple[str, str], ParameterModel]:
    result: dict[tuple[str, str], ParameterModel] = {}
    for method in methods:
        for key, parameter in method.parameters.items():
            location, name = key
            if key in result:
                continue
            if any(name == other for _, other in result):
                what = f"parameter {name} ({location})"
                report.add(str(method.origin), what, SHARED)
                continue
            others = [variant.parameters.get(key) for variant in methods]
            required = all(variant is not None and variant.required for variant in others)
            if parameter.required and not required:
                report.add(str(method.origin), f"required: parameter {name} ({location})", SHARED)
            result[key] = ParameterModel(
                required=required, type=parameter.type, description=parameter.description
            )
    return result


def _bodies(methods: Sequence[Method], report: Report) -> dict[str, Schema]:
    """The request models on which all agree: one that only some have would refuse the others."""
    result: dict[str, Schema] = {}
    for method in methods:
        for media_type, schema in method.bodies.items():
            if all(variant.bodies.get(media_type) == schema for variant in methods):
                result[media_type] = schema
            else:
                report.add(str(method.origin), f"model of the request body ({media_type})", SHARED)
    return result


def _responses(methods: Sequence[Method], report: Report) -> dict[str, ResponseModel]:
    result: dict[str, ResponseModel] = {}
    for method in methods:
        for status, response in method.responses.items():
            known = result.get(status, response)
            for media_type, schema in response.bodies.items():
                if known.bodies.get(media_type, schema) != schema:
                    what = f"model of response {status} ({media_type})"
                    report.add(str(method.origin), what, SHARED)
            result[status] = ResponseModel(
                headers=tuple(dict.fromkeys([*known.headers, *response.headers])),
                bodies={**response.bodies, **known.bodies},
                description=known.description,
            )
    return result


def _security(methods: Sequence[Method], report: Report) -> Mapping[str, Sequence[str]] | None:
    """Return the security of all methods; if it differs, the method is open and it is reported."""
    first = methods[0].security
    if all(method.security == first for method in methods):
        return first
    for method in methods:
        if method.security is not None:
            names = " and ".join(method.security)
            report.add(str(method.origin), f"security: {names}", SHARED)
    return None
