"""Decorators that act when a handler returns, on handlers that yield."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Handler = Callable[[Any, Any], Any]

_ASYNC_GENERATOR = 0x200  # https://docs.python.org/3/library/inspect.html#inspect-module-co-flags


def stream_in_call(handler: Handler) -> Handler:
    """Send what a handler yields within the call of the handler.

    The call of a generator function returns before its body runs. So a decorator that flushes
    metrics or closes a trace when the handler returns does so too early. With this decorator next
    to the function, below all others, the call returns when the stream has ended::

        @metrics.log_metrics
        @stream_in_call
        def handler(event, context):
            yield "..."

    Without this runtime, as in a unit test, the decorated function returns its generator as before.

    Args:
        handler: A generator function, or an async one, of (event, context).

    Returns:
        A function of (event, context), `async def` for an async generator function.
    """

    def call(event: Any, context: Any) -> Any:
        items = handler(event, context)
        send = getattr(context, "send_items", None)
        return items if send is None else send(items)

    async def call_async(event: Any, context: Any) -> Any:
        items = handler(event, context)
        send = getattr(context, "send_items", None)
        return items if send is None else await send(items)

    code = getattr(handler, "__code__", None)
    is_async = code is not None and bool(code.co_flags & _ASYNC_GENERATOR)
    wrapper: Any = call_async if is_async else call
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(wrapper, name, getattr(handler, name, None))
    wrapper.__wrapped__ = handler
    return wrapper  # type: ignore[no-any-return]  # it is one of the two functions above
