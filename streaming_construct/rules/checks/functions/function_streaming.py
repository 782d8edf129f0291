"""Rules on functions and transfer modes: whether a route's function supports its transfer mode.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.lambda_runtimes import CUSTOMER_MANAGED_RUNTIME, JSON_ONLY_RUNTIMES
from streaming_construct.aws.web_adapter import EXEC_WRAPPER_VARIABLE, is_behind_adapter
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.transfer_modes import find_intended_transfer_mode
from streaming_construct.rules.rule import Finding, Rule, Severity

FUNCTION_DOES_NOT_STREAM: Final = Rule(
    id="function-does-not-stream",
    severity=Severity.ERROR,
    title="Function cannot stream",
    what=(
        "A streamed route invokes a function on a managed Python or Ruby runtime without an "
        "adapter or exec wrapper."
    ),
    why=(
        "The runtime returns the handler's result as JSON. API Gateway cannot read it as a "
        "streamed response and returns 500."
    ),
    fix=(
        "Add the Lambda Web Adapter or use a runtime that streams (in CDK, "
        "`PythonWebFunction` or `PythonStreamingFunction`), or buffer the routes."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html",
    tags=frozenset({"function", "lint", "doctor"}),
)

FUNCTION_MAY_NOT_STREAM: Final = Rule(
    id="function-may-not-stream",
    severity=Severity.WARNING,
    title="Function possibly cannot stream",
    what=(
        "A streamed route invokes a function on a managed runtime that does not stream "
        "(Python, Java, Ruby, .NET). Its environment variables or layers are unknown, or its "
        "handler could write the streaming format itself. On Node.js, its inline source has no "
        "`streamifyResponse`."
    ),
    why=(
        "API Gateway returns 500 unless an adapter, a custom runtime, or the handler writes "
        "the streaming format."
    ),
    fix=(
        "Add the Lambda Web Adapter or use a runtime that streams (in CDK, "
        "`PythonWebFunction` or `PythonStreamingFunction`), or buffer the routes. Suppress "
        "the finding if the function streams."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html",
    tags=frozenset({"function", "synth", "lint", "doctor"}),
)

FUNCTION_ALWAYS_STREAMS: Final = Rule(
    id="function-always-streams",
    severity=Severity.WARNING,
    title="Streaming function serves buffered routes only",
    what="A function that streams its response serves buffered routes only.",
    why=(
        "API Gateway returns the status and headers of a streamed payload on a buffered "
        "route, but an empty body."
    ),
    fix="Use a separate function for the buffered routes, or stream them.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html",
    tags=frozenset({"function", "synth", "lint", "doctor"}),
)


RUNTIME_CONFIG_MISMATCH: Final = Rule(
    id="runtime-config-mismatch",
    severity=Severity.ERROR,
    title="Runtime and runtime configuration do not match",
    what=(
        "A function has the runtime `custom` and no `RuntimeConfig`, or a `RuntimeConfig` and "
        "another runtime."
    ),
    why="Lambda rejects the function, so the deployment fails.",
    fix=(
        "With `Runtime: custom`, set `RuntimeConfig` with `RuntimeArn` and `RuntimeAlias`. "
        "Otherwise, remove it."
    ),
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/cmr-using.html",
    tags=frozenset({"function", "lint"}),
)


def check_runtime_config(declaration: Declaration) -> Iterator[Finding]:
    """Yield an error for each function whose runtime and its configuration do not match."""
    for function in declaration.api.functions.values():
        is_custom = function.runtime == CUSTOMER_MANAGED_RUNTIME
        if "Runtime" in function.unresolved or is_custom is function.has_runtime_config:
            continue
        problem = (
            "the runtime is custom, and there is no RuntimeConfig"
            if is_custom
            else "the function has a RuntimeConfig, and its runtime is "
            f"{function.runtime or 'not set'}"
        )
        yield RUNTIME_CONFIG_MISMATCH.at(
            Subject("function", function.origin.display_name), problem, location=function.origin
        )


def check_streaming(declaration: Declaration) -> Iterator[Finding]:
    """Yield each function that does not fit, or hardly fits, the mode of a route."""
    api = declaration.api
    modes: dict[str, set[TransferMode]] = {}
    for route in api.routes:
        mode = find_intended_transfer_mode(route, declaration)
        if route.integration.function is not None and mode is not None:
            modes.setdefault(route.integration.function, set()).add(mode)
    for function in api.functions.values():
        used = modes.get(function.id, set())
        if (
            function.is_streaming is False
            and TransferMode.STREAM in used
            and not _is_adapted(function)
        ):
            yield (
                _create_buffered_function_error(function)
                if _is_certain(function)
                else _create_unknown_function_warning(function)
            )
        if function.is_streaming and used == {TransferMode.BUFFERED}:
            yield FUNCTION_ALWAYS_STREAMS.at(
                Subject("function", function.origin.display_name),
                "the function streams its response, but serves only buffered routes, which return "
                "an empty body",
                location=function.origin,
            )


def _create_buffered_function_error(function: Function) -> Finding:
    return FUNCTION_DOES_NOT_STREAM.at(
        Subject("function", function.origin.display_name),
        f"the function serves streamed routes, but its runtime {function.runtime} returns buffered "
        "JSON, for which API Gateway sends a 500",
        location=function.origin,
    )


def _create_unknown_function_warning(function: Function) -> Finding:
    runtime = function.runtime or ""
    if runtime.startswith("nodejs"):
        problem = (
            "the function serves streamed routes, and its inline source does not call "
            "streamifyResponse: API Gateway returns 500 there"
        )
    else:
        problem = (
            f"the function serves streamed routes, but its runtime {runtime} does not stream. "
            "Without an adapter, or a handler that writes the prelude, API Gateway sends a 500"
        )
    return FUNCTION_MAY_NOT_STREAM.at(
        Subject("function", function.origin.display_name), problem, location=function.origin
    )


def _is_certain(function: Function) -> bool:
    """Return whether no unknown property of the function could make it stream."""
    runtime = function.runtime or ""
    return (
        runtime.startswith(JSON_ONLY_RUNTIMES)
        and "Layers" not in function.unresolved
        and not function.is_variable_unresolved(EXEC_WRAPPER_VARIABLE)
    )


def _is_adapted(function: Function) -> bool:
    """Return whether the function runs behind an adapter; another rule checks its mode."""
    layers = [layer.arn for layer in function.layers if layer.arn]
    return is_behind_adapter(function.environment, layers)
