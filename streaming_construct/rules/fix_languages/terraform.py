"""Fixes in HCL for the AWS provider of Terraform.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/api_gateway_integration
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

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

TERRAFORM_FIXES: Final[Mapping[str, tuple[str, str]]] = {
    "transfer-mode-invalid": (
        'Set `response_transfer_mode` of the integration to `"STREAM"` or `"BUFFERED"`.',
        _INTEGRATION,
    ),
    "transfer-mode-mismatch": (
        (
            "Set `uri` to `response_streaming_invoke_arn` of the function for `STREAM`, or to "
            "`invoke_arn` for `BUFFERED`."
        ),
        _INTEGRATION,
    ),
    "stream-integration-type": (
        'Set `type` of the integration to `"AWS_PROXY"` or `"HTTP_PROXY"`.',
        _INTEGRATION,
    ),
    "mixed-transfer-modes": (
        (
            "Set the same `response_transfer_mode` for all integrations of the function, or use a "
            "separate `aws_lambda_function` for the buffered routes."
        ),
        _INTEGRATION,
    ),
    "http-api-cannot-stream": (
        "Use `aws_api_gateway_rest_api` instead of `aws_apigatewayv2_api`.",
        _REGIONAL,
    ),
    "function-does-not-stream": (
        "Add the Lambda Web Adapter in `layers` and `environment`, or use a runtime that streams.",
        _ADAPTER,
    ),
    "function-may-not-stream": (
        (
            "Add the Lambda Web Adapter in `layers` and `environment`. Suppress the finding if the "
            "function streams."
        ),
        _ADAPTER,
    ),
    "adapter-layer-missing": ("Add the layer to `layers` of the function.", _ADAPTER),
    "adapter-wrapper-missing": (
        "Set `AWS_LAMBDA_EXEC_WRAPPER` in `environment` of the function.",
        _ADAPTER,
    ),
    "adapter-invoke-mode": (
        "Set `AWS_LWA_INVOKE_MODE` to `response_stream` in `environment` of the function.",
        _ADAPTER,
    ),
    "layer-version-invalid": ("Write the version number of the layer in `layers`.", _ADAPTER),
    "layer-architecture": (
        "Set `architectures` of the function, or use the layer for its architecture.",
        'architectures = ["arm64"]',
    ),
    "tenant-id-missing": (
        "Map the header in `request_parameters` of the integration.",
        (
            "request_parameters = {\n"
            '  "integration.request.header.X-Amz-Tenant-Id" = "method.request.header.x-tenant-id"\n'
            "}"
        ),
    ),
    "integration-missing": (
        "Add an `aws_api_gateway_integration` for the method, or remove the method.",
        _INTEGRATION,
    ),
    "integration-uri-invalid": (
        "Set `uri` to `response_streaming_invoke_arn` or `invoke_arn` of the function.",
        _INTEGRATION,
    ),
    "integration-http-method": (
        'Set `integration_http_method` to `"POST"`.',
        _INTEGRATION,
    ),
    "vpc-link-missing": (
        "Set `connection_id` to the id of the VPC link.",
        'connection_type = "VPC_LINK"\nconnection_id   = aws_api_gateway_vpc_link.internal.id',
    ),
    "stage-variable-missing": ("Add the variable to `variables` of the stage.", _STAGE),
    "mock-binary-media-type": (
        'Set `content_handling` of the mock integration to `"CONVERT_TO_TEXT"`.',
        'content_handling = "CONVERT_TO_TEXT"',
    ),
    "timeout-out-of-range": (
        (
            "Set `timeout_milliseconds` to at most 900000 for a stream, or 29000 otherwise. If AWS "
            "raised the quota of the account, pass `--integration-timeout-quota` to `lint`."
        ),
        _INTEGRATION,
    ),
    "integration-timeout-default": (
        "Set `timeout_milliseconds` of the integration, at most 900000.",
        _INTEGRATION,
    ),
    "function-timeout-shorter": (
        "Set `timeout` of the function to at least `timeout_milliseconds` of its integrations.",
        _TIMEOUT,
    ),
    "function-timeout-default": (
        "Set `timeout` of the function to the duration of its longest stream, in seconds.",
        _TIMEOUT,
    ),
    "function-timeout-out-of-range": ("Set `timeout` of the function to 1 to 1800.", _TIMEOUT),
    "function-timeout-unused": (
        "Set `timeout` of the function to at most 900, or start longer work asynchronously.",
        _TIMEOUT,
    ),
    "edge-idle-timeout": (
        (
            "Set `types` of the `endpoint_configuration` to `REGIONAL`, or send a heartbeat at "
            "least "
            "every 15 seconds."
        ),
        _REGIONAL,
    ),
    "endpoint-type-invalid": (
        "Set `types` of the `endpoint_configuration` to `REGIONAL`, `EDGE` or `PRIVATE`.",
        _REGIONAL,
    ),
    "permission-missing": (
        "Add an `aws_lambda_permission` for the API, or allow it in the role of `credentials`.",
        _PERMISSION,
    ),
    "permission-source-mismatch": (
        (
            "Put the API, stage, method and path in `source_arn`. "
            "Set `qualifier` to the invoked alias."
        ),
        _PERMISSION,
    ),
    "overly-permissive-grant": (
        "Set `source_arn` to `execution_arn` of the API, followed by the route.",
        _PERMISSION,
    ),
    "stream-compressed": (
        "Remove `minimum_compression_size` of the API, and compress in the function.",
        "",
    ),
    "stream-cached": (
        "Set `caching_enabled = false` in the settings of the streamed routes.",
        _SETTINGS.replace('"*/*"', '"chat/POST"').replace(
            "    throttling_rate_limit  = 50\n    throttling_burst_limit = 100",
            "    caching_enabled = false",
        ),
    ),
    "stream-content-handling": (
        "Remove `content_handling` of the integration. Binary data streams unchanged.",
        "",
    ),
    "cors-incomplete": (
        "Add an `aws_api_gateway_method` for `OPTIONS` without authorization to each path.",
        (
            'resource "aws_api_gateway_method" "preflight" {\n'
            '  http_method   = "OPTIONS"\n'
            '  authorization = "NONE"\n'
            "  # ...\n"
            "}"
        ),
    ),
    "gateway-responses-without-cors": (
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
    "throttle-invalid": (
        (
            "Set a rate and a whole-number burst in the settings. Set both to 0 to close a "
            "route on "
            "purpose."
        ),
        _SETTINGS,
    ),
    "throttling-not-configured": (
        "Add an `aws_api_gateway_method_settings` with throttling limits for `*/*`.",
        _SETTINGS,
    ),
    "method-setting-unmatched": (
        "Set `method_path` to the path without its first slash, and the method.",
        _SETTINGS.replace('"*/*"', '"jobs/{id}/GET"'),
    ),
    "stage-name-invalid": (
        "Set `stage_name` to at most 128 letters, digits, `-` and `_`.",
        _STAGE,
    ),
    "access-log-disabled": ("Add `access_log_settings` to the stage.", _ACCESS_LOG),
    "access-log-missing-fields": (
        "Add the fields to `format` of the `access_log_settings`.",
        _ACCESS_LOG,
    ),
    "deployment-missing-depends-on": (
        "Name the integrations in `depends_on` of the deployment.",
        _DEPLOYMENT,
    ),
    "deployment-not-updated": ("Add `triggers` to the deployment.", _DEPLOYMENT),
    "stage-missing": ("Add an `aws_api_gateway_stage` with a deployment.", _STAGE),
    "stage-without-deployment": ("Set `deployment_id` of the stage.", _STAGE),
}
"""The fix and an example by the id of the rule. An example can be empty."""
