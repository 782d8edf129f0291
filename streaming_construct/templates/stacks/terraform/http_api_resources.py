"""Convert HTTP APIs and their integrations."""

from __future__ import annotations

from typing import Any

from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    convert_integration_uri,
    create_cloudformation_resource,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
)


def to_http_api(_: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return an HTTP API."""
    return create_cloudformation_resource(
        "AWS::ApiGatewayV2::Api",
        Name=resource.values.get("name"),
        ProtocolType=resource.values.get("protocol_type"),
    )


def to_http_integration(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return an integration of an HTTP API."""
    return create_cloudformation_resource(
        "AWS::ApiGatewayV2::Integration",
        ApiId=reader.resolve_value(resource, "api_id"),
        IntegrationUri=convert_integration_uri(reader, resource, "integration_uri", streams=False),
    )
