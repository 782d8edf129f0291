"""One CDK app to be measured: `synthesis_app.py CASE ROUTES FOLDER`, with `--validation` or not.

`SpecRestApi` also needs `--body TEMPLATE`: a template of `StreamingRestApi` with as many routes.

It prints the number of requests to jsii's Node.js process, and the CPU time of Python. Each case
imports only what it uses, like a separate app.
"""

from __future__ import annotations

import argparse
import json
import resource
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App, Duration, Stack
from jsii._kernel.providers import process  # every call passes this module

if TYPE_CHECKING:
    from aws_cdk.aws_apigateway import StageOptions
    from aws_cdk.aws_lambda import Function

ORIGIN = "https://app.example"
RATE, BURST = 5, 10


def empty(_: Stack, routes: int) -> None:
    """Create nothing: this is the cost of CDK."""
    assert routes == 0


def function(stack: Stack, routes: int) -> None:
    """Create a function without an API."""
    assert routes == 0
    _function(stack)


def streaming_rest_api(stack: Stack, routes: int) -> None:
    """Routes, each with a preflight and a throttle, by `StreamingRestApi`."""
    from aws_cdk.aws_apigateway import CorsOptions, ThrottleSettings

    from streaming_construct import StreamingRestApi

    api = StreamingRestApi(
        stack,
        "Api",
        handler=_function(stack),
        proxy=False,
        cors=CorsOptions(allow_origins=[ORIGIN]),
    )
    for path in _paths(routes):
        throttle = ThrottleSettings(rate_limit=RATE, burst_limit=BURST)
        api.add_route(path, methods=["GET"], throttle=throttle)


def rest_api(stack: Stack, routes: int) -> None:
    """The same by CDK's own `RestApi`."""
    from aws_cdk import aws_apigateway as apigateway

    api = apigateway.RestApi(
        stack,
        "Api",
        cloud_watch_role=True,
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        default_cors_preflight_options=apigateway.CorsOptions(allow_origins=[ORIGIN]),
        deploy_options=_stage_options(stack, routes),
    )
    for kind in (apigateway.ResponseType.DEFAULT_4_XX, apigateway.ResponseType.DEFAULT_5_XX):
        api.add_gateway_response(
            kind.response_type,
            type=kind,
            response_headers={"Access-Control-Allow-Origin": f"'{ORIGIN}'"},
        )
    integration = apigateway.LambdaIntegration(
        _function(stack),
        timeout=Duration.minutes(5),
        response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
    )
    for path in _paths(routes):
        api.root.add_resource(path.removeprefix("/")).add_method("GET", integration)


def spec_rest_api(stack: Stack, routes: int, template: Path) -> None:
    """The finished body of `StreamingRestApi` by CDK's own `SpecRestApi`: the measured limit."""
    from aws_cdk import aws_apigateway as apigateway
    from aws_cdk.aws_iam import Role, ServicePrincipal
    from constructs import Construct

    resources = json.loads(template.read_text())["Resources"].values()
    (body,) = (
        resource["Properties"]["Body"]
        for resource in resources
        if resource["Type"] == "AWS::ApiGateway::RestApi"
    )
    # The body names the function and the role by the logical ids of these constructs.
    _function(stack)
    api = Construct(stack, "Api")
    Role(api, "Role", assumed_by=ServicePrincipal("apigateway.amazonaws.com"))
    apigateway.SpecRestApi(
        api,
        "Resource",
        api_definition=apigateway.ApiDefinition.from_inline(body),
        cloud_watch_role=True,
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        deploy_options=_stage_options(stack, routes),
    )


CASES: dict[str, Callable[[Stack, int], None]] = {
    "empty": empty,
    "function": function,
    "StreamingRestApi": streaming_rest_api,
    "RestApi": rest_api,
}


def _stage_options(stack: Stack, routes: int) -> StageOptions:
    from aws_cdk import aws_apigateway as apigateway
    from aws_cdk.aws_logs import LogGroup, RetentionDays

    from streaming_construct.observability.access_log_format import (
        build_streaming_access_log_format,
    )

    throttle = apigateway.MethodDeploymentOptions(
        throttling_rate_limit=RATE, throttling_burst_limit=BURST
    )
    return apigateway.StageOptions(
        tracing_enabled=True,
        metrics_enabled=True,
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        access_log_destination=apigateway.LogGroupLogDestination(
            LogGroup(stack, "AccessLog", retention=RetentionDays.ONE_YEAR)
        ),
        access_log_format=apigateway.AccessLogFormat.custom(build_streaming_access_log_format()),
        method_options={f"{path}/GET": throttle for path in _paths(routes)},
    )


def _function(stack: Stack) -> Function:
    from aws_cdk.aws_lambda import Code, Function, Runtime

    return Function(
        stack,
        "Function",
        runtime=Runtime.NODEJS_24_X,
        handler="index.handler",
        code=Code.from_inline("exports.handler = async () => ({ statusCode: 200 })"),
        timeout=Duration.minutes(5),
    )


def _paths(routes: int) -> list[str]:
    return [f"/r{number}" for number in range(routes)]


def main() -> None:
    """Synthesize one case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=[*CASES, "SpecRestApi"])
    parser.add_argument("routes", type=int)
    parser.add_argument("folder")
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--body", type=Path, help="for SpecRestApi: the template with the body")
    arguments = parser.parse_args()

    round_trips = 0
    send: Any = process._NodeProcess.send  # noqa: SLF001 - no public way to count

    def counting(self: Any, request: Any, *rest: Any) -> Any:
        nonlocal round_trips
        round_trips += 1
        return send(self, request, *rest)

    setattr(process._NodeProcess, "send", counting)  # noqa: SLF001, B010 - no public way to count
    app = App(
        analytics_reporting=False,
        outdir=arguments.folder,
        builtin_cloud_formation_validation=None if arguments.validation else False,
    )
    create = CASES.get(arguments.case) or partial(spec_rest_api, template=arguments.body)
    create(Stack(app, "Measured"), arguments.routes)
    app.synth()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(round_trips, used.ru_utime + used.ru_stime)


if __name__ == "__main__":
    main()
