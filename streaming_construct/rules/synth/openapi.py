"""Rules on OpenAPI documents that a construct imports."""

from __future__ import annotations

from typing import Final

from streaming_construct.rules.rule import Rule, Severity

OPENAPI_REJECTED: Final = Rule(
    id="openapi-rejected",
    severity=Severity.ERROR,
    title="OpenAPI document rejected",
    what=(
        "API Gateway cannot import the OpenAPI document: it has an unsupported method or "
        "version, more than 300 resources, or exceeds the template size."
    ),
    why="The import fails during deployment.",
    fix=(
        "Fix the named parts, or split the document. If AWS raised the resource quota, set "
        "`OpenApiOptions.max_resources`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    tags=frozenset({"route", "synth"}),
)

OPENAPI_DROPPED: Final = Rule(
    id="openapi-dropped",
    severity=Severity.WARNING,
    title="OpenAPI elements without a counterpart",
    what=(
        "API Gateway has no counterpart for parts of the document. The message groups them "
        "by reason with JSON pointers."
    ),
    why=(
        "The converter removes these parts. Most are documentation, but security schemes and "
        "constraints can be among them."
    ),
    fix="Check that the API does not depend on them, and acknowledge the warning.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    tags=frozenset({"route", "synth"}),
)

OPENAPI_EXTENSION_INVALID: Final = Rule(
    id="openapi-extension-invalid",
    severity=Severity.ERROR,
    title="Invalid OpenAPI extension",
    what=(
        "`x-streaming-construct` or `x-amazon-apigateway-integration` of an operation has an "
        "unsupported value, or its URI does not match the transfer mode."
    ),
    why="The extension would be ignored, or API Gateway rejects it at deployment.",
    fix="Fix it in the document, or remove it and use an override.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html",
    tags=frozenset({"route", "synth"}),
)

OVERRIDE_INVALID: Final = Rule(
    id="override-invalid",
    severity=Severity.ERROR,
    title="Invalid override",
    what=(
        "An override matches no operation, is not a `RouteOptions`, or contradicts that of "
        "another operation that API Gateway serves with the same method."
    ),
    why=(
        "API Gateway has one integration per method of a resource. The override has no "
        "effect or the wrong one."
    ),
    fix="Write `METHOD /path` as in the document, an `operationId`, or a tag.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html",
    tags=frozenset({"route", "synth"}),
)
