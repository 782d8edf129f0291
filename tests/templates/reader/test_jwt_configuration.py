"""JWT authorizers of templates, with their unknown members."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.model.authorization import AuthorizerType, MethodAuthorization
from streaming_construct.model.jwt_configuration import JwtClaim, JwtConfiguration, JwtIssuer
from streaming_construct.openapi.rest_api_body.security_schemes import build_security_schemes
from tests.templates.reader.test_api_reader import get_att, operation, read, resources

DECLARED: dict[str, Any] = {
    "issuers": [
        {
            "issuer": "https://id.example.com/",
            "audiences": ["chat"],
            "additionalClaims": [
                {
                    "claimName": "tenant",
                    "format": "SINGLE_STRING",
                    "required": True,
                    "expectedValues": ["a", "b"],
                },
            ],
        }
    ],
    "defaultAlgorithms": ["RS256", "ES256"],
}
READ = JwtConfiguration(
    issuers=(
        JwtIssuer(
            issuer="https://id.example.com/",
            audiences=("chat",),
            claims=(JwtClaim(name="tenant", is_required=True, expected_values=("a", "b")),),
        ),
    ),
    algorithms=("RS256", "ES256"),
)


def scheme(configuration: object, kind: str = "jwt") -> dict[str, Any]:
    return {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "jwt",
        "x-amazon-apigateway-authorizer": {
            "type": kind,
            "identitySource": "method.request.header.Authorization",
            "jwtConfiguration": configuration,
        },
    }


def of_body(configuration: object, kind: str = "jwt") -> MethodAuthorization:
    template = resources(
        {"/": {"get": {**operation(get_att()), "security": [{"Id": ["chat/write"]}]}}}
    )
    body = template["Api"]["Properties"]["Body"]
    body["components"] = {"securitySchemes": {"Id": scheme(configuration, kind)}}
    return read(template).routes[0].access


def of_resources(configuration: object) -> MethodAuthorization:
    template = resources({})
    integration = operation(get_att())["x-amazon-apigateway-integration"]
    del template["Api"]["Properties"]["Body"]
    template["Id"] = {
        "Type": "AWS::ApiGateway::Authorizer",
        "Properties": {
            "Name": "Id",
            "Type": "JWT",
            "RestApiId": {"Ref": "Api"},
            "IdentitySource": "method.request.header.Authorization",
            "JwtConfiguration": configuration,
        },
    }
    template["Method"] = {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
            "HttpMethod": "GET",
            "AuthorizationType": "JWT",
            "AuthorizerId": {"Ref": "Id"},
            "AuthorizationScopes": ["chat/write"],
            "Integration": {
                "Type": "AWS_PROXY",
                "IntegrationHttpMethod": "POST",
                "Uri": integration["uri"],
                "ResponseTransferMode": "STREAM",
            },
        },
    }
    return read(template).routes[0].access


def capitalize(value: Any) -> Any:
    """Return a value with the names of its members as CloudFormation has them."""
    if isinstance(value, list):
        return [capitalize(member) for member in value]
    if isinstance(value, dict):
        return {name[0].upper() + name[1:]: capitalize(member) for name, member in value.items()}
    return value


@pytest.mark.parametrize("is_body", [True, False])
def test_a_body_and_a_resource_are_read_alike(is_body: bool) -> None:
    """Issuers, audiences, claims, algorithms, header and scopes."""
    access = of_body(DECLARED) if is_body else of_resources(capitalize(DECLARED))
    authorizer = access.authorizer

    assert authorizer is not None
    assert (authorizer.type, authorizer.jwt) == (AuthorizerType.JWT, READ)
    assert authorizer.identity_sources == ("method.request.header.Authorization",)
    assert access.scopes == ("chat/write",)
    assert authorizer.unresolved == {}


def test_a_configuration_is_written_as_it_was_read() -> None:
    """The body of the API has it."""
    access = of_body(DECLARED)

    assert build_security_schemes([access]) == {"Id": scheme(DECLARED)}


def test_an_unknown_member_is_kept() -> None:
    """Its effect is unknown, so no rule checks the authorizer."""
    unknown = {**DECLARED, "tokenTypes": ["at+jwt"]}
    (issuer,) = DECLARED["issuers"]
    deployed = {**DECLARED, "issuers": [{**issuer, "jwksUri": "https://id.example.com/keys"}]}

    for access in (of_body(unknown), of_resources(capitalize(unknown))):
        assert access.authorizer is not None
        assert access.authorizer.unknown == {"JwtConfiguration.tokenTypes": "['at+jwt']"}
    authorizer = of_body(deployed).authorizer
    assert authorizer is not None
    assert (authorizer.jwt, authorizer.unresolved, authorizer.unknown) == (READ, {}, {})


def test_an_authorizer_without_configuration_is_reported() -> None:
    """REST APIs do not have the form of HTTP APIs."""
    missing = of_body(None).authorizer
    http_api = of_body({"issuer": "https://id.example.com", "audience": ["chat"]}).authorizer

    assert missing is not None
    assert missing.unresolved == {"JwtConfiguration": "the value is missing"}
    assert http_api is not None
    assert http_api.unknown.keys() == {"JwtConfiguration.issuer", "JwtConfiguration.audience"}
