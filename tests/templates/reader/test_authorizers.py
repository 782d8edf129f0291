"""Authorization of operations, from OpenAPI bodies and from `Method` resources."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import AuthorizerType, MethodAuthorization
from tests.templates.reader.test_api_reader import get_att, operation, read, resources, uri

POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_pool"


def lambda_scheme(kind: str = "token", **members: Any) -> dict[str, Any]:
    authorizer = {"type": kind, "authorizerUri": uri(get_att("Auth"), streamed=False), **members}
    return {
        "type": "apiKey",
        "name": "X-Token",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": authorizer,
    }


SCHEMES: dict[str, Any] = {
    "Token": lambda_scheme(identityValidationExpression="^B", authorizerResultTtlInSeconds=60),
    "Request": lambda_scheme(
        "request",
        identitySource="method.request.header.A, context.path",
        authorizerResultTtlInSeconds=0,
    ),
    "Anybody": {**lambda_scheme("request", authorizerResultTtlInSeconds=0), "name": "Unused"},
    "Users": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": [{"Fn::GetAtt": ["Pool", "Arn"]}, POOL],
        },
    },
    "Signed": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "Key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "Bearer": {"type": "http", "scheme": "bearer"},
    "Foreign": {
        **lambda_scheme(),
        "x-amazon-apigateway-authorizer": {
            "type": "token",
            "authorizerUri": uri(
                "arn:aws:lambda:us-east-1:123456789012:function:other", streamed=False
            ),
        },
    },
    "Unknown": lambda_scheme(authorizerUri={"Ref": "Nowhere"}),
}


def read_body(security: Any, *, openapi: str = "components", **members: Any) -> ApiModel:
    """Read an API whose only operation has that security."""
    path = {"/": {"get": {**operation(get_att()), "security": security, **members}}}
    template = resources(
        path,
        Auth={"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Key": "fn.zip"}}},
        Pool={"Type": "AWS::Cognito::UserPool", "Properties": {}},
    )
    body = template["Api"]["Properties"]["Body"]
    if openapi == "components":
        body["components"] = {"securitySchemes": SCHEMES}
    else:
        body["securityDefinitions"] = SCHEMES
    return read(template)


def access(security: Any, **members: Any) -> MethodAuthorization:
    return read_body(security, **members).routes[0].access


@pytest.mark.parametrize("openapi", ["components", "securityDefinitions"])
def test_a_token_authorizer_is_read_with_its_function(openapi: str) -> None:
    """Header, expression, TTL and function come from the scheme. The API has the function, too."""
    api = read_body([{"Token": []}], openapi=openapi)
    authorizer = api.routes[0].access.authorizer

    assert authorizer is not None
    assert authorizer.type is AuthorizerType.TOKEN
    assert authorizer.identity_sources == ("method.request.header.X-Token",)
    assert (authorizer.validation_expression, authorizer.ttl_seconds) == ("^B", 60)
    assert api.functions[str(authorizer.function)].origin.logical_id == "Auth"
    assert authorizer.unresolved == {}


def test_a_request_authorizer_has_its_identity_sources() -> None:
    """Commas separate the sources. A TTL of zero stays zero."""
    authorizer = access([{"Request": []}]).authorizer

    assert authorizer is not None
    assert authorizer.type is AuthorizerType.REQUEST
    assert authorizer.identity_sources == ("method.request.header.A", "context.path")
    assert authorizer.ttl_seconds == 0


def test_a_request_authorizer_without_sources_has_none() -> None:
    """Its scheme has a header because schemes must have one. The header is not a source."""
    authorizer = access([{"Anybody": []}]).authorizer

    assert authorizer is not None
    assert authorizer.identity_sources == ()


def test_a_cognito_authorizer_is_read_with_pools_and_scopes() -> None:
    """Pools of the template have generated ARNs. Scopes belong to the operation."""
    authorization = access([{"Users": ["jobs/read", "jobs/write"]}])

    assert authorization.authorizer is not None
    assert authorization.authorizer.type is AuthorizerType.COGNITO
    assert authorization.authorizer.user_pools[0].startswith("arn:aws:cognito-idp:us-east-1:")
    assert authorization.authorizer.user_pools[1] == POOL
    assert authorization.scopes == ("jobs/read", "jobs/write")


def test_iam_is_read_from_a_scheme_or_from_the_extension() -> None:
    """Both have the same meaning."""
    by_scheme = access([{"Signed": []}]).authorizer
    by_extension = access([], **{"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}).authorizer

    assert by_scheme is not None
    assert by_scheme.type is AuthorizerType.IAM
    assert by_scheme == by_extension
    assert access([], **{"x-amazon-apigateway-auth": {"type": "NONE"}}).authorizer is None


def test_an_api_key_may_be_required_beside_an_authorizer() -> None:
    """The scheme of the key is no authorizer."""
    authorization = access([{"Key": [], "Token": []}])

    assert authorization.api_key_required
    assert authorization.authorizer is not None
    assert authorization.authorizer.name == "Token"
    assert access([{"Key": []}]) == MethodAuthorization(api_key_required=True)


def test_a_scheme_without_an_authorizer_is_named() -> None:
    """It is only a description: the route is open, and the model has the scheme."""
    authorization = access([{"Bearer": []}])

    assert authorization.authorizer is None
    assert authorization.not_enforced_reasons == (
        "security scheme Bearer has no x-amazon-apigateway-authorizer",
    )


@pytest.mark.parametrize(
    ("security", "reason"),
    [
        ([{"Missing": []}], "there is no security scheme Missing"),
        ([{"Foreign": []}], "function other is not declared in this assembly"),
        ([{"Unknown": []}], "Nowhere"),
        ([{"Token": []}, {"Users": []}], "this one names Token, Users"),
        ({"Ref": "Nowhere"}, "Nowhere"),
    ],
)
def test_an_unresolved_authorizer_is_kept(security: Any, reason: str) -> None:
    """It stays on the route with the reason, so that no route becomes open."""
    authorizer = access(security).authorizer

    assert authorizer is not None
    assert reason in "; ".join(authorizer.unresolved.values())


def test_security_of_the_document_is_ignored() -> None:
    """API Gateway reads only that of operations."""
    template = resources({"/": {"get": operation(get_att())}})
    template["Api"]["Properties"]["Body"]["security"] = [{"Token": []}]

    assert read(template).routes[0].access == MethodAuthorization(
        not_enforced_reasons=(
            "the security of the document as a whole is not applied to its operations",
        )
    )


def method_api(**properties: Any) -> MethodAuthorization:
    """Read an API of one `Method` resource."""
    method = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
        "HttpMethod": "GET",
        "Integration": {"Type": "AWS_PROXY", "Uri": uri(get_att(), streamed=False)},
        **properties,
    }
    token = {
        "RestApiId": {"Ref": "Api"},
        "Name": "Tokens",
        "Type": "TOKEN",
        "AuthorizerUri": uri(get_att(), streamed=False),
        "IdentitySource": "method.request.header.Authorization",
    }
    users = {
        "RestApiId": {"Ref": "Api"},
        "Name": "Users",
        "Type": "COGNITO_USER_POOLS",
        "IdentitySource": "method.request.header.Authorization",
        "ProviderARNs": [POOL],
    }
    template = resources(
        {},
        Tokens={"Type": "AWS::ApiGateway::Authorizer", "Properties": token},
        Users={"Type": "AWS::ApiGateway::Authorizer", "Properties": users},
        Method={"Type": "AWS::ApiGateway::Method", "Properties": method},
    )
    return read(template).routes[0].access


def test_method_resources_name_their_authorizer() -> None:
    """`Ref` and `AuthorizerId` are equivalent. Scopes and key are in the method."""
    custom = method_api(AuthorizationType="CUSTOM", AuthorizerId={"Ref": "Tokens"})
    users = method_api(
        AuthorizationType="COGNITO_USER_POOLS",
        AuthorizerId={"Fn::GetAtt": ["Users", "AuthorizerId"]},
        AuthorizationScopes=["a/b"],
        ApiKeyRequired=True,
    )

    assert custom.authorizer is not None
    assert (custom.authorizer.name, custom.authorizer.ttl_seconds) == ("Tokens", 300)
    assert custom.authorizer.unresolved == {}
    assert users.authorizer is not None
    assert users.authorizer.type is AuthorizerType.COGNITO
    assert (users.scopes, users.api_key_required) == (("a/b",), True)


def test_method_resources_may_have_iam_or_no_authorization() -> None:
    """NONE is open."""
    iam = method_api(AuthorizationType="AWS_IAM").authorizer

    assert iam is not None
    assert iam.type is AuthorizerType.IAM
    assert method_api(AuthorizationType="NONE") == MethodAuthorization()
    assert method_api() == MethodAuthorization()


def test_a_method_whose_authorizer_is_unknown_stays_closed() -> None:
    """The id is not in the template, so no authorizer can run."""
    authorizer = method_api(AuthorizationType="CUSTOM", AuthorizerId="abc123").authorizer

    assert authorizer is not None
    assert authorizer.unresolved == {"AuthorizerId": "there is no authorizer abc123"}


def test_sams_none_is_no_authorizer() -> None:
    """An event that opts out of the default authorizer is open on purpose."""
    get = {**operation(get_att()), "security": [{"NONE": []}]}

    assert read(resources({"/": {"get": get}})).routes[0].access == MethodAuthorization()


def test_a_missing_scheme_is_named() -> None:
    """API Gateway applies no authorization then."""
    get = {**operation(get_att()), "security": [{"Tokens": []}]}

    access = read(resources({"/": {"get": get}})).routes[0].access
    assert access.not_enforced_reasons == ("there is no security scheme Tokens",)
