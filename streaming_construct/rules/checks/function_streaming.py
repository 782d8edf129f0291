"""Functions and transfer modes: whether what answers a route can answer that way.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.lambda_runtimes import JSON_ONLY_RUNTIMES
from streaming_construct.aws.web_adapter import EXEC_WRAPPER_VARIABLE, runs_behind_adapter
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.rules.checks.transfer_modes import has_valid_transfer_mode
from streaming_construct.rules.finding import Finding, error, warning


def streaming_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield each function that does not fit, or hardly fits, the mode of a route."""
    api = declaration.api
    modes: dict[str, set[TransferMode]] = {}
    for route in api.routes:
        if not has_valid_transfer_mode(route, declaration):
            continue
        if route.integration.function is not None:
            modes.setdefault(route.integration.function, set()).add(route.integration.transfer_mode)
    for function in api.functions.values():
        used = modes.get(function.id, set())
        if function.streams is False and TransferMode.STREAM in used and not _adapted(function):
            yield _does_not_stream(function) if _is_certain(function) else _may_not(function)
        if function.streams and used == {TransferMode.BUFFERED}:
            yield warning(
                "function-always-streams",
                f"function {function.origin.display_name}",
                "it serves buffered routes, and what it streams is answered without a body there",
                "give the buffered routes a function of their own, or stream them",
                function.origin,
            )


def _does_not_stream(function: Function) -> Finding:
    return error(
        "function-does-not-stream",
        f"function {function.origin.display_name}",
        f"it serves streamed routes, and Lambda's {function.runtime} answers only as a whole, in "
        "JSON, which API Gateway turns into a 500 there",
        "let it run behind the Lambda Web Adapter or on a runtime that streams (in CDK, "
        "PythonWebFunction or PythonStreamingFunction), or buffer its routes",
        function.origin,
    )


def _may_not(function: Function) -> Finding:
    return warning(
        "function-may-not-stream",
        f"function {function.origin.display_name}",
        f"it serves streamed routes, and Lambda's {function.runtime} does not stream by itself: "
        "unless an adapter or the handler writes what a streamed route wants, API Gateway answers "
        "500 there",
        "let it run behind the Lambda Web Adapter or on a runtime that streams (in CDK, "
        "PythonWebFunction or PythonStreamingFunction), or buffer its routes; keep this where it "
        "is known to stream",
        function.origin,
    )


def _is_certain(function: Function) -> bool:
    """Say whether nothing that is not known of the function could make it stream all the same."""
    runtime = function.runtime or ""
    return (
        runtime.startswith(JSON_ONLY_RUNTIMES)
        and "Layers" not in function.unresolved
        and not function.is_variable_unresolved(EXEC_WRAPPER_VARIABLE)
    )


def _adapted(function: Function) -> bool:
    """Say whether an adapter answers for the function: how it is told to is another rule's."""
    layers = [layer.arn for layer in function.layers if layer.arn]
    return runs_behind_adapter(function.environment, layers)
