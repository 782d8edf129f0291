"""Fixes in HCL for the AWS provider of Terraform.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/api_gateway_integration
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streaming_construct.rules.checks.cors import CORS_INCOMPLETE, GATEWAY_RESPONSES_WITHOUT_CORS
from streaming_construct.rules.checks.deployments import (
    DEPLOYMENT_MISSING_DEPENDS_ON,
    DEPLOYMENT_NOT_UPDATED,
    STAGE_MISSING,
    STAGE_WITHOUT_DEPLOYMENT,
)
from streaming_construct.rules.checks.endpoint import (
    EDGE_IDLE_TIMEOUT,
    ENDPOINT_TYPE_INVALID,
    STAGE_NAME_INVALID,
)
from streaming_construct.rules.checks.functions.function_streaming import (
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
from streaming_construct.rules.checks.logging import ACCESS_LOG_DISABLED, ACCESS_LOG_MISSING_FIELDS
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

_INTEGRATION: Final = """\
resource "aws_api_gateway_integration" "chat" {
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.chat.response_streaming_invoke_arn
  response_transfer_mode  = "STREAM"
  timeout_milliseconds    = 900000
  # ...
}"""
_ADAPTER: Final = """\
resource "aws_lambda_function" "chat" {
  layers = ["arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerX86:30"]
  environment {
    variables = {
      AWS_LAMBDA_EXEC_WRAPPER = "/opt/bootstrap"
      AWS_LWA_INVOKE_MODE     = "response_stream"
    }
  }
  # ...
}"""
_TIMEOUT: Final = """\
resource "aws_lambda_function" "chat" {
  timeout = 900
  # ...
}"""
_SETTINGS: Final = """\
resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.chat.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  method_path = "*/*"
  settings {
    throttling_rate_limit  = 50
    throttling_burst_limit = 100
  }
}"""
_REGIONAL: Final = """\
resource "aws_api_gateway_rest_api" "chat" {
  endpoint_configuration {
    types = ["REGIONAL"]
  }
  # ...
}"""
_PERMISSION: Final = """\
resource "aws_lambda_permission" "chat" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.chat.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.chat.execution_arn}/*/POST/chat"
}"""
_ACCESS_LOG: Final = """\
resource "aws_api_gateway_stage" "prod" {
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = join(" ", [
      "$context.requestId",
      "$context.integration.responseTransferMode",
      "$context.integration.timeToFirstContent",
    ])
  }
  # ...
}"""
_DEPLOYMENT: Final = """\
resource "aws_api_gateway_deployment" "chat" {
  rest_api_id = aws_api_gateway_rest_api.chat.id
  depends_on  = [aws_api_gateway_integration.chat]
  triggers = {
    redeployment = sha1(jsonencode(aws_api_gateway_integration.chat))
  }
  lifecycle {
    create_before_destroy = true
  }
}"""
_STAGE: Final = """\
resource "aws_api_gateway_stage" "prod" {
  rest_api_id   = aws_api_gateway_rest_api.chat.id
  deployment_id = aws_api_gateway_deployment.chat.id
  stage_name    = "prod"
  variables     = { alias = "live" }
}"""

TERRAFORM_FIXES: Final[Mapping[Rule, tuple[str, str]]] = {
    TRANSFER_MODE_INVALID: (
        'Set `response_transfer_mode` of the integration to `"STREAM"` or `"BUFFERED"`.',
        _INTEGRATION,
    ),
    TRANSFER_MODE_MISMATCH: (
        (
            "Set `uri` to `response_streaming_invoke_arn` of the function for `STREAM`, or to "
            "`invoke_arn` for `BUFFERED`."
        ),
        _INTEGRATION,
    ),
    STREAM_INTEGRATION_TYPE: (
        'Set `type` of the integration to `"AWS_PROXY"` or `"HTTP_PROXY"`.',
        _INTEGRATION,
    ),
    MIXED_TRANSFER_MODES: (
        (
            "Set the same `response_transfer_mode` for all integrations of the function, or use a "
            "separate `aws_lambda_function` for the buffered routes."
        ),
        _INTEGRATION,
    ),
    HTTP_API_CANNOT_STREAM: (
        "Use `aws_api_gateway_rest_api` instead of `aws_apigatewayv2_api`.",
        _REGIONAL,
    ),
    FUNCTION_DOES_NOT_STREAM: (
        "Add the Lambda Web Adapter in `layers` and `environment`, or use a runtime that streams.",
        _ADAPTER,
    ),
    FUNCTION_MAY_NOT_STREAM: (
        (
            "Add the Lambda Web Adapter in `layers` and `environment`. Suppress the finding if the "
            "function streams."
        ),
        _ADAPTER,
    ),
    ADAPTER_LAYER_MISSING: ("Add the layer to `layers` of the function.", _ADAPTER),
    ADAPTER_WRAPPER_MISSING: (
        "Set `AWS_LAMBDA_EXEC_WRAPPER` in `environment` of the function.",
        _ADAPTER,
    ),
    ADAPTER_INVOKE_MODE: (
        "Set `AWS_LWA_INVOKE_MODE` to `response_stream` in `environment` of the function.",
        _ADAPTER,
    ),
    LAYER_VERSION_INVALID: ("Write the version number of the layer in `layers`.", _ADAPTER),
    LAYER_ARCHITECTURE: (
        "Set `architectures` of the function, or use the layer for its architecture.",
        'architectures = ["arm64"]',
    ),
    TENANT_ID_MISSING: (
        "Map the header in `request_parameters` of the integration.",
        (
            "request_parameters = {\n"
            '  "integration.request.header.X-Amz-Tenant-Id" = "method.request.header.x-tenant-id"\n'
            "}"
        ),
    ),
    INTEGRATION_MISSING: (
        "Add an `aws_api_gateway_integration` for the method, or remove the method.",
        _INTEGRATION,
    ),
    INTEGRATION_URI_INVALID: (
        "Set `uri` to `response_streaming_invoke_arn` or `invoke_arn` of the function.",
        _INTEGRATION,
    ),
    INTEGRATION_HTTP_METHOD: (
        'Set `integration_http_method` to `"POST"`.',
        _INTEGRATION,
    ),
    VPC_LINK_MISSING: (
        "Set `connection_id` to the id of the VPC link.",
        'connection_type = "VPC_LINK"\nconnection_id   = aws_api_gateway_vpc_link.internal.id',
    ),
    STAGE_VARIABLE_MISSING: ("Add the variable to `variables` of the stage.", _STAGE),
    MOCK_BINARY_MEDIA_TYPE: (
        'Set `content_handling` of the mock integration to `"CONVERT_TO_TEXT"`.',
        'content_handling = "CONVERT_TO_TEXT"',
    ),
    TIMEOUT_OUT_OF_RANGE: (
        (
            "Set `timeout_milliseconds` to at most 900000 for a stream, or 29000 otherwise. If AWS "
            "raised the quota of the account, pass `--integration-timeout-quota` to `lint`."
        ),
        _INTEGRATION,
    ),
    INTEGRATION_TIMEOUT_DEFAULT: (
        "Set `timeout_milliseconds` of the integration, at most 900000.",
        _INTEGRATION,
    ),
    FUNCTION_TIMEOUT_SHORTER: (
        "Set `timeout` of the function to at least `timeout_milliseconds` of its integrations.",
        _TIMEOUT,
    ),
    FUNCTION_TIMEOUT_DEFAULT: (
        "Set `timeout` of the function to the duration of its longest stream, in seconds.",
        _TIMEOUT,
    ),
    FUNCTION_TIMEOUT_OUT_OF_RANGE: ("Set `timeout` of the function to 1 to 1800.", _TIMEOUT),
    FUNCTION_TIMEOUT_UNUSED: (
        "Set `timeout` of the function to at most 900, or start longer work asynchronously.",
        _TIMEOUT,
    ),
    EDGE_IDLE_TIMEOUT: (
        (
            "Set `types` of the `endpoint_configuration` to `REGIONAL`, or send a heartbeat at "
            "least every 15 seconds."
        ),
        _REGIONAL,
    ),
    ENDPOINT_TYPE_INVALID: (
        "Set `types` of the `endpoint_configuration` to `REGIONAL`, `EDGE` or `PRIVATE`.",
        _REGIONAL,
    ),
    PERMISSION_MISSING: (
        "Add an `aws_lambda_permission` for the API, or allow it in the role of `credentials`.",
        _PERMISSION,
    ),
    PERMISSION_SOURCE_MISMATCH: (
        (
            "Put the API, stage, method and path in `source_arn`. "
            "Set `qualifier` to the invoked alias."
        ),
        _PERMISSION,
    ),
    OVERLY_PERMISSIVE_GRANT: (
        "Set `source_arn` to `execution_arn` of the API, followed by the route.",
        _PERMISSION,
    ),
    STREAM_COMPRESSED: (
        "Remove `minimum_compression_size` of the API, and compress in the function.",
        "",
    ),
    STREAM_CACHED: (
        "Set `caching_enabled = false` in the settings of the streamed routes.",
        _SETTINGS.replace('"*/*"', '"chat/POST"').replace(
            "    throttling_rate_limit  = 50\n    throttling_burst_limit = 100",
            "    caching_enabled = false",
        ),
    ),
    STREAM_CONTENT_HANDLING: (
        "Remove `content_handling` of the integration. Binary data streams unchanged.",
        "",
    ),
    CORS_INCOMPLETE: (
        "Add an `aws_api_gateway_method` for `OPTIONS` without authorization to each path.",
        (
            'resource "aws_api_gateway_method" "preflight" {\n'
            '  http_method   = "OPTIONS"\n'
            '  authorization = "NONE"\n'
            "  # ...\n"
            "}"
        ),
    ),
    GATEWAY_RESPONSES_WITHOUT_CORS: (
        "Add an `aws_api_gateway_gateway_response` for `DEFAULT_4XX` and for `DEFAULT_5XX`.",
        (
            'resource "aws_api_gateway_gateway_response" "default_4xx" {\n'
            "  rest_api_id   = aws_api_gateway_rest_api.chat.id\n"
            '  response_type = "DEFAULT_4XX"\n'
            "  response_parameters = {\n"
            '    "gatewayresponse.header.Access-Control-Allow-Origin" = "\'https://app.example\'"\n'
            "  }\n"
            "}"
        ),
    ),
    THROTTLE_INVALID: (
        (
            "Set a rate and a whole-number burst in the settings. Set both to 0 to close a "
            "route on purpose."
        ),
        _SETTINGS,
    ),
    THROTTLING_NOT_CONFIGURED: (
        "Add an `aws_api_gateway_method_settings` with throttling limits for `*/*`.",
        _SETTINGS,
    ),
    METHOD_SETTING_UNMATCHED: (
        "Set `method_path` to the path without its first slash, and the method.",
        _SETTINGS.replace('"*/*"', '"jobs/{id}/GET"'),
    ),
    STAGE_NAME_INVALID: (
        "Set `stage_name` to at most 128 letters, digits, `-` and `_`.",
        _STAGE,
    ),
    ACCESS_LOG_DISABLED: ("Add `access_log_settings` to the stage.", _ACCESS_LOG),
    ACCESS_LOG_MISSING_FIELDS: (
        "Add the fields to `format` of the `access_log_settings`.",
        _ACCESS_LOG,
    ),
    DEPLOYMENT_MISSING_DEPENDS_ON: (
        "Name the integrations in `depends_on` of the deployment.",
        _DEPLOYMENT,
    ),
    DEPLOYMENT_NOT_UPDATED: ("Add `triggers` to the deployment.", _DEPLOYMENT),
    STAGE_MISSING: ("Add an `aws_api_gateway_stage` with a deployment.", _STAGE),
    STAGE_WITHOUT_DEPLOYMENT: ("Set `deployment_id` of the stage.", _STAGE),
}
"""The fix and an example by the rule. An example can be empty."""
