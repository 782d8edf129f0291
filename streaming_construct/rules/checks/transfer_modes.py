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
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

SAM_TRANSFER_MODE_IGNORED: Final = Rule(
    id="sam-transfer-mode-ignored",
    severity=Severity.ERROR,
    title="Transfer mode that SAM ignores",
    what=(
        "The `ResponseTransferMode` of a SAM event is not `RESPONSE_STREAM`, or the API has a "
        "`DefinitionBody` or `DefinitionUri` with the integration."
    ),
    why=(
        "SAM silently creates a buffered integration for every other value, including "
        "CloudFormation's `STREAM`. It adds no route to an API that has a definition."
    ),
    fix="Write `RESPONSE_STREAM`.",
    source_url="https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html",
    tags=frozenset({"streaming", "lint"}),
)

TRANSFER_MODE_INVALID: Final = Rule(
    id="transfer-mode-invalid",
    severity=Severity.ERROR,
    title="Invalid response transfer mode",
    what="API Gateway does not support the response transfer mode.",
    why=(
        "The deployment fails, or API Gateway buffers the response. `RESPONSE_STREAM` is "
        "valid in SAM events only."
    ),
    fix="Write `STREAM` or `BUFFERED`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"streaming", "lint"}),
)

STREAM_INTEGRATION_TYPE: Final = Rule(
    id="stream-integration-type",
    severity=Severity.ERROR,
    title="Integration type that cannot stream",
    what="A streamed route has an integration that is neither `AWS_PROXY` nor `HTTP_PROXY`.",
    why="API Gateway streams responses of these two integration types only.",
    fix="Use `AWS_PROXY` or `HTTP_PROXY`, or remove the transfer mode.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"streaming", "lint", "doctor"}),
)

TRANSFER_MODE_MISMATCH: Final = Rule(
    id="transfer-mode-mismatch",
    severity=Severity.ERROR,
    title="Transfer mode and URI do not match",
    what="The response transfer mode and the integration URI belong to different invocation types.",
    why=(
        "`STREAM` requires version `2021-11-15` and `/response-streaming-invocations`. "
        "`BUFFERED`, the default, requires `2015-03-31` and `/invocations`. API Gateway does "
        "not support other combinations."
    ),
    fix=(
        "Change the transfer mode or the URI. In Terraform, use "
        "`response_streaming_invoke_arn` for streams."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html",
    tags=frozenset({"streaming", "lint", "doctor"}),
)

MIXED_TRANSFER_MODES: Final = Rule(
    id="mixed-transfer-modes",
    severity=Severity.WARNING,
    title="Function serves streamed and buffered routes",
    what="One function serves streamed and buffered routes.",
    why=(
        "API Gateway invokes a function differently for streamed and buffered routes. A "
        "function that supports one kind returns an empty body or an error for the other."
    ),
    fix=(
        "Stream all routes of the function, or use a separate function for the buffered "
        "routes. In CDK with `openapi=`, set `default_transfer_mode` or add an override with "
        "a handler."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html",
    tags=frozenset({"streaming", "synth", "lint", "doctor"}),
)

_STREAMING_TYPES: Final = frozenset({"aws_proxy", "http_proxy"})


def check_transfer_modes(declaration: Declaration) -> Iterator[Finding]:
    """Yield a finding for each wrong transfer mode of the routes of `api`."""
    api = declaration.api
    for ignored in declaration.ignored_transfer_modes:
        problem = (
            f"ResponseTransferMode {ignored.value} is not valid in SAM, which silently buffers"
        )
        fix = f"Write {ignored.intended_value}, the value of SAM for a streamed response."
        if ignored.is_function:
            problem = (
                f"SAM does not resolve the function {ignored.value} of ResponseTransferMode, and "
                "silently buffers"
            )
            fix += " AWS::LanguageExtensions, listed before SAM, resolves the function too."
        if ignored.is_defined_by_api:
            problem = (
                "the ResponseTransferMode has no effect, since the definition of the API has the "
                "integration, which is buffered"
            )
            fix = (
                "Set `responseTransferMode: STREAM` in that integration, with the URI that streams."
            )
        yield SAM_TRANSFER_MODE_IGNORED.at(
            Subject("event", ignored.event), problem, fix=fix, location=ignored.origin
        )
    for route in api.routes:
        yield from check_route_mode(route)
    yield from check_mixed_transfer_modes(declaration)


def find_intended_transfer_mode(route: Route, declaration: Declaration) -> TransferMode | None:
    """Return the mode that the author of a route intended; None if its parts contradict.

    A mode that SAM ignores, or that API Gateway does not have, was to stream.
    """
    integration = route.integration
    event = route.origin.json_pointer
    for ignored in declaration.ignored_transfer_modes:
        if event and ignored.origin.json_pointer[: len(event)] == event:
            return TransferMode.STREAM
    if integration.invalid_transfer_mode is not None:
        return TransferMode.STREAM
    is_unknown = "ResponseTransferMode" in integration.unknown
    if is_unknown or "responseTransferMode" in integration.misplaced_members:
        return None
    uri = parse_integration_uri(integration.uri or "")
    if uri is None and "ResponseTransferMode" in integration.unresolved:
        return None
    agrees = uri is None or uri.transfer_mode is integration.transfer_mode
    return integration.transfer_mode if agrees else None


def check_route_mode(route: Route) -> Iterator[Finding]:
    """Yield what API Gateway does not accept about the transfer mode of one route."""
    integration, subject = route.integration, Subject("route", str(route))
    if integration.invalid_transfer_mode is not None:
        yield TRANSFER_MODE_INVALID.at(
            subject,
            f"the transfer mode is {integration.invalid_transfer_mode!r}, which is not valid",
            fix=f"Write {' or '.join(TransferMode.__members__)}.",
            location=route.origin,
            member="responseTransferMode",
        )
        return
    if not integration.unknown.keys().isdisjoint({"ResponseTransferMode", "Type"}):
        return
    streams = integration.transfer_mode is TransferMode.STREAM
    if streams and integration.type not in _STREAMING_TYPES and integration.type != "none":
        yield STREAM_INTEGRATION_TYPE.at(
            subject,
            f"an integration of type {integration.type.upper()} does not stream",
            location=route.origin,
        )
        return
    uri = parse_integration_uri(integration.uri or "")
    is_misplaced = "responseTransferMode" in integration.misplaced_members
    if uri is not None and uri.transfer_mode is not integration.transfer_mode and not is_misplaced:
        needed = replace(uri, transfer_mode=integration.transfer_mode)
        yield TRANSFER_MODE_MISMATCH.at(
            subject,
            f"the transfer mode is {integration.transfer_mode.value}, and the uri invokes the "
            f"function for {uri.transfer_mode.value}, a pair that API Gateway does not support",
            fix=f"{_build_opposite_mode_uri(uri)}, or let the uri end in {_format_call(needed)}.",
            location=route.origin,
        )


def _build_opposite_mode_uri(uri: IntegrationUri) -> str:
    return f"Set the transfer mode to {uri.transfer_mode.value}"


def _format_call(uri: IntegrationUri) -> str:
    """Return the parts by which the URIs of both invocations differ: version and action."""
    version = str(uri).partition(":lambda:path/")[2].partition("/")[0]
    return f"/{str(uri).rpartition('/')[2]} of the version {version}"


def check_mixed_transfer_modes(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each function that serves streamed and buffered routes of `api`."""
    api = declaration.api
    served: dict[str, dict[TransferMode, list[Route]]] = {}
    for route in api.routes:
        mode = find_intended_transfer_mode(route, declaration)
        if route.integration.function is not None and mode is not None:
            modes = served.setdefault(route.integration.function, {})
            modes.setdefault(mode, []).append(route)
    for function, modes in served.items():
        if len(modes) > 1:
            info = api.functions.get(function)
            streamed, buffered = (
                modes[TransferMode.STREAM],
                modes[TransferMode.BUFFERED],
            )
            yield MIXED_TRANSFER_MODES.at(
                Subject("function", str(info.origin.display_name if info else function)),
                f"the function serves streamed routes ({_format_routes(streamed)}) and buffered "
                f"ones ({_format_routes(buffered)}), which return an empty body if it streams",
                location=info.origin if info else UNKNOWN_LOCATION,
            )


def _format_routes(routes: list[Route]) -> str:
    listing = ", ".join(map(str, routes[:3]))
    return f"{listing} and {len(routes) - 3} more" if len(routes) > 3 else listing
