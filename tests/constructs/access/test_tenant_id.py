"""The tenant id of functions with tenant isolation, in the body of an API."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_

from streaming_construct import RouteOptions, StreamingRestApi, TenantId
from streaming_construct.model.subject import Subject
from tests.support.synthesis import body_of, new_function, new_stack, synthesize

ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
MAPPING = "integration.request.header.X-Amz-Tenant-Id"
SUBJECT = Subject("route", "/")


def isolated_function(stack: Stack) -> lambda_.Function:
    return lambda_.Function(
        stack,
        "Isolated",
        runtime=lambda_.Runtime.NODEJS_24_X,
        handler="index.handler",
        code=lambda_.Code.from_inline("exports.handler = awslambda.streamifyResponse(f)"),
        tenancy_config=lambda_.TenancyConfig.PER_TENANT,
    )


def test_the_mapping_is_written_for_isolated_functions() -> None:
    """A header is declared too, a claim is not. Other functions have no mapping."""
    stack = new_stack()
    api = StreamingRestApi(
        stack,
        "Api",
        handler=isolated_function(stack),
        proxy=False,
        tenant_id=TenantId.header("x-tenant-id"),
    )
    api.add_route("/default", methods=["GET"])
    api.add_route("/claim", methods=["GET"], tenant_id=TenantId.claim("tenant"))
    api.add_route("/context", methods=["GET"], tenant_id=TenantId.context("tenantId"))
    api.add_route("/other", methods=["GET"], handler=new_function(stack))
    paths = body_of(synthesize(stack))["paths"]

    def mapped(path: str) -> tuple[Any, Any]:
        operation = paths[path]["get"]
        return operation[INTEGRATION].get("requestParameters"), operation.get("parameters")

    header = {"name": "x-tenant-id", "in": "header", "required": True, "schema": {"type": "string"}}
    assert mapped("/default") == ({MAPPING: "method.request.header.x-tenant-id"}, [header])
    assert mapped("/claim") == ({MAPPING: "context.authorizer.claims.tenant"}, None)
    assert mapped("/context") == ({MAPPING: "context.authorizer.tenantId"}, None)
    assert mapped("/other") == (None, None)


def test_an_isolated_function_without_a_tenant_id_is_an_error() -> None:
    """Each request would fail. The message names the function and the argument."""
    stack = new_stack()

    with pytest.raises(ValueError, match="tenant-id-missing") as caught:
        StreamingRestApi(stack, "Api", handler=isolated_function(stack))
    assert "tenant_id=TenantId.header(...)" in str(caught.value)


@pytest.mark.parametrize(
    "tenant_id", ["x-tenant-id", TenantId.header("a b"), TenantId.header("X-Amz-Tenant-Id")]
)
def test_an_invalid_source_of_the_id_is_an_error(tenant_id: Any) -> None:
    """On the API and on a route."""
    stack = new_stack()

    with pytest.raises(ValueError, match="tenant-id-invalid"):
        StreamingRestApi(stack, "Api", handler=new_function(stack), tenant_id=tenant_id)
    assert list(RouteOptions(tenant_id=tenant_id).check_types(SUBJECT))
