"""From the environment to a function that serves."""

from __future__ import annotations

import gc
import os
import sys

from streaming_construct.runtime import handler_loader
from streaming_construct.runtime.connection import Connection, run
from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.logs import log_sink, logging_setup
from streaming_construct.runtime.process import (
    exit_on_sigterm,
    extend_module_path,
    open_standard_descriptors,
    open_wakeup_descriptor,
)
from streaming_construct.runtime.response import handle_invocation
from streaming_construct.runtime.runtime_api import (
    FLUSH_INTERVAL_SECONDS,
    RuntimeApi,
    RuntimeApiError,
)
from streaming_construct.runtime.snapstart import run_snapstart_hooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def main() -> NoReturn:
    """Serve the handler named by the first argument, or else by `_HANDLER`; never return.

    Environment:
        AWS_LAMBDA_RUNTIME_API: `host:port` of the Runtime API.
        STREAMING_CONSTRUCT_HANDLER_TYPE: asgi, wsgi, async or plain. Default: detected.
        STREAMING_CONSTRUCT_FLUSH_INTERVAL_MS: How long a chunk waits for others. Default: 1.

    Raises:
        SystemExit: Always: 0 after SIGTERM, 1 when the function or the Runtime API failed.
    """
    name = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("_HANDLER", "")
    address = os.environ.get("AWS_LAMBDA_RUNTIME_API", "")
    if not address or not name:
        sys.exit(
            "usage: AWS_LAMBDA_RUNTIME_API=host:port python -m streaming_construct.runtime app:app"
        )
    open_standard_descriptors()
    logging_setup.install_logging_hook()
    extend_module_path()
    try:
        function, kind, flush_interval = _load(name, address)
        if kind in ("asgi", "async"):
            from streaming_construct.runtime.asyncio_server import serve_async

            serve_async(function, kind, address, flush_interval)
        else:
            exit_on_sigterm()
            connection = Connection(address, open_wakeup_descriptor())
            run(_serve_blocking(function, kind, RuntimeApi(connection, flush_interval)))
    except RuntimeApiError as error:
        log_sink.write_warning(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def _load(name: str, address: str) -> tuple[Any, str, float]:
    """Return the handler, its kind and the flush interval; report an error and exit."""
    # Imports make objects that stay: looking for garbage among them is a tenth of a cold start.
    gc.disable()
    try:
        _reject_managed_instances(int(os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY") or 1))
        flush_interval = _parse_flush_interval(
            os.environ.get("STREAMING_CONSTRUCT_FLUSH_INTERVAL_MS", "")
        )
        function = handler_loader.load_handler(name)
        kind = handler_loader.detect_handler_type(function)
    except Exception as error:  # noqa: BLE001 - whatever the function's module raises
        run(RuntimeApi(Connection(address)).report_error("/init/error", error))
        sys.exit(1)
    gc.freeze()
    gc.enable()
    return function, kind, flush_interval


def _parse_flush_interval(milliseconds: str) -> float:
    try:
        return max(float(milliseconds or 0) / 1000, FLUSH_INTERVAL_SECONDS)
    except ValueError:
        message = f"STREAMING_CONSTRUCT_FLUSH_INTERVAL_MS is {milliseconds!r}: give a number"
        raise LambdaError("Runtime.InvalidFlushInterval", message) from None


def _reject_managed_instances(most: int) -> None:
    if most > 1:
        raise LambdaError(
            "Runtime.UnsupportedConcurrency",
            "this runtime serves one invocation at a time, and Lambda Managed Instances are "
            f"configured to send {most}. Set PerExecutionEnvironmentMaxConcurrency to 1, "
            "or use the Lambda Web Adapter",
        )


async def _serve_blocking(function: Any, kind: str, api: RuntimeApi) -> None:
    if kind == "wsgi":
        from streaming_construct.runtime.web import wsgi

        handle = wsgi.make_handler(function)
    else:
        from streaming_construct.runtime import plain_handler

        handle = plain_handler.make_handler(function, on_loop=False)
    await run_snapstart_hooks(api)
    while True:
        await handle_invocation(api, handle, await api.get_invocation())
