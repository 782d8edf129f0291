"""API keys of a construct, and where API Gateway reads them."""

from __future__ import annotations

import pytest
from aws_cdk import SecretValue, Stack, aws_cognito
from aws_cdk.aws_apigateway import ApiKeySourceType, IdentitySource

from streaming_construct import Authorizer, OpenApi, StreamingRestApi
from tests.constructs.access.authorized_api import ANY, AUTHORIZER, OPERATION, api_with, security_of
from tests.support.synthesis import Template, body_of, new_function, only, resources, synthesize


def test_api_keys_are_created_imported_or_from_a_secret(several: Template) -> None:
    """No template contains the value of a secret."""
    keys = resources(several, "AWS::ApiGateway::ApiKey")
    values = [key["Properties"].get("Value") for key in keys.values()]
    members = resources(several, "AWS::ApiGateway::UsagePlanKey").values()

    assert values[0] is None
    assert values[1]["Fn::Join"][1][0] == "{{resolve:secretsmanager:"
    assert [member["Properties"]["KeyId"] for member in members] == [
        *({"Ref": name} for name in keys),
        "abcdef0123",
    ]


def test_the_api_key_is_in_the_header_by_default(several: Template) -> None:
    """The body does not name the source."""
    assert "x-amazon-apigateway-api-key-source" not in body_of(several)


def test_an_authorizer_may_return_the_api_key(stack: Stack) -> None:
    """All routes can require a key."""
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        authorizer=Authorizer.token(new_function(stack, "Guard")),
        api_key_required=True,
        api_key_source_type=ApiKeySourceType.AUTHORIZER,
    )
    api.add_route("/open", methods=["GET"], api_key_required=False)
    api.add_usage_plan("Plan")
    template = synthesize(stack)

    assert body_of(template)["x-amazon-apigateway-api-key-source"] == "AUTHORIZER"
    assert security_of(template, "/", ANY) == [{"TokenGuard": []}, {"ApiKey": []}]
    assert security_of(template, "/open") == [{"TokenGuard": []}]


def test_an_api_key_that_no_authorizer_returns_is_an_error(stack: Stack) -> None:
    """On the API's routes, and on an added one."""
    message = "the API takes API keys from authorizers, but the route has no authorizer"
    function = new_function(stack)
    from_authorizer = ApiKeySourceType.AUTHORIZER
    with pytest.raises(ValueError, match=message):
        StreamingRestApi(
            stack,
            "Rejected",
            handler=function,
            api_key_required=True,
            api_key_source_type=from_authorizer,
        )
    api = StreamingRestApi(
        stack,
        "Api",
        handler=function,
        proxy=False,
        api_key_required=True,
        api_key_source_type=from_authorizer,
    )
    with pytest.raises(ValueError, match=f"route GET /chat: {message}"):
        api.add_route("/chat", methods=["GET"])

    api.add_route("/chat", authorizer=Authorizer.token(new_function(stack, "Guard")))


def test_a_document_may_set_the_source_of_the_api_key(stack: Stack) -> None:
    """The authorizer of an operation in a document is unknown, so no rule applies."""
    guard = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        AUTHORIZER: {"type": "token", "authorizerUri": "arn:aws:apigateway:elsewhere"},
    }
    guarded = {**OPERATION, "security": [{"Guard": []}]}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "Chat", "version": "1"},
        "components": {"securitySchemes": {"Guard": guard}},
        "paths": {"/open": {"get": OPERATION}, "/chat": {"get": guarded}},
    }

    with pytest.raises(ValueError, match="has no authorizer") as rejected:
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            openapi=OpenApi.from_dict(document),
            api_key_required=True,
            api_key_source_type=ApiKeySourceType.AUTHORIZER,
        )

    assert "1 problem" in str(rejected.value)
    assert "route GET /open" in str(rejected.value)


def test_a_key_value_in_plain_text_is_an_error(stack: Stack) -> None:
    """The template would contain it."""
    with pytest.raises(ValueError, match="not a SecretValue"):
        api_with(stack).add_api_key("Key", value="a-value-of-20-characters")  # type: ignore[arg-type] # on purpose


@pytest.mark.parametrize("value", ["a" * 19, "a" * 129, "a" * 20 + "-"])
def test_an_invalid_value_of_a_key_is_an_error(stack: Stack, value: str) -> None:
    """The value must be known. The deployment would fail."""
    api = api_with(stack)

    with pytest.raises(ValueError, match="the value does not have 20 to 128 letters and digits"):
        api.add_api_key("Key", value=SecretValue.unsafe_plain_text(value))


def test_a_text_in_place_of_a_list_is_an_error(stack: Stack) -> None:
    """Each letter would be a scope or a source, and no request would be accepted."""
    pool = aws_cognito.UserPool(stack, "Users")
    with pytest.raises(TypeError, match="scopes is the text 'chat/read', not a list"):
        Authorizer.cognito(pool, scopes="chat/read")
    with pytest.raises(TypeError, match="identity_sources is the text"):
        Authorizer.request(new_function(stack), identity_sources=IdentitySource.header("X-Tenant"))


def test_a_secret_value_is_accepted(stack: Stack) -> None:
    """The secret may be known only by its name."""
    api = api_with(stack)
    api.add_api_key("Key", value=SecretValue.secrets_manager("team/key"))

    assert only(synthesize(stack), "AWS::ApiGateway::ApiKey")["Value"] == (
        "{{resolve:secretsmanager:team/key:SecretString:::}}"
    )
