"""Compares a resolved source with the tables of `aws.known_values`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from streaming_construct.aws.known_values import (
    API_KEY_SOURCES,
    DOCUMENT_EXTENSIONS,
    EXTENSION_PREFIX,
    FUNCTION_PROPERTIES,
    FUNCTION_VALUES,
    GATEWAY_RESPONSE_TYPES,
    IGNORED_DOCUMENT_EXTENSIONS,
    PATH_ITEM_MEMBERS,
    PROTOCOL_TYPES,
    QUOTA_PERIODS,
    RESOURCE_NAMESPACES,
    RESOURCE_TYPES,
)
from streaming_construct.aws.rest_paths import HTTP_METHODS
from streaming_construct.aws.unknown_values import (
    find_unknown_authorizer_members,
    find_unknown_extensions,
    find_unknown_integration_members,
    find_unknown_scheme_members,
    format_value,
)
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.model.unknown_element import UnknownElement
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.unresolved import Unresolved, list_unresolved_reasons

_TERRAFORM_TYPES: Final = ("aws_api_gateway_", "aws_apigatewayv2_", "aws_lambda_")


def find_unknown_integration_elements(declared: Mapping[str, Any]) -> dict[str, str]:
    """Return the unknown members and values of an integration, by CloudFormation property."""
    return _group_by_property(find_unknown_integration_members(_select_resolved(declared)))


def find_unknown_authorizer_elements(declared: Mapping[str, Any]) -> dict[str, str]:
    """Return the unknown members of an authorizer, and its type if that is not known."""
    return _group_by_property(find_unknown_authorizer_members(_select_resolved(declared)))


def find_unknown_scheme_elements(scheme: Mapping[str, Any]) -> dict[str, str]:
    """Return the unknown extensions of a security scheme, and its type if that is not known."""
    return find_unknown_scheme_members(_select_resolved(scheme))


def find_unknown_function_elements(properties: Mapping[str, Any]) -> dict[str, str]:
    """Return the unknown properties of a function, and its unknown values."""
    elements = {
        name: format_value(value)
        for name, value in properties.items()
        if name not in FUNCTION_PROPERTIES
    }
    for path, known_values in FUNCTION_VALUES.items():
        name, _, member = path.partition(".")
        value = properties.get(name)
        values = [as_mapping(value).get(member)] if member else [*as_list(value)] or [value]
        for value in values:
            if (
                value is not None
                and not list(list_unresolved_reasons(value))
                and str(value) not in known_values
            ):
                elements[path] = format_value(value)
    return elements


def find_unknown_document_elements(
    body: Mapping[str, Any], location: SourceLocation
) -> Iterator[UnknownElement]:
    """Yield the unknown elements of an OpenAPI document that belong to no operation."""
    for name, value in find_unknown_extensions(
        body, DOCUMENT_EXTENSIONS | IGNORED_DOCUMENT_EXTENSIONS
    ).items():
        yield UnknownElement(
            subject=Subject("API"),
            name=name,
            value=value,
            location=_build_child_location(location, name),
        )
    paths = body.get("paths")
    if paths is not None and not isinstance(paths, Mapping | Unresolved):
        yield UnknownElement(
            subject=Subject("API"),
            name="paths",
            value=format_value(paths),
            location=_build_child_location(location, "paths"),
        )
    for path, item in as_mapping(paths).items():
        if not isinstance(item, Mapping | Unresolved) and not str(path).startswith("x-"):
            yield UnknownElement(
                subject=Subject("path", path),
                name="the path item",
                value=format_value(item),
                location=_build_child_location(location, "paths", path),
            )
        for name, member in as_mapping(item).items():
            is_operation = name.upper() in HTTP_METHODS and name.islower()
            is_readable = isinstance(member, Mapping | Unresolved)
            if _is_known_member(name) and (is_readable or not is_operation):
                continue
            yield UnknownElement(
                subject=Subject("path", path),
                name=name,
                value=format_value(as_mapping(item)[name]),
                location=_build_child_location(location, "paths", path, name),
            )


def find_unknown_api_elements(
    properties: Mapping[str, Any],
    body: Mapping[str, Any],
    response_types: Iterable[str],
    location: SourceLocation,
) -> Iterator[UnknownElement]:
    """Yield the unknown values of an API: its API key source and its gateway responses."""
    for source in (
        properties.get("ApiKeySourceType"),
        body.get(f"{EXTENSION_PREFIX}api-key-source"),
    ):
        if isinstance(source, str) and source not in API_KEY_SOURCES:
            yield UnknownElement(
                subject=Subject("API"),
                name="ApiKeySourceType",
                value=format_value(source),
                location=location,
            )
    for kind in response_types:
        if kind not in GATEWAY_RESPONSE_TYPES:
            yield UnknownElement(
                subject=Subject("gateway response", kind),
                name="ResponseType",
                value=format_value(kind),
                location=location,
            )


def find_unknown_resources(resolvers: Sequence[Resolver]) -> Iterator[UnknownElement]:
    """Yield the unknown resource types of API Gateway and Lambda, quota periods and protocols."""
    for resolver in resolvers:
        for logical_id, resource in resolver.section("Resources").items():
            kind = as_mapping(resource).get("Type")
            if not isinstance(kind, str):
                continue
            origin = find_origin(resolver.stack, logical_id)
            is_unknown = kind.startswith(_TERRAFORM_TYPES) or (
                kind.startswith(RESOURCE_NAMESPACES) and kind not in RESOURCE_TYPES
            )
            if is_unknown:
                yield UnknownElement(
                    subject=Subject("resource", logical_id),
                    name="Type",
                    value=format_value(kind),
                    location=origin,
                )
            if kind == "AWS::ApiGateway::UsagePlan":
                quota = as_mapping(resolver.properties(resource).get("Quota"))
                period = quota.get("Period")
                if isinstance(period, str) and period not in QUOTA_PERIODS:
                    yield UnknownElement(
                        subject=Subject("usage plan", logical_id),
                        name="Quota.Period",
                        value=format_value(period),
                        location=origin,
                    )
            if kind == "AWS::ApiGatewayV2::Api":
                protocol = resolver.properties(resource).get("ProtocolType")
                if isinstance(protocol, str) and protocol not in PROTOCOL_TYPES:
                    yield UnknownElement(
                        subject=Subject("API", logical_id),
                        name="ProtocolType",
                        value=format_value(protocol),
                        location=origin,
                    )


def _is_known_member(name: str) -> bool:
    """Return whether a member of a path item is known; other tools' extensions are not AWS's."""
    if name.startswith(EXTENSION_PREFIX):
        return name == f"{EXTENSION_PREFIX}any-method"
    is_method = name.upper() in HTTP_METHODS
    return is_method or name in PATH_ITEM_MEMBERS or name.startswith("x-")


def _build_child_location(location: SourceLocation, *steps: str) -> SourceLocation:
    return replace(location, json_pointer=(*location.json_pointer, *steps))


def _select_resolved(declared: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in declared.items() if not list(list_unresolved_reasons(value))
    }


def _group_by_property(elements: Mapping[str, str]) -> dict[str, str]:
    return {name[:1].upper() + name[1:]: value for name, value in elements.items()}
