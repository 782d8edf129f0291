"""Rules on the Lambda Web Adapter: whether it is attached, can start, and is set to stream.

Source: https://aws.github.io/aws-lambda-web-adapter/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.web_adapter import (
    BUFFERED_INVOKE_MODE,
    EXEC_WRAPPER,
    EXEC_WRAPPER_VARIABLE,
    IMAGE,
    INVOKE_MODE_VARIABLE,
    STREAMING_INVOKE_MODE,
    is_adapter_layer,
    is_behind_adapter,
    is_streaming_enabled,
)
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.transfer_modes import find_intended_transfer_mode
from streaming_construct.rules.rule import Finding, Rule, Severity

ADAPTER_LAYER_MISSING: Final = Rule(
    id="adapter-layer-missing",
    severity=Severity.ERROR,
    title="Lambda Web Adapter layer missing",
    what="The function uses the exec wrapper `/opt/bootstrap` but has no layer.",
    why=(
        "The wrapper is a file of the Lambda Web Adapter layer. Without the layer, the "
        "function does not start."
    ),
    fix=(
        "Add the Lambda Web Adapter layer for the Region and architecture of the function, "
        "or use its container image."
    ),
    source_url="https://aws.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html",
    tags=frozenset({"web-adapter", "lint", "doctor"}),
)

ADAPTER_WRAPPER_MISSING: Final = Rule(
    id="adapter-wrapper-missing",
    severity=Severity.ERROR,
    title="Lambda Web Adapter wrapper not set",
    what=(
        "The function has the Lambda Web Adapter layer, but not the variable "
        "`AWS_LAMBDA_EXEC_WRAPPER`."
    ),
    why="The managed runtime then looks for its own handler in `run.sh`.",
    fix="Set `AWS_LAMBDA_EXEC_WRAPPER` to `/opt/bootstrap`.",
    source_url="https://aws.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html",
    tags=frozenset({"web-adapter", "lint", "doctor"}),
)

ADAPTER_INVOKE_MODE: Final = Rule(
    id="adapter-invoke-mode",
    severity=Severity.ERROR,
    title="Lambda Web Adapter buffers responses",
    what=(
        "`AWS_LWA_INVOKE_MODE` is missing or misspelled for a function behind the Lambda Web "
        "Adapter."
    ),
    why=(
        "The adapter silently treats every value other than `response_stream` as `buffered`. "
        "Streamed routes then return 500."
    ),
    fix="Set `AWS_LWA_INVOKE_MODE` to `response_stream`.",
    source_url="https://aws.github.io/aws-lambda-web-adapter/configuration/environment-variables.html",
    tags=frozenset({"web-adapter", "lint", "doctor"}),
)

HANDLER_NOT_EXECUTABLE: Final = Rule(
    id="handler-not-executable",
    severity=Severity.ERROR,
    title="Handler script not executable",
    what="The handler script that the Lambda Web Adapter runs is not executable.",
    why="The adapter executes the script, so the function fails to start.",
    fix=(
        "Run `chmod 755` on the script before packaging. In Git on Windows, run `git "
        "update-index --chmod=+x`."
    ),
    source_url="https://aws.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html",
    tags=frozenset({"web-adapter", "lint"}),
)

HANDLER_LINE_ENDINGS: Final = Rule(
    id="handler-line-endings",
    severity=Severity.ERROR,
    title="Handler script with CRLF line endings",
    what="The handler script that the Lambda Web Adapter runs has CRLF line endings.",
    why="Linux looks for an interpreter named `bash\\r`, so the function fails to start.",
    fix="Convert the line endings to LF. Add `*.sh text eol=lf` to `.gitattributes`.",
    source_url="https://aws.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html",
    tags=frozenset({"web-adapter", "lint"}),
)


def check_web_adapter(declaration: Declaration) -> Iterator[Finding]:
    """Yield a finding for each setting that prevents the adapter of a function from streaming."""
    api = declaration.api
    streamed = {
        route.integration.function
        for route in api.routes
        if TransferMode.STREAM
        in (route.integration.transfer_mode, find_intended_transfer_mode(route, declaration))
    }
    for function in api.functions.values():
        if not function.is_container_image:
            yield from _check_incomplete_adapter(function)
        if EXEC_WRAPPER_VARIABLE in function.environment:
            yield from _check_handler(function)
        yield from _check_invoke_mode(function, is_streamed=function.id in streamed)


def _check_incomplete_adapter(function: Function) -> Iterator[Finding]:
    """Yield an error for an adapter of which one half is missing."""
    wrapper = function.environment.get(EXEC_WRAPPER_VARIABLE)
    if wrapper == EXEC_WRAPPER and not function.layers:
        yield ADAPTER_LAYER_MISSING.at(
            Subject("function", function.origin.display_name),
            f"{EXEC_WRAPPER} of the Lambda Web Adapter starts the function, but the function has "
            "no layer",
            fix=f"Add the layer of the Lambda Web Adapter, or use its image ({IMAGE}).",
            location=function.origin,
        )
    has_custom_runtime = (function.runtime or "").startswith("provided")
    layers = [layer.arn.removesuffix(":latest") for layer in function.layers if layer.arn]
    has_layer = any(map(is_adapter_layer, layers))
    if has_layer and wrapper is None and not has_custom_runtime:
        if function.is_variable_unresolved(EXEC_WRAPPER_VARIABLE):
            return
        yield ADAPTER_WRAPPER_MISSING.at(
            Subject("function", function.origin.display_name),
            "the function has the layer of the Lambda Web Adapter, but does not start the adapter",
            fix=f"Set {EXEC_WRAPPER_VARIABLE} to {EXEC_WRAPPER}.",
            location=function.origin,
        )


def _check_invoke_mode(function: Function, *, is_streamed: bool) -> Iterator[Finding]:
    invoke_mode = function.environment.get(INVOKE_MODE_VARIABLE)
    if invoke_mode is None and function.is_variable_unresolved(INVOKE_MODE_VARIABLE):
        return
    # The ARN of the adapter's layer may lack a valid version.
    layers = [layer.arn.removesuffix(":latest") for layer in function.layers if layer.arn]
    misspelt = invoke_mode is not None and invoke_mode.lower() not in (
        STREAMING_INVOKE_MODE,
        BUFFERED_INVOKE_MODE,
    )
    buffers = is_behind_adapter(function.environment, layers) and not is_streaming_enabled(
        function.environment
    )
    if misspelt or (is_streamed and buffers):
        state = f"is {invoke_mode!r}" if invoke_mode is not None else "is not set"
        yield ADAPTER_INVOKE_MODE.at(
            Subject("function", function.origin.display_name),
            f"{INVOKE_MODE_VARIABLE} {state}, so that the Lambda Web Adapter buffers, for which a "
            "streamed route sends a 500",
            fix=f"Set it to {STREAMING_INVOKE_MODE}.",
            location=function.origin,
        )


def _check_handler(function: Function) -> Iterator[Finding]:
    """Yield an error where the program that the adapter executes cannot be executed."""
    file = function.handler_file
    if file is None or function.environment[EXEC_WRAPPER_VARIABLE] != EXEC_WRAPPER:
        return
    if not file.is_executable:
        yield HANDLER_NOT_EXECUTABLE.at(
            Subject("function", function.origin.display_name),
            f"the Lambda Web Adapter executes {file.name}, which is not executable",
            fix=(
                f"Run chmod 755 {file.name} before packaging (git update-index --chmod=+x keeps "
                "it)."
            ),
            location=function.origin,
        )
    if file.has_crlf:
        yield HANDLER_LINE_ENDINGS.at(
            Subject("function", function.origin.display_name),
            f"the lines of {file.name} end in CRLF, so that Linux does not find the interpreter",
            location=function.origin,
        )
