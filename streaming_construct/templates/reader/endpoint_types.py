"""Reads the endpoint type of an API or of a custom domain name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streaming_construct.model.api import EndpointType
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.unresolved import Unresolved


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
