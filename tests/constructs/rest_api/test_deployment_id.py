"""The logical id of the deployment changes with the API, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import (
    ApiKeySourceType,
    CorsOptions,
    MethodLoggingLevel,
    RequestValidatorOptions,
    ResponseTransferMode,
    StageOptions,
    ThrottleSettings,
)

from streaming_construct import (
    Authorizer,
    ManagedWebAcl,
    OpenApi,
    OpenApiOptions,
    ResourcePolicy,
    RouteOptions,
    StreamingRestApi,
)
from tests.support.synthesis import new_stack, resources, synthesize

Change = Callable[[StreamingRestApi], None]


def deployment_id(change: Change | None = None, code: str = "1", **options: Any) -> str:
    """Return the logical id of the deployment of an API after `change`."""
    stack = new_stack(account="111122223333", region="eu-west-1")
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.NODEJS_22_X,
        handler="index.handler",
        code=lambda_.Code.from_inline(code),
    )
    api = StreamingRestApi(stack, "Api", handler=function, **options)
    api.add_usage_plan("Plan")
    if change:
        change(api)
    (logical_id,) = resources(synthesize(stack), "AWS::ApiGateway::Deployment")
    return logical_id


CHANGES: dict[str, Callable[[], str]] = {
    "a route": lambda: deployment_id(lambda api: api.add_route("/chat")),
    "a method": lambda: deployment_id(lambda api: api.add_route("/", methods=["GET"])),
    "a transfer mode": lambda: deployment_id(
        lambda api: api.add_route("/", response_transfer_mode=ResponseTransferMode.BUFFERED)
    ),
    "a timeout": lambda: deployment_id(lambda api: api.add_route("/", timeout=Duration.seconds(2))),
    "a preflight and gateway responses": lambda: deployment_id(
        cors=CorsOptions(allow_origins=["*"])
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_api_is_deployed(change: str) -> None:
    """Otherwise the stage would serve the old snapshot."""
    assert CHANGES[change]() != deployment_id()


def authorizer_function(api: StreamingRestApi) -> lambda_.IFunction:
    """Return a function for an authorizer."""
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:guard"
    return lambda_.Function.from_function_arn(api, "Guard", arn)


def document_deployment_id(
    overrides: dict[str, RouteOptions] | None = None, **of_the_api: Any
) -> str:
    """Return the id of the deployment of an API of a document with a body to validate."""
    content = {"application/json": {"schema": {"type": "object", "required": ["text"]}}}
    post = {
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "said"}},
    }
    document = {
        "openapi": "3.0.1",
        "info": {"title": "Chat", "version": "1"},
        "paths": {"/chat": {"post": post}},
    }
    openapi = OpenApiOptions(
        document=OpenApi.from_dict(document), operation_overrides=overrides or {}
    )
    return deployment_id(openapi=openapi, **of_the_api)


BODY_AND_PARAMETERS = RequestValidatorOptions(
    validate_request_body=True, validate_request_parameters=True
)
ALONE = RequestValidatorOptions(validate_request_body=True)
ACCESS: dict[str, Callable[[], tuple[str, str]]] = {
    "an authorizer of the API": lambda: (
        deployment_id(),
        deployment_id(authorizer=Authorizer.iam()),
    ),
    "an authorizer of a route": lambda: (
        deployment_id(lambda api: api.add_route("/a")),
        deployment_id(lambda api: api.add_route("/a", authorizer=Authorizer.iam())),
    ),
    "the lifetime of a cached preflight": lambda: (
        deployment_id(
            lambda api: api.add_route("/a", authorizer=Authorizer.token(authorizer_function(api)))
        ),
        deployment_id(
            lambda api: api.add_route(
                "/a",
                authorizer=Authorizer.token(
                    authorizer_function(api), results_cache_ttl=Duration.seconds(0)
                ),
            )
        ),
    ),
    "an API key": lambda: (deployment_id(), deployment_id(api_key_required=True)),
    "who says the key": lambda: (
        deployment_id(),
        deployment_id(api_key_source_type=ApiKeySourceType.AUTHORIZER),
    ),
    "validation": lambda: (
        document_deployment_id(),
        document_deployment_id(request_validator_options=BODY_AND_PARAMETERS),
    ),
    "what is validated": lambda: (
        document_deployment_id(request_validator_options=BODY_AND_PARAMETERS),
        document_deployment_id(request_validator_options=ALONE),
    ),
    "validation of an operation": lambda: (
        document_deployment_id(request_validator_options=ALONE),
        document_deployment_id(
            request_validator_options=ALONE,
            overrides={
                "POST /chat": RouteOptions(request_validator_options=RequestValidatorOptions())
            },
        ),
    ),
    "a resource policy": lambda: (
        deployment_id(policy=ResourcePolicy(source_ips=["203.0.113.0/24"])),
        deployment_id(policy=ResourcePolicy(source_ips=["198.51.100.0/24"])),
    ),
    "binary media types": lambda: (deployment_id(), deployment_id(binary_media_types=["image/*"])),
}


@pytest.mark.parametrize("change", ACCESS)
def test_a_change_of_the_authorization_is_deployed(change: str) -> None:
    """Otherwise a route that is closed in the template would stay open."""
    before, after = ACCESS[change]()

    assert before != after


OF_THE_STAGE: dict[str, dict[str, Any]] = {
    "its throttle": {
        "deploy_options": StageOptions(throttling_rate_limit=5, throttling_burst_limit=10)
    },
    "its logging": {"deploy_options": StageOptions(logging_level=MethodLoggingLevel.INFO)},
    "its metrics": {"deploy_options": StageOptions(metrics_enabled=False)},
    "its tracing": {"deploy_options": StageOptions(tracing_enabled=False)},
    "its access log": {"access_log": False},
    "its web ACL": {"web_acl": ManagedWebAcl()},
}


@pytest.mark.parametrize("setting", OF_THE_STAGE)
def test_a_setting_of_the_stage_needs_no_deployment(setting: str) -> None:
    """It applies as soon as the stage has it."""
    assert deployment_id(**OF_THE_STAGE[setting]) == deployment_id()


def test_a_throttle_of_a_route_needs_no_deployment() -> None:
    """It is one of the method settings of the stage."""
    limit = ThrottleSettings(rate_limit=1, burst_limit=1)

    plain = deployment_id(lambda api: api.add_route("/a"))
    assert deployment_id(lambda api: api.add_route("/a", throttle=limit)) == plain


def test_a_usage_plan_and_a_key_need_no_deployment() -> None:
    """API Gateway reads them for each request."""

    def more(api: StreamingRestApi) -> None:
        api.add_usage_plan("Other", api_keys=[api.add_api_key("Web")])

    assert deployment_id(more) == deployment_id()


def test_a_change_of_origins_is_deployed() -> None:
    """Another origin changes preflights and gateway responses."""
    before = deployment_id(cors=CorsOptions(allow_origins=["https://a.example"]))
    after = deployment_id(cors=CorsOptions(allow_origins=["https://b.example"]))

    assert before != after


def test_new_code_of_a_function_needs_no_deployment() -> None:
    """Lambda serves it without a deployment of the API."""
    assert deployment_id(code="2") == deployment_id(code="1")


def test_the_order_of_routes_needs_no_deployment() -> None:
    """Sorting the calls does not redeploy."""

    def forth(api: StreamingRestApi) -> None:
        api.add_route("/a")
        api.add_route("/b")

    def back(api: StreamingRestApi) -> None:
        api.add_route("/b")
        api.add_route("/a")

    assert deployment_id(forth) == deployment_id(back)
