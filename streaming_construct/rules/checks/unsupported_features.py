"""Rules on the features that API Gateway does not support for streamed responses.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

STREAM_COMPRESSED: Final = Rule(
    id="stream-compressed",
    severity=Severity.WARNING,
    title="Compression of streamed responses",
    what="The API has a minimum compression size and streamed routes.",
    why="API Gateway does not compress streamed responses.",
    fix="Remove the minimum compression size, and compress in the function.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"stream-features", "synth", "lint", "doctor"}),
)

STREAM_CACHED: Final = Rule(
    id="stream-cached",
    severity=Severity.WARNING,
    title="Caching of streamed responses",
    what="Caching is enabled for a streamed route.",
    why="API Gateway does not cache streamed responses, but bills the cache by the hour.",
    fix="Disable caching for streamed routes (`CachingEnabled: false`).",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"stream-features", "lint", "doctor"}),
)

STREAM_CONTENT_HANDLING: Final = Rule(
    id="stream-content-handling",
    severity=Severity.WARNING,
    title="Content conversion of streamed responses",
    what="The integration of a streamed route sets `contentHandling`.",
    why="API Gateway does not convert streamed responses between text and binary.",
    fix="Remove `contentHandling`. Binary data streams unchanged.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"stream-features", "lint", "doctor"}),
)

STREAM_TEMPLATE: Final = Rule(
    id="stream-template",
    severity=Severity.WARNING,
    title="Response template of a streamed route",
    what="The integration of a streamed route has a response mapping template.",
    why="API Gateway does not transform streamed responses.",
    fix="Remove the template, and write the response in the function.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"stream-features", "lint", "doctor"}),
)


def check_unsupported_features(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each configured feature that streamed responses do not support."""
    api = declaration.api
    streamed = [
        route for route in api.routes if route.integration.transfer_mode is TransferMode.STREAM
    ]
    if not streamed:
        return
    yield from _check_caching([route for route in streamed if route.caching_enabled], api)
    if declaration.minimum_compression_size is not None:
        yield STREAM_COMPRESSED.at(
            Subject("API"),
            f"the API compresses responses from {declaration.minimum_compression_size} bytes on, "
            "but API Gateway does not compress streamed responses",
            location=api.origin,
        )
    for route in streamed:
        yield from _check_content_handling(route)


def _check_caching(routes: list[Route], api: ApiModel) -> Iterator[Finding]:
    if routes:
        yield STREAM_CACHED.at(
            Subject("stage", api.stage.name),
            "the stage caches "
            f"{', '.join(map(str, routes[:3]))}{' and more' if routes[3:] else ''}, "
            "but API Gateway does not cache streamed responses",
            location=api.stage.origin,
        )


def _check_content_handling(route: Route) -> Iterator[Finding]:
    integration = route.integration
    if integration.content_handling is not None:
        yield STREAM_CONTENT_HANDLING.at(
            Subject("route", str(route)),
            f"the integration has contentHandling {integration.content_handling}, which does not "
            "apply to streamed responses",
            location=route.origin,
            member="contentHandling",
        )
    if any(response.templates for response in integration.responses.values()):
        yield STREAM_TEMPLATE.at(
            Subject("route", str(route)),
            "the integration has a response template, which does not apply to streamed responses",
            location=route.origin,
        )
