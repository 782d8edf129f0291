"""HTTP APIs: API Gateway's other product, which does not stream.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.model.http_api import HttpApi
from streaming_construct.rules.finding import Finding, error


def http_api_findings(api: HttpApi) -> Iterator[Finding]:
    """Yield an error where something behind an HTTP API is meant to stream."""
    streaming = [function for function in api.functions.values() if function.streams]
    if streaming or any(each.has_streaming_intent for each in api.integrations):
        names = ", ".join(function.origin.display_name for function in streaming)
        meant = f"what streams behind it ({names})" if names else "what it is told to stream"
        yield error(
            "http-api-cannot-stream",
            f"HTTP API {api.name}",
            f"HTTP APIs buffer every response: {meant} arrives in one piece",
            "use a REST API (AWS::ApiGateway::RestApi; in SAM AWS::Serverless::Api and events of "
            "type Api)",
            api.origin,
        )
