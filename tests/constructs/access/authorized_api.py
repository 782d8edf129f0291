"""An API with a route for each kind of authorization, and readers of the parts of its body."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, Stack, aws_cognito, aws_secretsmanager
from aws_cdk import aws_apigateway as apigateway
from aws_cdk.aws_apigateway import (
    CorsOptions,
    IdentitySource,
    Period,
    QuotaSettings,
    ThrottleSettings,
)

from streaming_construct import Authorizer, OpenApi, StreamingRestApi
from tests.support.synthesis import Template, body_of, new_function, new_stack, synthesize

ANY = "x-amazon-apigateway-any-method"
AUTHORIZER = "x-amazon-apigateway-authorizer"
AUTHTYPE = "x-amazon-apigateway-authtype"


def synthesize_several() -> Template:
    """Synthesize a stack whose API has a route for each authorizer."""
    stack = new_stack()
    guard = new_function(stack, "Guard")
    users = aws_cognito.UserPool(stack, "Users")
    signed_in = Authorizer.cognito(users)
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        authorizer=signed_in,
        cors=CorsOptions(allow_origins=["https://app.example"]),
    )
    api.add_route("/same", methods=["GET"], authorizer=signed_in)
    api.add_route(
        "/scoped", methods=["GET"], authorizer=Authorizer.cognito(users, scopes=["chat/read"])
    )
    api.add_route("/open", methods=["GET"], authorizer=Authorizer.none())
    api.add_route("/signed/{id}", methods=["GET", "OPTIONS"], authorizer=Authorizer.iam())
    api.add_route("/own-preflight", methods=["GET", "OPTIONS"])
    api.add_route(
        "/token",
        methods=["GET"],
        authorizer=Authorizer.token(
            guard, validation_regex="^Bearer .+$", results_cache_ttl=Duration.minutes(1)
        ),
    )
    api.add_route(
        "/request",
        methods=["GET"],
        authorizer=Authorizer.request(
            guard.current_version,
            identity_sources=[IdentitySource.header("X-T"), IdentitySource.query_string("q")],
        ),
    )
    api.add_route("/metered", methods=["GET"], api_key_required=True)
    secret = aws_secretsmanager.Secret(stack, "Secret")
    api.add_usage_plan(
        "Plan",
        api_keys=[
            api.add_api_key("Made"),
            api.add_api_key("FromSecret", value=secret.secret_value),
            apigateway.ApiKey.from_api_key_id(stack, "Imported", "abcdef0123"),
        ],
        throttle=ThrottleSettings(rate_limit=5, burst_limit=10),
        quota=QuotaSettings(limit=1000, period=Period.MONTH),
        route_throttles={
            "GET /metered": ThrottleSettings(rate_limit=1, burst_limit=2),
            "POST /": ThrottleSettings(rate_limit=3),
        },
    )
    return synthesize(stack)


def security_of(template: Template, path: str, method: str = "get") -> Any:
    return body_of(template)["paths"][path][method].get("security")


def scheme(template: Template, name: str) -> dict[str, Any]:
    definition: dict[str, Any] = body_of(template)["components"]["securitySchemes"][name]
    return definition


def as_deployed(value: Any) -> Any:
    """Return a body as CloudFormation passes it on: intrinsic functions become values."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return "value"
        return {name: as_deployed(item) for name, item in value.items()}
    return [as_deployed(item) for item in value] if isinstance(value, list) else value


OPERATION = {"responses": {"200": {"description": "fine"}}}


def document(paths: dict[str, Any], **members: Any) -> OpenApi:
    return OpenApi.from_dict(
        {"openapi": "3.0.1", "info": {"title": "Chat", "version": "1"}, "paths": paths, **members}
    )


def api_with(stack: Stack, **options: Any) -> StreamingRestApi:
    return StreamingRestApi(stack, "Api", **{"handler": new_function(stack), **options})
