"""Finding the function's handler, and telling what kind it is; errors in Lambda's own words."""

from __future__ import annotations

import importlib
import os
import sys

from streaming_construct.runtime.errors import LambdaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HANDLER_TYPES = ("asgi", "wsgi", "async", "plain")
# The flags of a code object (https://docs.python.org/3/library/inspect.html#inspect-module-co-flags):
# `inspect` itself costs more to import than this whole runtime.
_COROUTINE, _ASYNC_GENERATOR = 0x80, 0x200


def load_handler(name: str) -> Any:
    """Returns the handler named `module.attribute` or `module:attribute`.

    Raises:
        LambdaError: There is none, its module cannot be imported, or it cannot be called.
        Exception: What the module raised when imported.
    """
    separator = ":" if ":" in name else "."
    module_name, _, attribute = name.rpartition(separator)
    if not module_name or not attribute:
        raise LambdaError(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{name}': give it as module.function or module:app",
        )
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise LambdaError(
            "Runtime.BuiltInModuleConflict",
            f"Cannot use built-in module {module_name} as a handler module",
        )
    value = _import(module_name)
    for part in attribute.split("."):
        if not hasattr(value, part):
            raise LambdaError(
                "Runtime.HandlerNotFound",
                f"Handler '{attribute}' missing on module '{module_name}'",
            )
        value = getattr(value, part)
    if not callable(value):
        raise LambdaError(
            "Runtime.HandlerNotFound",
            f"Handler '{attribute}' on module '{module_name}' is a {type(value).__name__}, "
            "neither an app nor a function",
        )
    return value


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        raise LambdaError(
            "Runtime.ImportModuleError", f"Unable to import module '{name}': {error}"
        ) from error
    except SyntaxError as error:
        where = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise LambdaError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{name}': {error}", [where]
        ) from error


def detect_handler_type(handler: Any) -> str:
    """Tells an ASGI app, a WSGI app, an `async def` handler and a plain one apart.

    `STREAMING_CONSTRUCT_HANDLER_TYPE` decides where it is set. Otherwise three arguments are ASGI,
    and two a handler, unless the second is named `start_response`, as WSGI has it. Decorators that
    keep `__wrapped__` are looked through.

    Raises:
        LambdaError: It takes other arguments, or the kind set is none.
    """
    declared = os.environ.get("STREAMING_CONSTRUCT_HANDLER_TYPE")
    if declared:
        if declared not in HANDLER_TYPES:
            kinds = ", ".join(HANDLER_TYPES)
            raise LambdaError(
                "Runtime.InvalidHandlerType",
                f"STREAMING_CONSTRUCT_HANDLER_TYPE is {declared!r}: give one of {kinds}",
            )
        return declared
    code, skipped = _code(handler)
    if code is None:
        return "plain"
    names = code.co_varnames[skipped : code.co_argcount]
    is_async = bool(code.co_flags & (_COROUTINE | _ASYNC_GENERATOR))
    if len(names) == 3 and (is_async or names[1] == "receive"):
        return "asgi"
    if len(names) == 2 and names[1] == "start_response":
        return "wsgi"
    takes_more = bool(code.co_flags & 0x04)  # *args
    if len(names) < 2 and not takes_more:
        raise LambdaError(
            "Runtime.HandlerNotFound",
            f"the handler takes {len(names)} arguments: give an ASGI app (scope, receive, send), "
            "a WSGI app (environ, start_response) or a function (event, context)",
        )
    return "async" if is_async else "plain"


def _code(handler: Any) -> tuple[Any, int]:
    """Returns the code that a call runs, and how many arguments (`self`) it has bound already."""
    while hasattr(handler, "__wrapped__"):
        handler = handler.__wrapped__
    if hasattr(handler, "func") and hasattr(handler, "keywords"):  # functools.partial
        code, skipped = _code(handler.func)
        return code, skipped + len(handler.args)
    if isinstance(handler, type):
        return getattr(handler.__dict__.get("__init__"), "__code__", None), 1
    if not hasattr(handler, "__code__") and not hasattr(handler, "__func__"):
        handler = handler.__call__
    skipped = 1 if hasattr(handler, "__func__") else 0
    return getattr(handler, "__code__", None), skipped
