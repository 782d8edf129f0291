"""What API Gateway does not do to a response that streams.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.rules.finding import Finding, warning


def unsupported_streaming_feature_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each thing that is asked for and not done where a response streams."""
    api = declaration.api
    streamed = [
        route for route in api.routes if route.integration.transfer_mode is TransferMode.STREAM
    ]
    if not streamed:
        return
    yield from _cached([route for route in streamed if route.caching_enabled], api)
    if declaration.minimum_compression_size is not None:
        yield warning(
            "stream-compressed",
            "the API",
            f"it compresses responses from {declaration.minimum_compression_size} bytes on, and "
            "what streams is not encoded by API Gateway",
            "leave the minimum compression size out, and compress in the function",
            api.origin,
        )
    for route in streamed:
        yield from _converted(route)


def _cached(routes: list[Route], api: ApiModel) -> Iterator[Finding]:
    if routes:
        yield warning(
            "stream-cached",
            f"stage {api.stage.name}",
            f"it caches {', '.join(map(str, routes[:3]))}{' and more' if routes[3:] else ''}, "
            "and what streams is not cached",
            "turn caching off for what streams (CachingEnabled: false)",
            api.stage.origin,
        )


def _converted(route: Route) -> Iterator[Finding]:
    integration = route.integration
    if integration.content_handling is not None:
        yield warning(
            "stream-content-handling",
            f"route {route}",
            f"its integration asks for {integration.content_handling}, and what streams is passed "
            "on as it comes",
            "leave contentHandling out",
            route.origin,
        )
    if any(response.templates for response in integration.responses.values()):
        yield warning(
            "stream-template",
            f"route {route}",
            "its integration has a response template, and what streams is not transformed",
            "leave the template out, and let the function write the response as it should be",
            route.origin,
        )
