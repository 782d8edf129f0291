"""Transfer modes: what one function can serve.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from streaming_construct.aws.integration_uri import (
    IntegrationUri,
    TransferMode,
    parse_integration_uri,
)
from streaming_construct.model.api import Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.source_location import UNKNOWN_LOCATION
from streaming_construct.rules.finding import Finding, error, warning

_STREAMING_TYPES: Final = frozenset({"aws_proxy", "http_proxy"})


def transfer_mode_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield what is wrong with the modes that the routes of `api` are given."""
    api = declaration.api
    for lost in declaration.ignored_transfer_modes:
        yield error(
            "sam-mode-buffers",
            lost.where,
            f"ResponseTransferMode {lost.value} makes SAM buffer the response without a word",
            f"write {lost.intended_value}, SAM's own value for a response that streams",
            lost.origin,
        )
    for route in api.routes:
        yield from _mode_findings(route)
    yield from mixed_transfer_mode_findings(declaration)


def has_valid_transfer_mode(route: Route, declaration: Declaration) -> bool:
    """Say whether the mode of a route is what was meant: else nothing is to be read into it."""
    integration = route.integration
    function = declaration.api.functions.get(integration.function or "")
    if function is not None and any(
        lost.origin.logical_id == function.origin.logical_id
        for lost in declaration.ignored_transfer_modes
    ):
        return False
    uri = parse_integration_uri(integration.uri or "")
    agrees = uri is None or uri.transfer_mode is integration.transfer_mode
    return agrees and integration.invalid_transfer_mode is None


def _mode_findings(route: Route) -> Iterator[Finding]:
    integration, where = route.integration, f"route {route}"
    if integration.invalid_transfer_mode is not None:
        yield error(
            "transfer-mode-invalid",
            where,
            f"its transfer mode is {integration.invalid_transfer_mode!r}, which API Gateway does "
            "not have",
            f"write {' or '.join(TransferMode.__members__)}",
            route.origin,
        )
        return
    streams = integration.transfer_mode is TransferMode.STREAM
    if streams and integration.type not in _STREAMING_TYPES and integration.type != "none":
        yield error(
            "stream-integration-type",
            where,
            f"an integration of type {integration.type.upper()} does not stream",
            "use AWS_PROXY or HTTP_PROXY, or a buffered response",
            route.origin,
        )
        return
    uri = parse_integration_uri(integration.uri or "")
    if uri is not None and uri.transfer_mode is not integration.transfer_mode:
        needed = replace(uri, transfer_mode=integration.transfer_mode)
        yield error(
            "transfer-mode-mismatch",
            where,
            f"its transfer mode is {integration.transfer_mode.value}, and its uri invokes the "
            f"function for {uri.transfer_mode.value}, a pair that API Gateway does not support",
            f"{_opposite_mode_uri(uri)}, or let the uri end in {_call(needed)}",
            route.origin,
        )


def _opposite_mode_uri(uri: IntegrationUri) -> str:
    return f"set the transfer mode to {uri.transfer_mode.value}"


def _call(uri: IntegrationUri) -> str:
    """Return what tells the one invocation from the other: version, and action."""
    version = str(uri).partition(":lambda:path/")[2].partition("/")[0]
    return f"/{str(uri).rpartition('/')[2]} of the version {version}"


def mixed_transfer_mode_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each function that serves streamed and buffered routes of `api`."""
    api = declaration.api
    served: dict[str, dict[TransferMode, list[Route]]] = {}
    for route in api.routes:
        if not has_valid_transfer_mode(route, declaration):
            continue
        if route.integration.function is not None:
            modes = served.setdefault(route.integration.function, {})
            modes.setdefault(route.integration.transfer_mode, []).append(route)
    for function, modes in served.items():
        if len(modes) > 1:
            known = api.functions.get(function)
            streamed, buffered = (
                modes[TransferMode.STREAM],
                modes[TransferMode.BUFFERED],
            )
            yield warning(
                "mixed-transfer-modes",
                f"function {known.origin.display_name if known else function}",
                f"it serves streamed routes ({_route_list(streamed)}) and buffered ones "
                f"({_route_list(buffered)}), and one that streams answers nothing on a buffered "
                "route",
                "stream all of them, which suits answers in one piece, too, or give the buffered "
                "ones a function of their own (in CDK with openapi=, openapi_transfer_mode does "
                "the one, an override with a handler the other)",
                known.origin if known else UNKNOWN_LOCATION,
            )


def _route_list(routes: list[Route]) -> str:
    shown = ", ".join(map(str, routes[:3]))
    return f"{shown} and {len(routes) - 3} more" if len(routes) > 3 else shown
