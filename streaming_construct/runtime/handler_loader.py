"""Load the function's handler, and detect its type; errors have Lambda's own types."""

from __future__ import annotations

import os
import sys

from streaming_construct.runtime.errors import LambdaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HANDLER_TYPES = ("asgi", "wsgi", "async", "plain")
# The flags of a code object (https://docs.python.org/3/library/inspect.html#inspect-module-co-flags):
# `inspect` itself costs more to import than this whole runtime.
_VARIADIC, _COROUTINE, _ASYNC_GENERATOR = 0x04, 0x80, 0x200


def load_handler(name: str) -> Any:
    """Return the handler named `module.attribute` or `module:attribute`.

    Raises:
        LambdaError: There is none, its module cannot be imported, or it cannot be called.
        Exception: The import of the module failed.
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
        # Not `importlib.import_module`, which imports `warnings`.
        module = name.replace("/", ".")
        __import__(module)
        return sys.modules[module]
    except ImportError as error:
        raise LambdaError(
            "Runtime.ImportModuleError", f"Unable to import module '{name}': {error}"
        ) from error
    except SyntaxError as error:
        location = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise LambdaError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{name}': {error}", [location]
        ) from error


def detect_handler_type(handler: Any) -> str:
    """Distinguish an ASGI app, a WSGI app, an `async def` handler and a plain handler.

    `STREAMING_CONSTRUCT_HANDLER_TYPE` decides where it is set. Otherwise the names of the arguments
    decide: `receive` and `send` are ASGI's, `start_response` is WSGI's. Arguments with a default
    do not count. Three arguments of other names are ASGI for an `async def`, unless they are named
    as a handler's. Decorators that keep `__wrapped__` are looked through.

    Raises:
        LambdaError: It takes other arguments, or the type that is set does not exist.
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
    arguments = _read_arguments(handler)
    return "plain" if arguments is None else _detect_type(arguments)


def _detect_type(arguments: _Arguments) -> str:
    names, required = arguments.names, arguments.required
    if names[1:3] == ("receive", "send"):
        return "asgi"
    if names[1:2] == ("start_response",):
        return "wsgi"
    is_named_as_handler = names[:1] == ("event",) or names[1:2] == ("context",)
    if required == 3 and arguments.is_async and not is_named_as_handler:
        return "asgi"
    if required > 2 or (len(names) < 2 and not arguments.takes_more):
        raise LambdaError(
            "Runtime.HandlerNotFound",
            f"the handler takes {len(names)} arguments ({', '.join(names)}). Give an ASGI app "
            "(scope, receive, send), a WSGI app (environ, start_response) or a function "
            "(event, context). Other arguments need a default",
        )
    return "async" if arguments.is_async else "plain"


class _Arguments:
    """Positional parameters of a call: names, number without default, `*args`."""

    __slots__ = ("is_async", "names", "required", "takes_more")

    def __init__(self, code: Any, skipped: int, defaults: int) -> None:
        self.names: tuple[str, ...] = code.co_varnames[skipped : code.co_argcount]
        self.required = max(0, len(self.names) - defaults)
        self.takes_more = bool(code.co_flags & _VARIADIC)
        self.is_async = bool(code.co_flags & (_COROUTINE | _ASYNC_GENERATOR))


def _read_arguments(handler: Any, skipped: int = 0, named: int = 0) -> _Arguments | None:
    """Return the arguments that a call takes; None for what is not written in Python.

    Args:
        handler: A callable.
        skipped: How many arguments are bound by position, such as `self`.
        named: How many are bound by name.
    """
    while hasattr(handler, "__wrapped__"):
        handler = handler.__wrapped__
    if hasattr(handler, "func") and hasattr(handler, "keywords"):  # functools.partial
        bound = len(handler.keywords)
        return _read_arguments(handler.func, skipped + len(handler.args), named + bound)
    if isinstance(handler, type):
        handler, skipped = handler.__dict__.get("__init__"), skipped + 1
    elif not hasattr(handler, "__code__") and not hasattr(handler, "__func__"):
        handler = handler.__call__
    if hasattr(handler, "__func__"):
        skipped += 1
    code = getattr(handler, "__code__", None)
    if code is None:
        return None
    return _Arguments(code, skipped, len(getattr(handler, "__defaults__", None) or ()) + named)
