"""Fixes in Python for the CDK: for `StreamingRestApi`, and for CDK's own `RestApi`.

Source: https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_apigateway.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streaming_construct.rules.checks.cors import (
    CORS_EXTENSION_IGNORED,
    CORS_INCOMPLETE,
    GATEWAY_RESPONSES_WITHOUT_CORS,
)
from streaming_construct.rules.checks.deployments import (
    DEPLOYMENT_MISSING_DEPENDS_ON,
    DEPLOYMENT_NOT_UPDATED,
    STAGE_MISSING,
)
from streaming_construct.rules.checks.endpoint import (
    EDGE_IDLE_TIMEOUT,
    ENDPOINT_TYPE_INVALID,
    STAGE_NAME_INVALID,
)
from streaming_construct.rules.checks.functions.function_streaming import (
    FUNCTION_ALWAYS_STREAMS,
    FUNCTION_DOES_NOT_STREAM,
    FUNCTION_MAY_NOT_STREAM,
)
from streaming_construct.rules.checks.functions.layers import (
    LAYER_ARCHITECTURE,
    LAYER_VERSION_INVALID,
)
from streaming_construct.rules.checks.functions.tenants import TENANT_ID_MISSING
from streaming_construct.rules.checks.functions.web_adapter import (
    ADAPTER_INVOKE_MODE,
    ADAPTER_LAYER_MISSING,
    ADAPTER_WRAPPER_MISSING,
)
from streaming_construct.rules.checks.http_apis import HTTP_API_CANNOT_STREAM
from streaming_construct.rules.checks.integrations import (
    INTEGRATION_HTTP_METHOD,
    INTEGRATION_MISSING,
    INTEGRATION_URI_INVALID,
    MOCK_BINARY_MEDIA_TYPE,
    STAGE_VARIABLE_MISSING,
    VPC_LINK_MISSING,
)
from streaming_construct.rules.checks.logging import (
    ACCESS_LOG_DISABLED,
    ACCESS_LOG_MISSING_FIELDS,
    CLOUDWATCH_ROLE_NOT_RETAINED,
)
from streaming_construct.rules.checks.permissions import (
    OVERLY_PERMISSIVE_GRANT,
    PERMISSION_MISSING,
    PERMISSION_SOURCE_MISMATCH,
)
from streaming_construct.rules.checks.throttling import (
    METHOD_SETTING_UNMATCHED,
    THROTTLE_INVALID,
    THROTTLING_NOT_CONFIGURED,
)
from streaming_construct.rules.checks.timeouts import (
    FUNCTION_TIMEOUT_DEFAULT,
    FUNCTION_TIMEOUT_OUT_OF_RANGE,
    FUNCTION_TIMEOUT_SHORTER,
    FUNCTION_TIMEOUT_UNUSED,
    INTEGRATION_TIMEOUT_DEFAULT,
    TIMEOUT_OUT_OF_RANGE,
)
from streaming_construct.rules.checks.transfer_modes import (
    MIXED_TRANSFER_MODES,
    STREAM_INTEGRATION_TYPE,
    TRANSFER_MODE_INVALID,
    TRANSFER_MODE_MISMATCH,
)
from streaming_construct.rules.checks.unsupported_features import (
    STREAM_CACHED,
    STREAM_COMPRESSED,
    STREAM_CONTENT_HANDLING,
)
from streaming_construct.rules.rule import Rule

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

CDK_FIXES: Final[Mapping[Rule, tuple[str, str]]] = {
    TRANSFER_MODE_INVALID: (
        "Pass `ResponseTransferMode.STREAM` or `ResponseTransferMode.BUFFERED`.",
        _STREAM,
    ),
    TRANSFER_MODE_MISMATCH: (
        "Pass `response_transfer_mode` to `LambdaIntegration`, which writes the URI for that mode.",
        _STREAM,
    ),
    STREAM_INTEGRATION_TYPE: (
        "Use `LambdaIntegration` or `HttpIntegration` with `proxy=True`, which is the default.",
        _STREAM,
    ),
    MIXED_TRANSFER_MODES: (
        "Pass a separate function as the `handler` of the buffered routes.",
        (
            'api.add_route("/status", methods=["GET"], handler=buffered,\n'
            "    response_transfer_mode=ResponseTransferMode.BUFFERED)"
        ),
    ),
    FUNCTION_ALWAYS_STREAMS: (
        "Pass a separate function as the `handler` of the buffered routes.",
        (
            'api.add_route("/status", methods=["GET"], handler=buffered,\n'
            "    response_transfer_mode=ResponseTransferMode.BUFFERED)"
        ),
    ),
    HTTP_API_CANNOT_STREAM: (
        "Use `StreamingRestApi` or `RestApi` instead of `HttpApi`.",
        'StreamingRestApi(stack, "Api", handler=function)',
    ),
    FUNCTION_DOES_NOT_STREAM: (
        "Use `PythonWebFunction`, `PythonStreamingFunction` or `WebAdapter`, or buffer the routes.",
        _ADAPTER,
    ),
    FUNCTION_MAY_NOT_STREAM: (
        (
            "Use `PythonWebFunction`, `PythonStreamingFunction` or `WebAdapter`. "
            "Acknowledge the finding if the function streams."
        ),
        _ADAPTER,
    ),
    ADAPTER_LAYER_MISSING: ("Use `WebAdapter`, which adds the layer.", _ADAPTER),
    ADAPTER_WRAPPER_MISSING: (
        "Use `WebAdapter`, which sets the variable, or call `add_environment`.",
        'function.add_environment("AWS_LAMBDA_EXEC_WRAPPER", "/opt/bootstrap")',
    ),
    ADAPTER_INVOKE_MODE: (
        "Use `WebAdapter`, which sets the variable, or call `add_environment`.",
        'function.add_environment("AWS_LWA_INVOKE_MODE", "response_stream")',
    ),
    LAYER_VERSION_INVALID: (
        "Use `WebAdapter`, or pass the ARN of a layer version to `from_layer_version_arn`.",
        _ADAPTER,
    ),
    LAYER_ARCHITECTURE: (
        "Pass the `architecture` for which the layer is built to the function.",
        'Function(stack, "Chat", architecture=Architecture.ARM_64)',
    ),
    TENANT_ID_MISSING: (
        "Map the header in `request_parameters` of `LambdaIntegration`.",
        (
            "LambdaIntegration(function, request_parameters={\n"
            '    "integration.request.header.X-Amz-Tenant-Id": '
            '"method.request.header.x-tenant-id",\n'
            "})"
        ),
    ),
    INTEGRATION_MISSING: (
        "Pass an integration to `add_method`.",
        'resource.add_method("GET", LambdaIntegration(function))',
    ),
    INTEGRATION_URI_INVALID: (
        "Use `LambdaIntegration`, which writes the URI.",
        _STREAM,
    ),
    INTEGRATION_HTTP_METHOD: (
        'Use `LambdaIntegration`, or pass `integration_http_method="POST"` to `Integration`.',
        _STREAM,
    ),
    VPC_LINK_MISSING: (
        "Pass `vpc_link` in the options of the integration.",
        "IntegrationOptions(connection_type=ConnectionType.VPC_LINK, vpc_link=link)",
    ),
    STAGE_VARIABLE_MISSING: (
        "Pass the variable in `variables` of `deploy_options`.",
        'deploy_options=StageOptions(variables={"alias": "live"})',
    ),
    MOCK_BINARY_MEDIA_TYPE: (
        "Pass `content_handling` to `MockIntegration`.",
        "MockIntegration(content_handling=ContentHandling.CONVERT_TO_TEXT)",
    ),
    TIMEOUT_OUT_OF_RANGE: (
        (
            "Pass a `timeout` of at most 15 minutes for a stream, or 29 seconds for a buffered "
            "route. "
            "If AWS raised the quota of the account, pass `integration_timeout_quota`."
        ),
        'api.add_route("/chat", timeout=Duration.minutes(15))',
    ),
    INTEGRATION_TIMEOUT_DEFAULT: (
        "Pass `timeout` to `LambdaIntegration`, at most 15 minutes.",
        (
            "LambdaIntegration(function, timeout=Duration.minutes(15),\n"
            "    response_transfer_mode=ResponseTransferMode.STREAM)"
        ),
    ),
    FUNCTION_TIMEOUT_SHORTER: (
        "Pass a `timeout` to the function that is at least that of the integration.",
        'PythonWebFunction(stack, "Chat", entry="app", timeout=Duration.minutes(15))',
    ),
    FUNCTION_TIMEOUT_DEFAULT: (
        "Pass a `timeout` to the function: the duration of its longest stream.",
        'PythonWebFunction(stack, "Chat", entry="app", timeout=Duration.minutes(15))',
    ),
    FUNCTION_TIMEOUT_OUT_OF_RANGE: (
        "Pass a `timeout` of 1 second to 30 minutes to the function.",
        'PythonWebFunction(stack, "Chat", entry="app", timeout=Duration.minutes(15))',
    ),
    FUNCTION_TIMEOUT_UNUSED: (
        (
            "Pass a `timeout` of at most 15 minutes to the function, or start longer work "
            "asynchronously."
        ),
        'PythonWebFunction(stack, "Chat", entry="app", timeout=Duration.minutes(15))',
    ),
    EDGE_IDLE_TIMEOUT: (
        "Pass `EndpointType.REGIONAL`, or send a heartbeat at least every 15 seconds.",
        f'RestApi(stack, "Api", {_REGIONAL})',
    ),
    ENDPOINT_TYPE_INVALID: (
        "Pass members of `EndpointType`.",
        f'RestApi(stack, "Api", {_REGIONAL})',
    ),
    PERMISSION_MISSING: (
        "Use `LambdaIntegration`, which adds the permission, or call `add_permission`.",
        (
            'function.add_permission("Api", '
            'principal=ServicePrincipal("apigateway.amazonaws.com"),\n'
            "    source_arn=api.arn_for_execute_api())"
        ),
    ),
    PERMISSION_SOURCE_MISMATCH: (
        "Pass the ARN of the route as `source_arn`, and add the permission to the invoked alias.",
        (
            'alias.add_permission("Api", principal=ServicePrincipal("apigateway.amazonaws.com"),\n'
            '    source_arn=api.arn_for_execute_api("GET", "/chat", "prod"))'
        ),
    ),
    OVERLY_PERMISSIVE_GRANT: (
        "Pass the ARN of the API as `source_arn`.",
        (
            'function.add_permission("Api", '
            'principal=ServicePrincipal("apigateway.amazonaws.com"),\n'
            "    source_arn=api.arn_for_execute_api())"
        ),
    ),
    STREAM_COMPRESSED: (
        "Remove `min_compression_size`, and compress in the function.",
        "",
    ),
    STREAM_CACHED: (
        "Pass `caching_enabled=False` for the streamed routes.",
        (
            "deploy_options=StageOptions(method_options={\n"
            '    "/chat/POST": MethodDeploymentOptions(caching_enabled=False),\n'
            "})"
        ),
    ),
    STREAM_CONTENT_HANDLING: (
        "Remove `content_handling` of the integration. Binary data streams unchanged.",
        "",
    ),
    CORS_EXTENSION_IGNORED: (
        "Pass `cors` to `StreamingRestApi`.",
        (
            'StreamingRestApi(stack, "Api", handler=function,\n'
            '    cors=CorsOptions(allow_origins=["https://app.example"]))'
        ),
    ),
    CORS_INCOMPLETE: (
        "Pass `cors` to `StreamingRestApi`, or `default_cors_preflight_options` to `RestApi`.",
        (
            'StreamingRestApi(stack, "Api", handler=function,\n'
            '    cors=CorsOptions(allow_origins=["https://app.example"]))'
        ),
    ),
    GATEWAY_RESPONSES_WITHOUT_CORS: (
        (
            "Pass `cors` to `StreamingRestApi`, or call `add_gateway_response` of `RestApi` for "
            "`DEFAULT_4_XX` and `DEFAULT_5_XX`."
        ),
        (
            'api.add_gateway_response("Default4xx", type=ResponseType.DEFAULT_4_XX,\n'
            '    response_headers={"Access-Control-Allow-Origin": "\'https://app.example\'"})'
        ),
    ),
    THROTTLE_INVALID: (
        (
            "Pass a rate and a whole-number burst in `deploy_options`. Set both to 0 to close "
            "a route on purpose."
        ),
        _THROTTLE,
    ),
    THROTTLING_NOT_CONFIGURED: (
        "Pass `throttling_rate_limit` and `throttling_burst_limit` in `deploy_options`.",
        _THROTTLE,
    ),
    METHOD_SETTING_UNMATCHED: (
        "Write the key of `method_options` as the path and the method of the API.",
        (
            "deploy_options=StageOptions(method_options={\n"
            '    "/jobs/{id}/GET": MethodDeploymentOptions(throttling_rate_limit=5),\n'
            "})"
        ),
    ),
    STAGE_NAME_INVALID: (
        "Pass a `stage_name` of at most 128 letters, digits, `-` and `_` in `deploy_options`.",
        'deploy_options=StageOptions(stage_name="v1")',
    ),
    ACCESS_LOG_DISABLED: (
        (
            "Use `StreamingRestApi`, which writes an access log, or pass "
            "`access_log_destination` and `access_log_format` in `deploy_options`."
        ),
        (
            "deploy_options=StageOptions(\n"
            "    access_log_destination=LogGroupLogDestination(group),\n"
            "    access_log_format=AccessLogFormat.custom(\n"
            '        "$context.requestId $context.integration.responseTransferMode "\n'
            '        "$context.integration.timeToFirstContent"))'
        ),
    ),
    ACCESS_LOG_MISSING_FIELDS: (
        "Add the fields to `AccessLogFormat.custom`.",
        (
            "AccessLogFormat.custom(\n"
            '    "$context.requestId $context.integration.responseTransferMode "\n'
            '    "$context.integration.timeToFirstContent")'
        ),
    ),
    CLOUDWATCH_ROLE_NOT_RETAINED: (
        "Pass `cloud_watch_role_removal_policy=RemovalPolicy.RETAIN` to `RestApi`.",
        'RestApi(stack, "Api", cloud_watch_role_removal_policy=RemovalPolicy.RETAIN)',
    ),
    DEPLOYMENT_MISSING_DEPENDS_ON: (
        "Add the methods as dependencies of the deployment.",
        "deployment.node.add_dependency(method)",
    ),
    DEPLOYMENT_NOT_UPDATED: (
        "Let `RestApi` create the deployment, or add what changes to its logical id.",
        "deployment.add_to_logical_id(stack.resolve(body))",
    ),
    STAGE_MISSING: (
        "Keep `deploy=True` of `RestApi`, or create a `Stage` with a `Deployment`.",
        'Stage(stack, "Stage", deployment=Deployment(stack, "Deployment", api=api))',
    ),
}
"""The fix and an example by the rule. An example can be empty."""
