"""`WorkerPool`: runs Python functions in separate processes, with a limit of CPU time.

A client can make a regular expression, a template or a large document take minutes. On the event
loop, and in a thread, which shares the interpreter with the loop, that would stop every stream.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, ParamSpec, TypeVar

from streaming_construct.local.gateway.workers import worker_process

LARGE_BYTES: Final = 128 * 1024
"""From this size on, reading or writing a document belongs in a worker."""

_CPU_SECONDS: Final = 10.0
_WORKERS: Final = 2

P = ParamSpec("P")
T = TypeVar("T")


class WorkTimeoutError(Exception):
    """A function used more CPU time than the limit; the message names the limit."""


class WorkerPool:
    """Processes that start when they are needed; `close` ends them.

    Args:
        workers: How many functions run at the same time. Default: 2.
        cpu_seconds: How much CPU time a function may use. Default: 10.
    """

    def __init__(self, *, workers: int = _WORKERS, cpu_seconds: float = _CPU_SECONDS) -> None:
        self._cpu_seconds = cpu_seconds
        self._slots = asyncio.Semaphore(workers)
        self._idle: list[Process] = []
        self._all: set[Process] = set()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function of a module; its arguments, value and exceptions are pickled.

        Raises:
            WorkTimeoutError: The function used too much CPU time, or its process ended.
            Exception: An exception of the function.
        """
        if kwargs:
            raise TypeError("a function in a worker has positional arguments only")
        message = pickle.dumps((function, args, self._cpu_seconds))
        async with self._slots:
            worker = self._idle.pop() if self._idle else await self._start()
            try:
                has_succeeded, value = await _exchange(worker, message)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                # Its limit ended it. To kill it would reap it, and asyncio would warn of that.
                self._all.discard(worker)
                await worker.wait()
                message_text = f"the work took more than {self._cpu_seconds:g} s of CPU time"
                raise WorkTimeoutError(message_text) from error
            except BaseException:
                await self._end(worker)
                raise
            self._idle.append(worker)
        if has_succeeded:
            return value  # type: ignore[no-any-return] # the value of `function`, pickled
        raise value

    async def close(self) -> None:
        """End all processes."""
        await asyncio.gather(*map(self._end, tuple(self._all)))

    async def _start(self) -> Process:
        program = (
            f"import sys; sys.path[:] = {sys.path!r}\n"
            f"from {worker_process.__name__} import main; main()"
        )
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            program,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            # A new session, so that Ctrl-C reaches only the gateway, which then ends the worker.
            start_new_session=True,
        )
        self._all.add(worker)
        return worker

    async def _end(self, worker: Process) -> None:
        self._all.discard(worker)
        with suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()


async def _exchange(worker: Process, message: bytes) -> tuple[bool, Any]:
    assert worker.stdin  # noqa: S101 - narrows the type: it is a pipe
    assert worker.stdout  # noqa: S101 - narrows the type: it is a pipe
    worker.stdin.write(worker_process.LENGTH.pack(len(message)))
    worker.stdin.write(message)
    await worker.stdin.drain()
    header = await worker.stdout.readexactly(worker_process.LENGTH.size)
    data = await worker.stdout.readexactly(worker_process.LENGTH.unpack(header)[0])
    result: tuple[bool, Any] = pickle.loads(data)  # noqa: S301 - from our own process
    return result
