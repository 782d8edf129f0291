"""Response headers of functions that API Gateway renames.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.api import ApiModel
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

WWW_AUTHENTICATE_RENAMED: Final = Rule(
    id="www-authenticate-renamed",
    severity=Severity.WARNING,
    title="WWW-Authenticate that API Gateway renames",
    what="The source of a function's handler names the response header `WWW-Authenticate`.",
    why=(
        "API Gateway renames the header of an integration response to "
        "`x-amzn-Remapped-WWW-Authenticate`. OAuth and MCP clients do not find the challenge."
    ),
    fix=(
        "Reject the request in an authorizer, and set `WWW-Authenticate` in the `UNAUTHORIZED` "
        "gateway response. In CDK, call `api.add_gateway_response` or "
        "`api.add_oauth_protected_resource`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    tags=frozenset({"access", "lint"}),
)


def check_response_headers(api: ApiModel) -> Iterator[Finding]:
    """Yield a warning for each function of a route that writes a header that is renamed."""
    function_ids = dict.fromkeys(route.integration.function for route in api.routes)
    for name in function_ids:
        function = api.functions.get(name or "")
        if function is not None and function.has_www_authenticate:
            yield WWW_AUTHENTICATE_RENAMED.at(
                Subject("function", function.origin.display_name),
                "the handler names WWW-Authenticate, which API Gateway renames in its responses",
                location=function.origin,
            )
