"""What cuts an answer short."""

from __future__ import annotations

import asyncio
import math
import time

import pytest

from streaming_construct.local.gateway.deadlines import (
    AbortReason,
    ResponseAborted,
    ResponseDeadline,
)


def never() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


def interrupted(
    *, total: float = 60, idle: float = 60, leaves_after: float | None = None
) -> tuple[AbortReason, float]:
    """Wait inside a watch until it interrupts; return why, and after how long."""

    async def run() -> AbortReason:
        gone = never()
        if leaves_after is not None:
            asyncio.get_running_loop().call_later(leaves_after, gone.set_result, None)
        with pytest.raises(ResponseAborted) as caught:
            async with ResponseDeadline(total_seconds=total, idle_seconds=idle, disconnected=gone):
                await asyncio.sleep(10)
        # The task itself goes on unharmed.
        await asyncio.sleep(0.01)
        return caught.value.reason

    began = time.monotonic()
    return asyncio.run(run()), time.monotonic() - began


@pytest.mark.parametrize(
    ("reason", "options"),
    [
        (AbortReason.TIMEOUT, {"total": 0.2}),
        (AbortReason.TIMEOUT, {"total": 0.2, "idle": math.inf}),
        (AbortReason.IDLE_TIMEOUT, {"idle": 0.2}),
        (AbortReason.CLIENT_DISCONNECTED, {"leaves_after": 0.2}),
        (AbortReason.CLIENT_DISCONNECTED, {"leaves_after": 0.0}),
    ],
)
def test_it_interrupts_for_a_reason(reason: AbortReason, options: dict[str, float]) -> None:
    """Time over, nothing moved, or client gone: each says which."""
    found, seconds = interrupted(**options)

    assert found is reason
    assert seconds < 3


def test_progress_puts_off_the_idle_limit_but_not_the_total() -> None:
    """Something that moves all the time still ends with its time."""

    async def move() -> None:
        async with ResponseDeadline(
            total_seconds=0.8, idle_seconds=0.4, disconnected=never()
        ) as watch:
            while True:
                await asyncio.sleep(0.1)
                watch.reset_idle_timer()

    began = time.monotonic()
    with pytest.raises(ResponseAborted) as caught:
        asyncio.run(move())

    assert caught.value.reason is AbortReason.TIMEOUT
    assert time.monotonic() - began > 0.7


def test_what_ends_in_time_is_left_alone() -> None:
    """Results, errors and cancellation from outside pass through unchanged."""

    async def fine() -> str:
        async with ResponseDeadline(total_seconds=60, idle_seconds=math.inf, disconnected=never()):
            return "result"

    async def failing() -> None:
        async with ResponseDeadline(total_seconds=60, idle_seconds=math.inf, disconnected=never()):
            raise ValueError("its own")

    async def cancelled() -> bool:
        async def wait() -> None:
            async with ResponseDeadline(
                total_seconds=60, idle_seconds=math.inf, disconnected=never()
            ):
                await asyncio.sleep(60)

        task = asyncio.create_task(wait())
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(fine()) == "result"
    with pytest.raises(ValueError, match="its own"):
        asyncio.run(failing())
    assert asyncio.run(cancelled())
