"""Fixes in properties of SAM.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streaming_construct.rules.checks.access.authorizers import (
    AUTHORIZATION_NOT_APPLIED,
    AUTHORIZER_UNUSED,
)
from streaming_construct.rules.checks.cors import (
    CORS_EXTENSION_IGNORED,
    CORS_INCOMPLETE,
    GATEWAY_RESPONSES_WITHOUT_CORS,
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
from streaming_construct.rules.checks.functions.web_adapter import (
    ADAPTER_INVOKE_MODE,
    ADAPTER_LAYER_MISSING,
    ADAPTER_WRAPPER_MISSING,
)
from streaming_construct.rules.checks.http_apis import HTTP_API_CANNOT_STREAM
from streaming_construct.rules.checks.integrations import (
    INTEGRATION_HTTP_METHOD,
    INTEGRATION_URI_INVALID,
)
from streaming_construct.rules.checks.logging import ACCESS_LOG_DISABLED, ACCESS_LOG_MISSING_FIELDS
from streaming_construct.rules.checks.throttling import THROTTLE_INVALID, THROTTLING_NOT_CONFIGURED
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
    SAM_TRANSFER_MODE_IGNORED,
    TRANSFER_MODE_INVALID,
    TRANSFER_MODE_MISMATCH,
)
from streaming_construct.rules.checks.unsupported_features import STREAM_CACHED, STREAM_COMPRESSED
from streaming_construct.rules.rule import Rule

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

SAM_FIXES: Final[Mapping[Rule, tuple[str, str]]] = {
    SAM_TRANSFER_MODE_IGNORED: (
        (
            "Write `ResponseTransferMode: RESPONSE_STREAM` in the event. If the API has a "
            "definition, set `responseTransferMode: STREAM` in the integration there."
        ),
        _EVENT,
    ),
    TRANSFER_MODE_INVALID: (
        "Write `RESPONSE_STREAM` in an event, and `STREAM` or `BUFFERED` in a `DefinitionBody`.",
        _EVENT,
    ),
    TRANSFER_MODE_MISMATCH: (
        (
            "Use an event of type `Api` with `ResponseTransferMode: RESPONSE_STREAM`, for "
            "which SAM writes the mode and the URI; or change the URI in the `DefinitionBody`."
        ),
        _EVENT,
    ),
    MIXED_TRANSFER_MODES: (
        (
            "Write `ResponseTransferMode: RESPONSE_STREAM` in all events of the function, or "
            "move the buffered events to a separate function."
        ),
        _EVENT,
    ),
    HTTP_API_CANNOT_STREAM: (
        "Use `AWS::Serverless::Api`, and events of type `Api` instead of `HttpApi`.",
        _EVENT,
    ),
    FUNCTION_DOES_NOT_STREAM: (
        "Add the Lambda Web Adapter in `Layers` and `Environment`, or use a runtime that streams.",
        _ADAPTER,
    ),
    FUNCTION_MAY_NOT_STREAM: (
        (
            "Add the Lambda Web Adapter in `Layers` and `Environment`. Suppress the finding if the "
            "function streams."
        ),
        _ADAPTER,
    ),
    ADAPTER_LAYER_MISSING: ("Add the layer to `Layers` of the function.", _ADAPTER),
    ADAPTER_WRAPPER_MISSING: (
        "Set `AWS_LAMBDA_EXEC_WRAPPER` in `Environment.Variables` of the function.",
        _ADAPTER,
    ),
    ADAPTER_INVOKE_MODE: (
        "Set `AWS_LWA_INVOKE_MODE` to `response_stream` in `Environment.Variables`.",
        _ADAPTER,
    ),
    LAYER_VERSION_INVALID: ("Write the version number of the layer in `Layers`.", _ADAPTER),
    LAYER_ARCHITECTURE: (
        "Set `Architectures` of the function, or use the layer for its architecture.",
        "Architectures: [arm64]",
    ),
    INTEGRATION_URI_INVALID: (
        (
            "Use an event of type `Api`, for which SAM writes the URI, or put `Fn::Sub` around the "
            "URI."
        ),
        _EVENT,
    ),
    INTEGRATION_HTTP_METHOD: (
        "Write `httpMethod: POST` in the integration of the `DefinitionBody`.",
        "x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST}",
    ),
    TIMEOUT_OUT_OF_RANGE: (
        (
            "Set `TimeoutInMillis` of the event to at most 900000 for a stream, or 29000 "
            "otherwise. If AWS raised the quota of the account, pass "
            "`--integration-timeout-quota` to `lint`."
        ),
        _EVENT,
    ),
    INTEGRATION_TIMEOUT_DEFAULT: (
        "Set `TimeoutInMillis` of the event, at most 900000.",
        _EVENT,
    ),
    FUNCTION_TIMEOUT_SHORTER: (
        "Set `Timeout` of the function to at least `TimeoutInMillis` of its events.",
        _TIMEOUT,
    ),
    FUNCTION_TIMEOUT_DEFAULT: (
        "Set `Timeout` of the function to the duration of its longest stream, in seconds.",
        _TIMEOUT,
    ),
    FUNCTION_TIMEOUT_OUT_OF_RANGE: ("Set `Timeout` of the function to 1 to 1800.", _TIMEOUT),
    FUNCTION_TIMEOUT_UNUSED: (
        "Set `Timeout` of the function to at most 900, or start longer work asynchronously.",
        _TIMEOUT,
    ),
    EDGE_IDLE_TIMEOUT: (
        (
            "Set `EndpointConfiguration` of the API to `REGIONAL`, or send a heartbeat at "
            "least every 15 seconds."
        ),
        _REGIONAL,
    ),
    ENDPOINT_TYPE_INVALID: (
        "Set `Type` of the `EndpointConfiguration` to `REGIONAL`, `EDGE` or `PRIVATE`.",
        _REGIONAL,
    ),
    STREAM_COMPRESSED: (
        "Remove `MinimumCompressionSize` of the API, and compress in the function.",
        "",
    ),
    STREAM_CACHED: (
        "Set `CachingEnabled: false` in the `MethodSettings` of the streamed routes.",
        "MethodSettings:\n  - {ResourcePath: /~1chat, HttpMethod: POST, CachingEnabled: false}",
    ),
    AUTHORIZATION_NOT_APPLIED: (
        (
            "Set `DefaultAuthorizer` in `Auth` of the API. If the function authorizes requests, "
            "suppress the finding."
        ),
        "Globals:\n  Api:\n    Auth: {DefaultAuthorizer: Users}",
    ),
    AUTHORIZER_UNUSED: (
        "Name the authorizer in `Auth` of the API or of an event, or remove it.",
        "Globals:\n  Api:\n    Auth: {DefaultAuthorizer: Users}",
    ),
    CORS_EXTENSION_IGNORED: (
        "Set `Cors` of the API, and send the CORS headers from the function.",
        "Globals:\n  Api:\n    Cors: {AllowOrigin: \"'https://app.example'\"}",
    ),
    CORS_INCOMPLETE: (
        "Set `Cors` of the API, with `AddDefaultAuthorizerToCorsPreflight: false` in its `Auth`.",
        "Auth:\n  AddDefaultAuthorizerToCorsPreflight: false",
    ),
    GATEWAY_RESPONSES_WITHOUT_CORS: (
        "Add `DEFAULT_4XX` and `DEFAULT_5XX` to `GatewayResponses` of the API.",
        (
            "GatewayResponses:\n"
            "  DEFAULT_4XX:\n"
            "    ResponseParameters:\n"
            "      Headers: {Access-Control-Allow-Origin: \"'https://app.example'\"}"
        ),
    ),
    THROTTLING_NOT_CONFIGURED: (
        "Set `ThrottlingRateLimit` and `ThrottlingBurstLimit` in `MethodSettings` of the API.",
        _METHOD_SETTINGS,
    ),
    THROTTLE_INVALID: (
        (
            "Set a rate and a whole-number burst in `MethodSettings` of the API. Set both to 0 "
            "to close a route on purpose."
        ),
        _METHOD_SETTINGS,
    ),
    STAGE_NAME_INVALID: (
        "Set `StageName` of the API to at most 128 letters, digits, `-` and `_`.",
        "StageName: v1",
    ),
    ACCESS_LOG_DISABLED: ("Set `AccessLogSetting` of the API.", _ACCESS_LOG),
    ACCESS_LOG_MISSING_FIELDS: (
        "Add the fields to `Format` of the `AccessLogSetting`.",
        _ACCESS_LOG,
    ),
}
"""The fix and an example by the rule. An example can be empty."""
