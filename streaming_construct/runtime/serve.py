"""The loop of a function's life: ask for an invocation, answer it, ask for the next."""

from __future__ import annotations

import os
import sys

from streaming_construct.runtime import logs
from streaming_construct.runtime.answer import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from streaming_construct.runtime.invocation import Context, Invocation
    from streaming_construct.runtime.runtime_api import RuntimeApi

    Handle = Callable[[Any, Context, Answer], Awaitable[None]]

_TRACE = "_X_AMZN_TRACE_ID"


async def serve(api: RuntimeApi, handle: Handle) -> None:
    """Answers invocations one after another, for ever.

    Raises:
        RuntimeApiError: The Runtime API ended this execution environment.
    """
    while True:
        await serve_one(api, handle, await api.next())


async def serve_one(api: RuntimeApi, handle: Handle, invocation: Invocation) -> None:
    """Answers one invocation; what the function raises goes to Lambda and the log."""
    if invocation.trace_id:
        os.environ[_TRACE] = invocation.trace_id
    else:
        os.environ.pop(_TRACE, None)
    logs.now.request_id, logs.now.tenant_id = invocation.request_id, invocation.tenant_id
    answer = Answer(api, invocation)
    try:
        await handle(invocation.event(), invocation.context(), answer)
        await answer.settle()
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 - a function's cancellations are its errors too
        await answer.fail(error)
    sys.stdout.flush()
