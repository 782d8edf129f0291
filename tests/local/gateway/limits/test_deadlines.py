"""Timeouts of a response."""

from __future__ import annotations

import asyncio
import math
import time

import pytest

from streaming_construct.local.gateway.limits.deadlines import (
    AbortReason,
    ResponseAborted,
    ResponseDeadline,
)

pytestmark = pytest.mark.anyio


def never() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


async def abort_reason(
    *, total: float = 60, idle: float = 60, disconnects_after: float | None = None
) -> tuple[AbortReason, float]:
    """Wait inside a deadline until it ends; return the reason and the seconds."""
    disconnected = never()
    if disconnects_after is not None:
        asyncio.get_running_loop().call_later(disconnects_after, disconnected.set_result, None)
    started_at = time.monotonic()
    with pytest.raises(ResponseAborted) as raised:
        async with ResponseDeadline(
            total_seconds=total, idle_seconds=idle, disconnected=disconnected
        ):
            await asyncio.sleep(600)
    seconds = time.monotonic() - started_at
    await asyncio.sleep(0.01)  # the task itself is not canceled
    return raised.value.reason, seconds


@pytest.mark.parametrize(
    ("reason", "options"),
    [
        (AbortReason.TIMEOUT, {"total": 0.2}),
        (AbortReason.TIMEOUT, {"total": 0.2, "idle": math.inf}),
        (AbortReason.IDLE_TIMEOUT, {"idle": 0.2}),
        (AbortReason.CLIENT_DISCONNECTED, {"disconnects_after": 0.2}),
        (AbortReason.CLIENT_DISCONNECTED, {"disconnects_after": 0.0}),
    ],
)
async def test_a_deadline_aborts_with_a_reason(
    reason: AbortReason, options: dict[str, float]
) -> None:
    """The timeout, the idle timeout, or the client."""
    actual, seconds = await abort_reason(**options)

    assert actual is reason
    assert seconds < 60


async def test_progress_postpones_the_idle_timeout_but_not_the_timeout() -> None:
    """A response with constant progress ends at its timeout."""

    async def progress() -> None:
        async with ResponseDeadline(
            total_seconds=0.8, idle_seconds=0.4, disconnected=never()
        ) as deadline:
            while True:
                await asyncio.sleep(0.1)
                deadline.reset_idle_timer()

    started_at = time.monotonic()
    with pytest.raises(ResponseAborted) as raised:
        await progress()

    assert raised.value.reason is AbortReason.TIMEOUT
    assert time.monotonic() - started_at > 0.7


def no_deadline() -> ResponseDeadline:
    return ResponseDeadline(total_seconds=60, idle_seconds=math.inf, disconnected=never())


async def test_an_error_before_the_deadline_is_raised() -> None:
    """The deadline adds nothing to it."""
    with pytest.raises(ValueError, match="its own"):
        async with no_deadline():
            raise ValueError("its own")


async def test_a_cancellation_from_outside_is_preserved() -> None:
    """The task counts as canceled."""

    async def wait() -> None:
        async with no_deadline():
            await asyncio.sleep(60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
