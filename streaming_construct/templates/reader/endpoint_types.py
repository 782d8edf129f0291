"""Reads the endpoint type of an API or of a custom domain name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streaming_construct.aws.unknown_values import is_another_case
from streaming_construct.model.api import EndpointType
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.unresolved import Unresolved


@dataclass(frozen=True)
class Endpoint:
    """The endpoint type; and a declared value that API Gateway rejects, or that is not known."""

    type: EndpointType
    invalid: object = None
    unknown: object = None


def read_endpoint(properties: Mapping[str, Any]) -> Endpoint:
    """Return the endpoint of an API."""
    declared = read_declared_endpoint_type(properties)
    if declared is None or isinstance(declared, Unresolved):
        # A type that is not known has the fewest rules as REGIONAL.
        return Endpoint(EndpointType.EDGE if declared is None else EndpointType.REGIONAL)
    if isinstance(declared, str) and declared in EndpointType.__members__:
        return Endpoint(EndpointType[declared])
    if isinstance(declared, str) and not is_another_case(declared, EndpointType.__members__):
        return Endpoint(EndpointType.REGIONAL, unknown=declared)
    return Endpoint(EndpointType.REGIONAL, invalid=declared)


def read_declared_endpoint_type(properties: Mapping[str, Any]) -> object:
    """Return the endpoint type as it is declared, None if it is not; it may be `Unresolved`.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html
    """
    configuration = properties.get("EndpointConfiguration")
    types = as_mapping(configuration).get("Types")
    for declared in (configuration, types):
        if isinstance(declared, Unresolved):
            return declared
    imported = as_mapping(properties.get("Parameters")).get("endpointConfigurationTypes")
    return next(iter(as_list(types)), imported)


def to_endpoint_type(declared: object) -> EndpointType | None:
    """Return the endpoint type of a declared value; None if it is not known."""
    return EndpointType.__members__.get(declared) if isinstance(declared, str) else None
