"""Fixes in Python for the CDK: for `StreamingRestApi`, and for CDK's own `RestApi`.

Source: https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_apigateway.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_STREAM: Final = "LambdaIntegration(function, response_transfer_mode=ResponseTransferMode.STREAM)"
_ADAPTER: Final = (
    'PythonWebFunction(stack, "Chat", entry="app")\n'
    "# or, on a function of another kind:\n"
    "WebAdapter().attach(function)"
)
_THROTTLE: Final = (
    'StreamingRestApi(stack, "Api", handler=function,\n'
    "    deploy_options=StageOptions(throttling_rate_limit=50, throttling_burst_limit=100))"
)
_REGIONAL: Final = "endpoint_configuration=EndpointConfiguration(types=[EndpointType.REGIONAL])"

CDK_FIXES: Final[Mapping[str, tuple[str, str]]] = {
    "transfer-mode-invalid": (
        "Pass `ResponseTransferMode.STREAM` or `ResponseTransferMode.BUFFERED`.",
        _STREAM,
    ),
    "transfer-mode-mismatch": (
        "Pass `response_transfer_mode` to `LambdaIntegration`, which writes the URI for that mode.",
        _STREAM,
    ),
    "stream-integration-type": (
        "Use `LambdaIntegration` or `HttpIntegration` with `proxy=True`, which is the default.",
        _STREAM,
    ),
    "mixed-transfer-modes": (
        "Pass a separate function as the `handler` of the buffered routes.",
        (
            'api.add_route("/status", methods=["GET"], handler=buffered,\n'
            "    response_transfer_mode=ResponseTransferMode.BUFFERED)"
        ),
    ),
    "function-always-streams": (
        "Pass a separate function as the `handler` of the buffered routes.",
        (
            'api.add_route("/status", methods=["GET"], handler=buffered,\n'
            "    response_transfer_mode=ResponseTransferMode.BUFFERED)"
        ),
    ),
    "http-api-cannot-stream": (
        "Use `StreamingRestApi` or `RestApi` instead of `HttpApi`.",
        'StreamingRestApi(stack, "Api", handler=function)',
    ),
    "function-does-not-stream": (
        "Use `PythonWebFunction`, `PythonStreamingFunction` or `WebAdapter`, or buffer the routes.",
        _ADAPTER,
    ),
    "function-may-not-stream": (
        (
            "Use `PythonWebFunction`, `PythonStreamingFunction` or `WebAdapter`. "
            "Acknowledge the finding if the function streams."
        ),
        _ADAPTER,
    ),
    "adapter-layer-missing": ("Use `WebAdapter`, which adds the layer.", _ADAPTER),
    "adapter-wrapper-missing": (
        "Use `WebAdapter`, which sets the variable, or call `add_environment`.",
        'function.add_environment("AWS_LAMBDA_EXEC_WRAPPER", "/opt/bootstrap")',
    ),
    "adapter-invoke-mode": (
        "Use `WebAdapter`, which sets the variable, or call `add_environment`.",
        'function.add_environment("AWS_LWA_INVOKE_MODE", "response_stream")',
    ),
    "layer-version-invalid": (
        "Use `WebAdapter`, or pass the ARN of a layer version to `from_layer_version_arn`.",
        _ADAPTER,
    ),
    "layer-architecture": (
        "Pass the `architecture` for which the layer is built to the function.",
        'Function(stack, "Chat", architecture=Architecture.ARM_64)',
    ),
    "tenant-id-missing": (
        "Map the header in `request_parameters` of `LambdaIntegration`.",
        (
            "LambdaIntegration(function, request_parameters={\n"
            '    "integration.request.header.X-Amz-Tenant-Id": '
            '"method.request.header.x-tenant-id",\n'
            "})"
        ),
    ),
    "integration-missing": (
        "Pass an integration to `add_method`.",
        'resource.add_method("GET", LambdaIntegration(function))',
    ),
    "integration-uri-invalid": (
        "Use `LambdaIntegration`, which writes the URI.",
        _STREAM,
    ),
    "integration-http-method": (
        'Use `LambdaIntegration`, or pass `integration_http_method="POST"` to `Integration`.',
        _STREAM,
    ),
    "vpc-link-missing": (
        "Pass `vpc_link` in the options of the integration.",
        "IntegrationOptions(connection_type=ConnectionType.VPC_LINK, vpc_link=link)",
    ),
    "stage-variable-missing": (
        "Pass the variable in `variables` of `deploy_options`.",
        'deploy_options=StageOptions(variables={"alias": "live"})',
    ),
    "mock-binary-media-type": (
        "Pass `content_handling` to `MockIntegration`.",
        "MockIntegration(content_handling=ContentHandling.CONVERT_TO_TEXT)",
    ),
    "timeout-out-of-range": (
        (
            "Pass a `timeout` of at most 15 minutes for a stream, or 29 seconds for a buffered "
            "route. "
            "If AWS raised the quota of the account, pass `integration_timeout_quota`."
        ),
        'api.add_route("/chat", timeout=Duration.minutes(15))',
    ),
    "integration-timeout-default": (
        "Pass `timeout` to `LambdaIntegration`, at most 15 minutes.",
        (
            "LambdaIntegration(function, timeout=Duration.minutes(15),\n"
            "    response_transfer_mode=ResponseTransferMode.STREAM)"
        ),
    ),
    "function-timeout-shorter": (
        "Pass a `timeout` to the function that is at least that of the integration.",
        'PythonWebFunction(stack, "Chat", entry="app", timeout=Duration.minutes(15))',
    ),
    "function-timeout-default": (
        "Pass a `timeout` to the function: the duration of its longest stream.",
        'PythonWebFunction(stack, "Chat", entry="app", timeout=Duration.minutes(15))',
    ),
    "function-timeout-out-of-range": (
        "Pass a `timeout` of 1 second to 30 minutes to the function.",
        'PythonWebFunction(stack, "Chat", entry="app", timeout=Duration.minutes(15))',
    ),
    "function-timeout-unused": (
        (
            "Pass a `timeout` of at most 15 minutes to the function, or start longer work "
            "asynchronously."
        ),
        'PythonWebFunction(stack, "Chat", entry="app", timeout=Duration.minutes(15))',
    ),
    "edge-idle-timeout": (
        "Pass `EndpointType.REGIONAL`, or send a heartbeat at least every 15 seconds.",
        f'RestApi(stack, "Api", {_REGIONAL})',
    ),
    "endpoint-type-invalid": (
        "Pass members of `EndpointType`.",
        f'RestApi(stack, "Api", {_REGIONAL})',
    ),
    "permission-missing": (
        "Use `LambdaIntegration`, which adds the permission, or call `add_permission`.",
        (
            'function.add_permission("Api", '
            'principal=ServicePrincipal("apigateway.amazonaws.com"),\n'
            "    source_arn=api.arn_for_execute_api())"
        ),
    ),
    "permission-source-mismatch": (
        "Pass the ARN of the route as `source_arn`, and add the permission to the invoked alias.",
        (
            'alias.add_permission("Api", principal=ServicePrincipal("apigateway.amazonaws.com"),\n'
            '    source_arn=api.arn_for_execute_api("GET", "/chat", "prod"))'
        ),
    ),
    "overly-permissive-grant": (
        "Pass the ARN of the API as `source_arn`.",
        (
            'function.add_permission("Api", '
            'principal=ServicePrincipal("apigateway.amazonaws.com"),\n'
            "    source_arn=api.arn_for_execute_api())"
        ),
    ),
    "stream-compressed": (
        "Remove `min_compression_size`, and compress in the function.",
        "",
    ),
    "stream-cached": (
        "Pass `caching_enabled=False` for the streamed routes.",
        (
            "deploy_options=StageOptions(method_options={\n"
            '    "/chat/POST": MethodDeploymentOptions(caching_enabled=False),\n'
            "})"
        ),
    ),
    "stream-content-handling": (
        "Remove `content_handling` of the integration. Binary data streams unchanged.",
        "",
    ),
    "cors-extension-ignored": (
        "Pass `cors` to `StreamingRestApi`.",
        (
            'StreamingRestApi(stack, "Api", handler=function,\n'
            '    cors=CorsOptions(allow_origins=["https://app.example"]))'
        ),
    ),
    "cors-incomplete": (
        "Pass `cors` to `StreamingRestApi`, or `default_cors_preflight_options` to `RestApi`.",
        (
            'StreamingRestApi(stack, "Api", handler=function,\n'
            '    cors=CorsOptions(allow_origins=["https://app.example"]))'
        ),
    ),
    "gateway-responses-without-cors": (
        (
            "Pass `cors` to `StreamingRestApi`, or call `add_gateway_response` of `RestApi` for "
            "`DEFAULT_4_XX` and `DEFAULT_5_XX`."
        ),
        (
            'api.add_gateway_response("Default4xx", type=ResponseType.DEFAULT_4_XX,\n'
            '    response_headers={"Access-Control-Allow-Origin": "\'https://app.example\'"})'
        ),
    ),
    "throttle-invalid": (
        (
            "Pass a rate and a whole-number burst in `deploy_options`. Set both to 0 to close "
            "a route "
            "on purpose."
        ),
        _THROTTLE,
    ),
    "throttling-not-configured": (
        "Pass `throttling_rate_limit` and `throttling_burst_limit` in `deploy_options`.",
        _THROTTLE,
    ),
    "method-setting-unmatched": (
        "Write the key of `method_options` as the path and the method of the API.",
        (
            "deploy_options=StageOptions(method_options={\n"
            '    "/jobs/{id}/GET": MethodDeploymentOptions(throttling_rate_limit=5),\n'
            "})"
        ),
    ),
    "stage-name-invalid": (
        "Pass a `stage_name` of at most 128 letters, digits, `-` and `_` in `deploy_options`.",
        'deploy_options=StageOptions(stage_name="v1")',
    ),
    "access-log-disabled": (
        (
            "Use `StreamingRestApi`, which writes an access log, or pass "
            "`access_log_destination` and "
            "`access_log_format` in `deploy_options`."
        ),
        (
            "deploy_options=StageOptions(\n"
            "    access_log_destination=LogGroupLogDestination(group),\n"
            "    access_log_format=AccessLogFormat.custom(\n"
            '        "$context.requestId $context.integration.responseTransferMode "\n'
            '        "$context.integration.timeToFirstContent"))'
        ),
    ),
    "access-log-missing-fields": (
        "Add the fields to `AccessLogFormat.custom`.",
        (
            "AccessLogFormat.custom(\n"
            '    "$context.requestId $context.integration.responseTransferMode "\n'
            '    "$context.integration.timeToFirstContent")'
        ),
    ),
    "cloudwatch-role-not-retained": (
        "Pass `cloud_watch_role_removal_policy=RemovalPolicy.RETAIN` to `RestApi`.",
        'RestApi(stack, "Api", cloud_watch_role_removal_policy=RemovalPolicy.RETAIN)',
    ),
    "deployment-missing-depends-on": (
        "Add the methods as dependencies of the deployment.",
        "deployment.node.add_dependency(method)",
    ),
    "deployment-not-updated": (
        "Let `RestApi` create the deployment, or add what changes to its logical id.",
        "deployment.add_to_logical_id(stack.resolve(body))",
    ),
    "stage-missing": (
        "Keep `deploy=True` of `RestApi`, or create a `Stage` with a `Deployment`.",
        'Stage(stack, "Stage", deployment=Deployment(stack, "Deployment", api=api))',
    ),
}
"""The fix and an example by the id of the rule. An example can be empty."""
