"""Ordinary handlers with buffered responses, as Lambda's own Python runtime serves them.

The local gateway starts it in place of AWS's client (`awslambdaric`): a function that fails there
fails here in the same way. Generators and coroutines are rejected, and what is no `Exception`
ends the process.
"""

from __future__ import annotations

import importlib
import os
import sys

from streaming_construct.runtime import errors, json_encoder
from streaming_construct.runtime.connection import Connection, run
from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.logs import log_sink, logging_handler
from streaming_construct.runtime.process import (
    extend_module_path,
    open_standard_descriptors,
    open_wakeup_descriptor,
)
from streaming_construct.runtime.runtime_api import RuntimeApi, RuntimeApiError
from streaming_construct.runtime.snapstart import run_snapstart_hooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from streaming_construct.runtime.errors import ErrorPayload
    from streaming_construct.runtime.invocation import Invocation

START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from streaming_construct.runtime.buffered_runtime import main; main()"
)
"""Python code that starts it; its argument is the folder that holds `streaming_construct`."""


def main() -> NoReturn:
    """Serve the handler that `_HANDLER` names; never return.

    Raises:
        SystemExit: The handler cannot be loaded, or the Runtime API is gone.
    """
    open_standard_descriptors()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(write_through=True)
    _hide_this_package()
    extend_module_path()
    api = RuntimeApi(Connection(os.environ["AWS_LAMBDA_RUNTIME_API"], open_wakeup_descriptor()))
    log_sink.is_strict = True
    logging_handler.set_up(os.environ.get("AWS_LAMBDA_LOG_LEVEL", ""), raises_errors=True)
    try:
        handler = _load_or_exit(api, os.environ.get("_HANDLER", ""))
        run(run_snapstart_hooks(api))
        while True:
            run(_handle(api, handler, run(api.get_invocation())))
    except RuntimeApiError:
        sys.exit(1)


def _hide_this_package() -> None:
    """Hide this package from the function, which may bring its own copy."""
    # The folder that `START` adds, and the working folder that `python -c` adds.
    del sys.path[:2]
    for name in [name for name in sys.modules if name.split(".")[0] == "streaming_construct"]:
        del sys.modules[name]


def _load_or_exit(api: RuntimeApi, name: str) -> Callable[[Any, Any], Any]:
    try:
        return load_handler(name)
    except Exception as error:  # noqa: BLE001 - whatever the function's module raises
        run(api.report_error("/init/error", error))
        sys.exit(1)


def load_handler(name: str) -> Callable[[Any, Any], Any]:
    """Return the object that `module.attribute` names.

    Raises:
        LambdaError: The name, its module or its attribute is wrong.
        Exception: The import of the module failed.
    """
    module_name, separator, attribute = name.rpartition(".")
    if not separator:
        message = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        raise LambdaError("Runtime.MalformedHandlerName", message)
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module_name} as a handler module"
        raise LambdaError("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise LambdaError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        location = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        message = f"Syntax error in module '{module_name}': {error}"
        raise LambdaError("Runtime.UserCodeSyntaxError", message, [location]) from error
    try:
        handler: Callable[[Any, Any], Any] = getattr(module, attribute)
    except AttributeError:
        message = f"Handler '{attribute}' missing on module '{module_name}'"
        raise LambdaError("Runtime.HandlerNotFound", message) from None
    return handler


async def _handle(
    api: RuntimeApi, handler: Callable[[Any, Any], Any], invocation: Invocation
) -> None:
    log_sink.current.request_id = invocation.request_id
    log_sink.current.tenant_id = invocation.tenant_id
    invocation.set_trace_id()
    try:
        result = handler(invocation.read_event(), invocation.create_context())
        payload, content_type = marshal(result)
    except Exception as error:  # noqa: BLE001 - what a handler raises is its response
        report = _report(error, invocation.request_id)
        cause = errors.format_xray_cause(error)
        log_sink.write_error(report)
        await api.fail(invocation, report, cause)
    else:
        # A lone surrogate cannot be encoded, which ends the process, as with AWS's client.
        data = payload if isinstance(payload, bytes) else payload.encode()
        await api.respond_buffered(invocation, data, content_type)


def _report(error: Exception, request_id: str) -> ErrorPayload:
    str(error)  # one that raises ends the process, as with AWS's client
    return errors.create_payload(error, request_id)


def marshal(result: object) -> tuple[bytes | str, str]:
    """Return a handler's result as the payload of the response, and its content type.

    Raises:
        LambdaError: It has no JSON form, as a generator.
    """
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        text = json_encoder.encode(result, ascii_only=json_encoder.is_ascii)
    except Exception as error:
        message = f"Unable to marshal response: {error}"
        raise LambdaError("Runtime.MarshalError", message) from error
    return text, "application/json"
