"""HTTP APIs: API Gateway's other product, which does not stream.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.http_api import HttpApi
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

HTTP_API_CANNOT_STREAM: Final = Rule(
    id="http-api-cannot-stream",
    severity=Severity.ERROR,
    title="HTTP API in front of a streaming function",
    what="A function that streams, or a route that is meant to stream, is behind an HTTP API.",
    why=(
        "HTTP APIs do not support response streaming. The client receives the whole response "
        "at once, without an error."
    ),
    fix=(
        "Use a REST API (`AWS::ApiGateway::RestApi`). In SAM, use `AWS::Serverless::Api` and "
        "events of type `Api`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html",
    tags=frozenset({"streaming", "lint", "doctor"}),
)


def check_http_api(api: HttpApi) -> Iterator[Finding]:
    """Yield an error if a function or integration of an HTTP API is meant to stream."""
    streaming = [function for function in api.functions.values() if function.is_streaming]
    if streaming or any(integration.has_streaming_intent for integration in api.integrations):
        names = ", ".join(function.origin.display_name for function in streaming)
        cause = f"the functions ({names})" if names else "the integrations"
        yield HTTP_API_CANNOT_STREAM.at(
            Subject("HTTP API", api.name),
            f"HTTP APIs buffer every response, but {cause} are meant to stream",
            fix=(
                "Use a REST API (AWS::ApiGateway::RestApi; in SAM, AWS::Serverless::Api and events "
                "of type Api)."
            ),
            location=api.origin,
        )
