"""Parameter mappings: the header expressions of mock and gateway responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streaming_construct.local.gateway.context_variables import get_context_variable
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.response_headers import HeaderPairs
from streaming_construct.local.http.headers import is_header_value


def map_response_parameters(
    expressions: Mapping[str, str],
    request: GatewayRequest,
    context: Mapping[str, Any],
    stage_variables: Mapping[str, str],
) -> HeaderPairs:
    """Evaluate the mapping expression of each header; without a valid value, leave it out."""
    pairs = (
        (name, get_mapped_value(expression, request, context, stage_variables))
        for name, expression in expressions.items()
    )
    return tuple(
        (name, value)
        for name, value in pairs
        # A value of the client may be one that no header can have (a line break).
        if value is not None and is_header_value(value)
    )


def get_mapped_value(
    expression: str,
    request: GatewayRequest,
    context: Mapping[str, Any],
    stage_variables: Mapping[str, str],
) -> str | None:
    """Evaluate a mapping expression; None when it has no value."""
    if len(expression) >= 2 and expression[0] == expression[-1] == "'":
        return expression[1:-1]
    source, _, name = expression.rpartition(".")
    if source == "method.request.header":
        return request.get_header(name)
    if source == "method.request.querystring":
        return next(reversed(request.parse_query_parameters().get(name, [])), None)
    if source == "stageVariables":
        return stage_variables.get(name)
    if expression.startswith("context."):
        return get_context_variable(context, expression.removeprefix("context."))
    return None
