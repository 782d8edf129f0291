"""Responses of AWS since November 2026, in the formats of botocore 1.44.8, without a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.errors import NotFoundError
from streaming_construct.deployed.rest_api import DeployedApi, read_deployed_api
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.jwt_configuration import JwtClaim, JwtConfiguration, JwtIssuer
from streaming_construct.rules.registry import check_declaration
from streaming_construct.templates.reader.api_reader import read_declaration

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:chat"
URI = (
    "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/"
    f"{FUNCTION}/response-streaming-invocations"
)
AUTHORIZER = {
    "id": "aut123",
    "name": "id",
    "type": "JWT",
    "identitySource": "method.request.header.Authorization",
    "jwtConfiguration": {
        "issuers": [
            {
                "issuer": "https://id.example.com",
                "audiences": ["chat"],
                "additionalClaims": [
                    {"claimName": "tenant", "format": "SINGLE_STRING", "required": True}
                ],
                "jwksUri": "https://id.example.com/keys",
            }
        ],
        "defaultAlgorithms": ["RS256"],
    },
}
TENANCY = {"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}


class RecordedClient(AwsClient):
    """Returns recorded responses in place of AWS's."""

    def __init__(
        self,
        *,
        authorizer: Mapping[str, Any] | None = None,
        function: Mapping[str, Any] | None = None,
        integration: Mapping[str, Any] | None = None,
    ) -> None:
        self.region = "eu-west-1"
        access = {"authorizationType": "NONE"}
        if authorizer:
            access = {"authorizationType": authorizer["type"], "authorizerId": authorizer["id"]}
        method = {
            "httpMethod": "POST",
            **access,
            "authorizationScopes": ["chat/write"] if authorizer else [],
            "methodIntegration": {
                "type": "AWS_PROXY",
                "httpMethod": "POST",
                "uri": URI,
                "responseTransferMode": "STREAM",
                "timeoutInMillis": 300_000,
                **(integration or {}),
            },
        }
        self.responses: dict[str, Any] = {
            "get_rest_api": {"id": "api1", "name": "chat"},
            "get_stages": {"item": [{"stageName": "prod", "deploymentId": "dep1"}]},
            "get_resources": [
                {"id": "root", "path": "/", "resourceMethods": {"POST": method}},
            ],
            "get_authorizers": [authorizer] if authorizer else [],
            "get_gateway_responses": [],
            "get_usage_plans": [],
            "get_function_configuration": {
                "FunctionName": "chat",
                "Runtime": "nodejs26.x",
                "Handler": "index.handler",
                "Timeout": 300,
                "PackageType": "Zip",
                **(function or {}),
            },
            "get_function_concurrency": {},
        }

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        if operation not in self.responses:
            raise NotFoundError(f"{service} has no {operation} of {parameters}")
        response: Mapping[str, Any] = self.responses[operation]
        return response

    def paginate(
        self,
        service: str,  # noqa: ARG002 - the signature of AwsClient
        operation: str,
        key: str,  # noqa: ARG002 - the signature of AwsClient
        *,
        most: int | None = None,  # noqa: ARG002 - the signature of AwsClient
        **_: Any,
    ) -> list[Any]:
        response: list[Any] = self.responses[operation]
        return response

    account = "111122223333"
    partition = "aws"


def read(client: RecordedClient) -> tuple[DeployedApi, Declaration, set[str]]:
    deployed = read_deployed_api(client, "api1", "prod")
    declaration = read_declaration([deployed.stack])
    return deployed, declaration, {finding.rule.id for finding in check_declaration(declaration)}


def test_a_jwt_authorizer_is_read() -> None:
    """It has the scopes of the method. AWS adds the address of the key set."""
    _, declaration, rules = read(RecordedClient(authorizer=AUTHORIZER))
    access = declaration.api.routes[0].access

    assert access.authorizer is not None
    assert access.authorizer.jwt == JwtConfiguration(
        issuers=(
            JwtIssuer(
                issuer="https://id.example.com",
                audiences=("chat",),
                claims=(JwtClaim(name="tenant", is_required=True),),
            ),
        ),
        algorithms=("RS256",),
    )
    assert access.scopes == ("chat/write",)
    assert not rules & {"authorizer-invalid", "not-understood"}


def test_an_older_boto3_is_reported_as_incomplete() -> None:
    """Its parser drops the configuration."""
    authorizer = {name: AUTHORIZER[name] for name in AUTHORIZER if name != "jwtConfiguration"}
    deployed, _, rules = read(RecordedClient(authorizer=authorizer))

    assert ("JWT configuration of authorizer id", "this boto3 does not know it.") in [
        (name, reason.partition(" Install")[0]) for name, reason in deployed.unreadable_parts
    ]
    assert "authorizer-invalid" not in rules


@pytest.mark.parametrize(
    ("mapping", "is_reported"),
    [
        ({}, True),
        ({"integration.request.header.X-Amz-Tenant-Id": "context.authorizer.claims.a"}, False),
    ],
)
def test_tenant_isolation_is_read(mapping: dict[str, str], is_reported: bool) -> None:
    """A route without the mapping fails for each request."""
    client = RecordedClient(function=TENANCY, integration={"requestParameters": mapping})

    assert ("tenant-id-missing" in read(client)[2]) is is_reported


def test_a_customer_managed_runtime_is_read() -> None:
    """Its configuration has an ARN and an alias."""
    arn = "arn:aws:lambda:eu-west-1:111122223333:runtime/company-node"
    config = {"RuntimeArn": arn, "RuntimeAlias": "prod"}
    client = RecordedClient(function={"Runtime": "custom", "RuntimeConfig": config})

    assert not read(client)[2] & {"not-understood", "runtime-config-mismatch"}


def test_a_newer_value_is_reported() -> None:
    """The finding is information."""
    rules = read(RecordedClient(function={"Runtime": "nodejs28.x"}))[2]

    assert "not-understood" in rules
