"""The Lambda Web Adapter: whether it is there, whether it can start, whether it is told to stream.

Source: https://aws.github.io/aws-lambda-web-adapter/
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.web_adapter import (
    BUFFERED_INVOKE_MODE,
    EXEC_WRAPPER,
    EXEC_WRAPPER_VARIABLE,
    IMAGE,
    INVOKE_MODE_VARIABLE,
    STREAMING_INVOKE_MODE,
    is_adapter_layer,
    is_streaming_enabled,
    runs_behind_adapter,
)
from streaming_construct.model.api import ApiModel
from streaming_construct.model.functions import Function
from streaming_construct.rules.finding import Finding, error


def web_adapter_findings(api: ApiModel) -> Iterator[Finding]:
    """Yield what keeps the adapter of a function of `api` from streaming."""
    streamed = {
        route.integration.function
        for route in api.routes
        if route.integration.transfer_mode is TransferMode.STREAM
    }
    for function in api.functions.values():
        if not function.image:
            yield from _incomplete_adapter_findings(function)
        if EXEC_WRAPPER_VARIABLE in function.environment:
            yield from _handler(function)
        yield from _invoke_mode(function, streamed=function.id in streamed)


def _incomplete_adapter_findings(function: Function) -> Iterator[Finding]:
    """Yield an error for an adapter of which one half is missing."""
    wrapper = function.environment.get(EXEC_WRAPPER_VARIABLE)
    if wrapper == EXEC_WRAPPER and not function.layers:
        yield error(
            "adapter-layer-missing",
            f"function {function.origin.display_name}",
            f"it is started by {EXEC_WRAPPER}, which a layer brings, and it has no layer",
            f"add the layer of the Lambda Web Adapter, or use its image ({IMAGE})",
            function.origin,
        )
    own_runtime = (function.runtime or "").startswith("provided")
    layers = [layer.arn.removesuffix(":latest") for layer in function.layers if layer.arn]
    has_layer = any(map(is_adapter_layer, layers))
    if has_layer and wrapper is None and not own_runtime:
        if function.is_variable_unresolved(EXEC_WRAPPER_VARIABLE):
            return
        yield error(
            "adapter-wrapper-missing",
            f"function {function.origin.display_name}",
            "it has the layer of the Lambda Web Adapter, which nothing starts",
            f"set {EXEC_WRAPPER_VARIABLE} to {EXEC_WRAPPER}",
            function.origin,
        )


def _invoke_mode(function: Function, *, streamed: bool) -> Iterator[Finding]:
    given = function.environment.get(INVOKE_MODE_VARIABLE)
    if given is None and function.is_variable_unresolved(INVOKE_MODE_VARIABLE):
        return
    # One that is asked for in a version that it has not is meant all the same.
    layers = [layer.arn.removesuffix(":latest") for layer in function.layers if layer.arn]
    misspelt = given is not None and given.lower() not in (
        STREAMING_INVOKE_MODE,
        BUFFERED_INVOKE_MODE,
    )
    buffers = runs_behind_adapter(function.environment, layers) and not is_streaming_enabled(
        function.environment
    )
    if misspelt or (streamed and buffers):
        told = f"is {given!r}" if given is not None else "is not set"
        yield error(
            "adapter-invoke-mode",
            f"function {function.origin.display_name}",
            f"{INVOKE_MODE_VARIABLE} {told}, so that the Lambda Web Adapter buffers, which a "
            "streamed route answers with a 500",
            f"set it to {STREAMING_INVOKE_MODE}",
            function.origin,
        )


def _handler(function: Function) -> Iterator[Finding]:
    """Yield an error where the program that the adapter executes cannot be executed."""
    file = function.handler_file
    if file is None or function.environment[EXEC_WRAPPER_VARIABLE] != EXEC_WRAPPER:
        return
    if not file.executable:
        yield error(
            "handler-not-executable",
            f"function {function.origin.display_name}",
            f"the Lambda Web Adapter executes {file.name}, which is not executable",
            f"chmod 755 {file.name} before it is packed (git update-index --chmod=+x keeps it)",
            function.origin,
        )
    if file.has_crlf:
        yield error(
            "handler-line-endings",
            f"function {function.origin.display_name}",
            f"the lines of {file.name} end in CRLF, and Linux finds no interpreter of that name",
            "end them in LF (in .gitattributes: *.sh text eol=lf)",
            function.origin,
        )
