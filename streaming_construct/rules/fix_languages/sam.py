"""Fixes in properties of SAM.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_EVENT: Final = """\
Events:
  Chat:
    Type: Api
    Properties:
      Path: /chat
      Method: post
      ResponseTransferMode: RESPONSE_STREAM
      TimeoutInMillis: 900000"""
_ADAPTER: Final = """\
Layers:
  - !Sub arn:aws:lambda:${AWS::Region}:753240598075:layer:LambdaAdapterLayerX86:30
Environment:
  Variables:
    AWS_LAMBDA_EXEC_WRAPPER: /opt/bootstrap
    AWS_LWA_INVOKE_MODE: response_stream"""
_METHOD_SETTINGS: Final = """\
Globals:
  Api:
    MethodSettings:
      - {ResourcePath: "/*", HttpMethod: "*", ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100}"""
_REGIONAL: Final = """\
Globals:
  Api:
    EndpointConfiguration: {Type: REGIONAL}"""
_ACCESS_LOG: Final = """\
Globals:
  Api:
    AccessLogSetting:
      DestinationArn: !GetAtt AccessLog.Arn
      Format: >-
        $context.requestId $context.integration.responseTransferMode
        $context.integration.timeToFirstContent"""
_TIMEOUT: Final = """\
Globals:
  Function:
    Timeout: 900"""

SAM_FIXES: Final[Mapping[str, tuple[str, str]]] = {
    "sam-transfer-mode-ignored": (
        (
            "Write `ResponseTransferMode: RESPONSE_STREAM` in the event. If the API has a "
            "definition, set `responseTransferMode: STREAM` in the integration there."
        ),
        _EVENT,
    ),
    "transfer-mode-invalid": (
        "Write `RESPONSE_STREAM` in an event, and `STREAM` or `BUFFERED` in a `DefinitionBody`.",
        _EVENT,
    ),
    "transfer-mode-mismatch": (
        (
            "Use an event of type `Api` with `ResponseTransferMode: RESPONSE_STREAM`, for "
            "which SAM "
            "writes the mode and the URI; or change the URI in the `DefinitionBody`."
        ),
        _EVENT,
    ),
    "mixed-transfer-modes": (
        (
            "Write `ResponseTransferMode: RESPONSE_STREAM` in all events of the function, or "
            "move the "
            "buffered events to a separate function."
        ),
        _EVENT,
    ),
    "http-api-cannot-stream": (
        "Use `AWS::Serverless::Api`, and events of type `Api` instead of `HttpApi`.",
        _EVENT,
    ),
    "function-does-not-stream": (
        "Add the Lambda Web Adapter in `Layers` and `Environment`, or use a runtime that streams.",
        _ADAPTER,
    ),
    "function-may-not-stream": (
        (
            "Add the Lambda Web Adapter in `Layers` and `Environment`. Suppress the finding if the "
            "function streams."
        ),
        _ADAPTER,
    ),
    "adapter-layer-missing": ("Add the layer to `Layers` of the function.", _ADAPTER),
    "adapter-wrapper-missing": (
        "Set `AWS_LAMBDA_EXEC_WRAPPER` in `Environment.Variables` of the function.",
        _ADAPTER,
    ),
    "adapter-invoke-mode": (
        "Set `AWS_LWA_INVOKE_MODE` to `response_stream` in `Environment.Variables`.",
        _ADAPTER,
    ),
    "layer-version-invalid": ("Write the version number of the layer in `Layers`.", _ADAPTER),
    "layer-architecture": (
        "Set `Architectures` of the function, or use the layer for its architecture.",
        "Architectures: [arm64]",
    ),
    "integration-uri-invalid": (
        (
            "Use an event of type `Api`, for which SAM writes the URI, or put `Fn::Sub` around the "
            "URI."
        ),
        _EVENT,
    ),
    "integration-http-method": (
        "Write `httpMethod: POST` in the integration of the `DefinitionBody`.",
        "x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST}",
    ),
    "timeout-out-of-range": (
        (
            "Set `TimeoutInMillis` of the event to at most 900000 for a stream, or 29000 "
            "otherwise. If "
            "AWS raised the quota of the account, pass `--integration-timeout-quota` to `lint`."
        ),
        _EVENT,
    ),
    "integration-timeout-default": (
        "Set `TimeoutInMillis` of the event, at most 900000.",
        _EVENT,
    ),
    "function-timeout-shorter": (
        "Set `Timeout` of the function to at least `TimeoutInMillis` of its events.",
        _TIMEOUT,
    ),
    "function-timeout-default": (
        "Set `Timeout` of the function to the duration of its longest stream, in seconds.",
        _TIMEOUT,
    ),
    "function-timeout-out-of-range": ("Set `Timeout` of the function to 1 to 1800.", _TIMEOUT),
    "function-timeout-unused": (
        "Set `Timeout` of the function to at most 900, or start longer work asynchronously.",
        _TIMEOUT,
    ),
    "edge-idle-timeout": (
        (
            "Set `EndpointConfiguration` of the API to `REGIONAL`, or send a heartbeat at "
            "least every "
            "15 seconds."
        ),
        _REGIONAL,
    ),
    "endpoint-type-invalid": (
        "Set `Type` of the `EndpointConfiguration` to `REGIONAL`, `EDGE` or `PRIVATE`.",
        _REGIONAL,
    ),
    "stream-compressed": (
        "Remove `MinimumCompressionSize` of the API, and compress in the function.",
        "",
    ),
    "stream-cached": (
        "Set `CachingEnabled: false` in the `MethodSettings` of the streamed routes.",
        "MethodSettings:\n  - {ResourcePath: /~1chat, HttpMethod: POST, CachingEnabled: false}",
    ),
    "authorization-not-applied": (
        (
            "Set `DefaultAuthorizer` in `Auth` of the API. If the function authorizes requests, "
            "suppress the finding."
        ),
        "Globals:\n  Api:\n    Auth: {DefaultAuthorizer: Users}",
    ),
    "authorizer-unused": (
        "Name the authorizer in `Auth` of the API or of an event, or remove it.",
        "Globals:\n  Api:\n    Auth: {DefaultAuthorizer: Users}",
    ),
    "cors-extension-ignored": (
        "Set `Cors` of the API, and send the CORS headers from the function.",
        "Globals:\n  Api:\n    Cors: {AllowOrigin: \"'https://app.example'\"}",
    ),
    "cors-incomplete": (
        "Set `Cors` of the API, with `AddDefaultAuthorizerToCorsPreflight: false` in its `Auth`.",
        "Auth:\n  AddDefaultAuthorizerToCorsPreflight: false",
    ),
    "gateway-responses-without-cors": (
        "Add `DEFAULT_4XX` and `DEFAULT_5XX` to `GatewayResponses` of the API.",
        (
            "GatewayResponses:\n"
            "  DEFAULT_4XX:\n"
            "    ResponseParameters:\n"
            "      Headers: {Access-Control-Allow-Origin: \"'https://app.example'\"}"
        ),
    ),
    "throttling-not-configured": (
        "Set `ThrottlingRateLimit` and `ThrottlingBurstLimit` in `MethodSettings` of the API.",
        _METHOD_SETTINGS,
    ),
    "throttle-invalid": (
        (
            "Set a rate and a whole-number burst in `MethodSettings` of the API. Set both to 0 "
            "to close "
            "a route on purpose."
        ),
        _METHOD_SETTINGS,
    ),
    "stage-name-invalid": (
        "Set `StageName` of the API to at most 128 letters, digits, `-` and `_`.",
        "StageName: v1",
    ),
    "access-log-disabled": ("Set `AccessLogSetting` of the API.", _ACCESS_LOG),
    "access-log-missing-fields": (
        "Add the fields to `Format` of the `AccessLogSetting`.",
        _ACCESS_LOG,
    ),
}
"""The fix and an example by the id of the rule. An example can be empty."""
