"""Invalid arguments are errors before a resource is created, all problems at once."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy, Stack, Token, aws_ec2, aws_s3
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import (
    AccessLogFormat,
    CorsOptions,
    EndpointConfiguration,
    EndpointType,
    IpAddressType,
    MethodDeploymentOptions,
    ResponseTransferMode,
    StageOptions,
    ThrottleSettings,
)
from aws_cdk.aws_logs import LogGroup

from streaming_construct import AccessLog, StreamingRestApi
from streaming_construct.constructs.stage.stage_options import UNSUPPORTED_STAGE_OPTIONS
from tests.support.synthesis import body_of, new_function, only, resources, synthesize

Options = dict[str, Any]


def bucket_arn(stack: Stack) -> Any:
    return lambda_.Function.from_function_arn(stack, "NotOne", "arn:aws:s3:::bucket")


def function_url(stack: Stack) -> Any:
    return new_function(stack, "WithUrl").add_function_url()


API_OPTIONS: dict[str, tuple[Callable[[Stack], Options], str]] = {
    "no handler and no routes": (lambda _: {}, "the handler is missing"),
    "a function URL": (
        lambda stack: {"handler": function_url(stack)},
        "the handler is a function URL, not a Lambda function",
    ),
    "an ARN as text": (
        lambda _: {"handler": "arn:aws:lambda:eu-west-1:111122223333:function:chat"},
        "the handler is the text 'arn:aws:lambda",
    ),
    "another construct": (
        lambda stack: {"handler": aws_s3.Bucket(stack, "Bucket")},
        "the handler is of type Bucket, not a Lambda function",
    ),
    "an ARN that is not a function's": (
        lambda stack: {"handler": bucket_arn(stack)},
        "'arn:aws:s3:::bucket' is not that of a Lambda function",
    ),
    "every origin with credentials": (
        lambda stack: {
            "handler": new_function(stack),
            "cors": CorsOptions(allow_origins=["*"], allow_credentials=True),
        },
        "cors allows credentials to every origin",
    ),
    "a header that ends a literal": (
        lambda stack: {
            "handler": new_function(stack),
            "cors": CorsOptions(allow_origins=["*"], allow_headers=["x'y"]),
        },
        "is not the name of a header",
    ),
    "every header with credentials": (
        lambda stack: {
            "handler": new_function(stack),
            "cors": CorsOptions(
                allow_origins=["https://a.example"], allow_headers=["*"], allow_credentials=True
            ),
        },
        "'*' in allow_headers means nothing but itself",
    ),
    "a handler that is a dict": (
        lambda _: {"handler": {}},
        "the handler is of type dict, not a Lambda function",
    ),
    "a stage with a slash": (
        lambda stack: {
            "handler": new_function(stack),
            "deploy_options": StageOptions(stage_name="v1/beta"),
        },
        "'v1/beta' is not a valid stage name",
    ),
    "a quota of nothing": (
        lambda stack: {
            "handler": new_function(stack),
            "integration_timeout_quota": Duration.seconds(0),
        },
        "a quota of 0 ms",
    ),
    "a quota that edge endpoints cannot have": (
        lambda stack: {
            "handler": new_function(stack),
            "integration_timeout_quota": Duration.seconds(60),
            "endpoint_configuration": EndpointConfiguration(types=[EndpointType.EDGE]),
        },
        "only for Regional and private APIs",
    ),
    "types that are none of CDK's": (
        lambda stack: {
            "handler": new_function(stack),
            "cors": True,
            "deploy_options": {"stage_name": "v1"},
            "endpoint_configuration": EndpointType.REGIONAL,
            "access_log": True,
            "credentials_role": "arn:aws:iam::111122223333:role/invoke",
        },
        "endpoint_configuration is <EndpointType.REGIONAL: 'REGIONAL'>, not an EndpointConf",
    ),
    "an origin with a path": (
        lambda stack: {
            "handler": new_function(stack),
            "cors": CorsOptions(allow_origins=["https://app.example/"]),
        },
        "'https://app.example/' is not an origin",
    ),
    "a cache that is disabled and aged": (
        lambda stack: {
            "handler": new_function(stack),
            "cors": CorsOptions(allow_origins=["*"], max_age=Duration.hours(1), disable_cache=True),
        },
        "both disable_cache and max_age",
    ),
    "a negative rate": (
        lambda stack: {
            "handler": new_function(stack),
            "deploy_options": StageOptions(throttling_rate_limit=-1, throttling_burst_limit=1),
        },
        "a rate of -1 requests a second is not valid",
    ),
    "a burst that lets nothing pass": (
        lambda stack: {
            "handler": new_function(stack),
            "deploy_options": StageOptions(throttling_rate_limit=10, throttling_burst_limit=0),
        },
        "a burst of 0 rejects every request",
    ),
    "a rate that is a token": (
        lambda stack: {
            "handler": new_function(stack),
            "deploy_options": StageOptions(
                throttling_rate_limit=Token.as_number({"Ref": "Rate"}), throttling_burst_limit=1
            ),
        },
        "rate_limit is a token. Give a number that is known at synth",
    ),
    "a private API that no client can call": (
        lambda stack: {
            "handler": new_function(stack),
            "endpoint_configuration": EndpointConfiguration(types=[EndpointType.PRIVATE]),
        },
        "the API is private and has no resource policy",
    ),
    "VPC endpoints of a public API": (
        lambda stack: {
            "handler": new_function(stack),
            "endpoint_configuration": EndpointConfiguration(
                types=[EndpointType.REGIONAL],
                vpc_endpoints=[
                    aws_ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
                        stack, "Endpoint", vpc_endpoint_id="vpce-0123456789abcdef0", port=443
                    )
                ],
            ),
        },
        "the endpoint type is REGIONAL, and only a PRIVATE API can have VPC endpoints",
    ),
    "settings of a log group that is given": (
        lambda stack: {
            "handler": new_function(stack),
            "access_log": AccessLog(
                group=LogGroup(stack, "Given"), removal_policy=RemovalPolicy.DESTROY
            ),
        },
        "removal_policy has no effect on the given group",
    ),
    "two endpoint types": (
        lambda stack: {
            "handler": new_function(stack),
            "endpoint_configuration": EndpointConfiguration(
                types=[EndpointType.REGIONAL, EndpointType.EDGE]
            ),
        },
        "endpoint configuration has 2 types, and a REST API has one",
    ),
    "a private API with IPv4 addresses only": (
        lambda stack: {
            "handler": new_function(stack),
            "endpoint_configuration": EndpointConfiguration(
                types=[EndpointType.PRIVATE], ip_address_type=IpAddressType.IPV4
            ),
        },
        "the IP address type of a private API cannot be IPV4",
    ),
    "an access log that names no request": (
        lambda stack: {
            "handler": new_function(stack),
            "access_log": AccessLog(format=AccessLogFormat.custom("$context.status")),
        },
        "names neither $context.requestId nor $context.extendedRequestId",
    ),
    "an access log line over the limit": (
        lambda stack: {
            "handler": new_function(stack),
            "access_log": AccessLog(
                format=AccessLogFormat.custom("$context.requestId" + "x" * 3072)
            ),
        },
        "has 3090 bytes, more than the limit of 3072",
    ),
}

ROUTE_OPTIONS: dict[str, tuple[Callable[[Stack], Options], str]] = {
    "a path without a slash": (lambda _: {"path": "chat"}, "does not start with a slash"),
    "a path that ends in a slash": (lambda _: {"path": "/chat/"}, "ends in a slash"),
    "an empty segment": (lambda _: {"path": "/a//b"}, "an empty segment"),
    "a character API Gateway rejects": (lambda _: {"path": "/a b"}, "'a b' has a character"),
    "part of a segment as variable": (
        lambda _: {"path": "/file.{type}"},
        "'file.{type}' is not a path variable",
    ),
    "something after a greedy variable": (
        lambda _: {"path": "/{proxy+}/more"},
        "something follows the greedy variable {proxy+}",
    ),
    "a variable beside that of the proxy": (
        lambda _: {"path": "/{id}"},
        "more than one path variable: {id} (of /{id}), {proxy+} (of /{proxy+})",
    ),
    "a path that is a token": (
        lambda _: {"path": "/" + Token.as_string({"Ref": "Path"})},
        "the path contains a token",
    ),
    "methods as text": (lambda _: {"path": "/a", "methods": "GET"}, "methods is 'GET', not a list"),
    "no methods": (lambda _: {"path": "/a", "methods": []}, "methods is [], not a list"),
    "a method there is not": (
        lambda _: {"path": "/a", "methods": ["TRACE"]},
        "'TRACE' is not an HTTP method of API Gateway",
    ),
    "a method twice": (
        lambda _: {"path": "/a", "methods": ["GET", "get"]},
        "the route is defined 2 times",
    ),
    "too long a stream": (
        lambda _: {"path": "/a", "timeout": Duration.minutes(16)},
        "API Gateway does not accept a timeout of 960000 ms for a STREAM integration",
    ),
    "no time at all": (
        lambda _: {"path": "/a", "timeout": Duration.seconds(0)},
        "a timeout of 0 ms",
    ),
    "seconds as a number": (
        lambda _: {"path": "/a", "timeout": 30},
        "timeout is 30, not a Duration",
    ),
    "a mode as text": (
        lambda _: {"path": "/a", "response_transfer_mode": "BUFFERED"},
        "transfer_mode is 'BUFFERED', not a ResponseTransferMode",
    ),
    "a path that is no text": (lambda _: {"path": None}, "the path is None, not a text"),
    "methods that are no texts": (
        lambda _: {"path": "/a", "methods": [1]},
        "methods is [1], not a list",
    ),
    "a variable twice": (
        lambda _: {"path": "/a/{id}/b/{id}"},
        "the path has the variable {id} 2 times",
    ),
    "too short a stream": (
        lambda _: {"path": "/a", "timeout": Duration.millis(49)},
        "a timeout of 49 ms",
    ),
    "a buffered timeout over the limit": (
        lambda _: {
            "path": "/a",
            "timeout": Duration.seconds(30),
            "response_transfer_mode": ResponseTransferMode.BUFFERED,
        },
        "Use 50 ms to 29000 ms, or stream the route",
    ),
    "a timeout that is a token": (
        lambda _: {"path": "/a", "timeout": Duration.seconds(Token.as_number({"Ref": "Seconds"}))},
        "timeout is a token",
    ),
    "a timeout whose milliseconds are a token": (
        lambda _: {"path": "/a", "timeout": Duration.millis(Token.as_number({"Ref": "Millis"}))},
        "timeout is a token",
    ),
    "a burst that is a token": (
        lambda _: {
            "path": "/a",
            "throttle": ThrottleSettings(
                rate_limit=1, burst_limit=Token.as_number({"Ref": "Burst"})
            ),
        },
        "burst_limit is a token",
    ),
    "a throttle without limits": (
        lambda _: {"path": "/a", "throttle": ThrottleSettings()},
        "a throttle without rate and burst has no effect",
    ),
    "half a request at once": (
        lambda _: {"path": "/a", "throttle": ThrottleSettings(rate_limit=1, burst_limit=1.5)},
        "a burst of 1.5 requests is not valid",
    ),
    "a route's handler that is none": (
        lambda stack: {"path": "/a", "handler": function_url(stack)},
        "route /a: the handler is a function URL",
    ),
}


@pytest.mark.parametrize("case", API_OPTIONS)
def test_an_api_that_cannot_work_is_an_error(case: str, stack: Stack) -> None:
    """The error names the construct, the given value and the fix. No resource is created."""
    options, words = API_OPTIONS[case]
    arguments = options(stack)

    with pytest.raises(ValueError, match=r"^Stack/Api: ") as rejected:
        StreamingRestApi(stack, "Api", **arguments)

    assert words in str(rejected.value)
    assert not resources(synthesize(stack), "AWS::ApiGateway::RestApi")


@pytest.mark.parametrize("case", ROUTE_OPTIONS)
def test_a_route_that_cannot_work_is_an_error(case: str, stack: Stack) -> None:
    """The error names the route, the given value and the fix. The API is unchanged."""
    options, words = ROUTE_OPTIONS[case]
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    arguments = options(stack)

    with pytest.raises(ValueError, match=r"^Stack/Api: ") as rejected:
        api.add_route(**arguments)

    assert words in str(rejected.value)
    template = synthesize(stack)
    assert body_of(template)["paths"].keys() == {"/", "/{proxy+}"}
    assert len(only(template, "AWS::ApiGateway::Stage")["MethodSettings"]) == 1


def test_a_repeated_route_is_an_error(stack: Stack) -> None:
    """The methods and the calls do not matter."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    api.add_route("/chat", methods=["GET", "POST"])

    with pytest.raises(ValueError, match="route POST /chat: the route is defined 2 times"):
        api.add_route("/chat", methods=["POST", "PUT"])

    assert "put" not in body_of(synthesize(stack))["paths"]["/chat"]


def test_a_conflict_with_an_earlier_route_is_an_error(stack: Stack) -> None:
    """It may be at any depth. The error names the path of the earlier route."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), proxy=False)
    api.add_route("/jobs/{id}/logs", methods=["GET"])

    with pytest.raises(ValueError, match=r"\{id\} \(of /jobs/\{id\}/logs\), \{job\}"):
        api.add_route("/jobs/{job}", methods=["GET"])


def test_all_problems_are_reported_at_once(stack: Stack) -> None:
    """A user can correct them together."""
    with pytest.raises(ValueError, match="Stack/Api: 4 problems, nothing was created") as rejected:
        StreamingRestApi(
            stack,
            "Api",
            endpoint_configuration=EndpointConfiguration(types=[EndpointType.PRIVATE]),
            deploy_options=StageOptions(throttling_rate_limit=-1, throttling_burst_limit=-1),
        )

    assert str(rejected.value).count("\n  - ") == 4


def test_an_api_without_any_route_fails_at_synthesis(stack: Stack) -> None:
    """Routes may be added before, so the constructor cannot check it."""
    StreamingRestApi(stack, "Api", proxy=False)

    with pytest.raises(RuntimeError, match="the API has no route"):
        synthesize(stack)


def test_unsupported_stage_options_are_reported_by_name(stack: Stack) -> None:
    """The error names the alternative. A field that is off is no error."""
    options = StageOptions(
        cache_cluster_size="0.5",
        cache_ttl=Duration.minutes(1),
        caching_enabled=False,
        client_certificate_id="abc",
        access_log_format=AccessLogFormat.clf(),
        method_options={"/chat/GET": MethodDeploymentOptions(throttling_rate_limit=1)},
    )

    with pytest.raises(ValueError, match="5 problems") as rejected:
        StreamingRestApi(stack, "Api", handler=new_function(stack), deploy_options=options)

    for name in ("cache_cluster_size", "cache_ttl", "client_certificate_id", "method_options"):
        assert f"deploy_options.{name} is not supported" in str(rejected.value)
    assert "Pass access_log=AccessLog(format=...)" in str(rejected.value)


def test_every_stage_option_of_cdk_is_applied_or_an_error() -> None:
    """A new option of CDK fails this test."""
    applied = {
        "data_trace_enabled",
        "description",
        "logging_level",
        "metrics_enabled",
        "stage_name",
        "throttling_burst_limit",
        "throttling_rate_limit",
        "tracing_enabled",
        "variables",
    }
    names = set(signature(StageOptions.__init__).parameters) - {"self"}

    assert names == applied | set(UNSUPPORTED_STAGE_OPTIONS)


WRONG: dict[str, Any] = {
    "rest_api_name": 3,
    "description": ["x"],
    "proxy": "false",
    "api_key_required": "no",
    "cloud_watch_role": 0,
    "disable_execute_api_endpoint": "yes",
    "binary_media_types": "image/png",
    "cors": True,
    "integration_timeout_quota": 60_000,
}
WRONG_IN_ROUTE: dict[str, Any] = {"api_key_required": "no", "timeout": 30, "throttle": 5}


def test_each_argument_of_a_wrong_type_is_reported_at_once(stack: Stack) -> None:
    """CDK would name one of them, without the construct, and Python would take text as true."""
    with pytest.raises(ValueError, match="/Api: ") as rejected:
        StreamingRestApi(stack, "Api", handler=new_function(stack), **WRONG)
    for name, value in WRONG.items():
        assert f"{name} is {value!r}, not " in str(rejected.value)

    api = StreamingRestApi(stack, "Other", handler=new_function(stack, "OtherFunction"))
    with pytest.raises(ValueError, match="/Other: ") as rejected:
        api.add_route("/x", **WRONG_IN_ROUTE)
    for name, value in WRONG_IN_ROUTE.items():
        assert f"{name} is {value!r}, not " in str(rejected.value)
    several: list[dict[str, Any]] = [
        {"path": None},
        {"path": "/x", "methods": 3},
        {"path": "/x", "methods": ()},
        {"path": "/x", "handler": ""},
        {"path": "/x", "handler": lambda_.Function},
    ]
    for arguments in several:
        with pytest.raises(ValueError, match="1 problem"):
            api.add_route(**arguments)
    with pytest.raises(ValueError, match="3 problems"):
        api.add_route("/x", handler=[], timeout=3, methods=3)  # type: ignore[arg-type] # on purpose


def test_wrong_types_are_reported_with_other_problems(stack: Stack) -> None:
    """A wrong type does not hide the other problems."""
    with pytest.raises(ValueError, match="3 problems") as rejected:
        StreamingRestApi(
            stack,
            "Api",
            cors=True,  # type: ignore[arg-type] # on purpose
            deploy_options=StageOptions(stage_name="v1/beta"),
        )

    for words in ("cors is True", "the handler is missing", "'v1/beta' is not a valid stage name"):
        assert words in str(rejected.value)
