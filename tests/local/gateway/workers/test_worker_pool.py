"""The worker pool runs functions in separate processes."""

from __future__ import annotations

import asyncio
import json
import os
import re

import pytest

from streaming_construct.local.gateway.workers.worker_pool import WorkerPool, WorkTimeoutError


@pytest.mark.anyio
async def test_a_function_returns_its_value_and_raises_its_exception() -> None:
    pool = WorkerPool()
    assert await pool.run(json.loads, b"[1]") == [1]
    with pytest.raises(ZeroDivisionError):
        await pool.run(divmod, 1, 0)
    assert await pool.run(os.getpid) == await pool.run(os.getpid) != os.getpid()
    await pool.close()


@pytest.mark.anyio
async def test_a_timeout_ends_an_endless_regular_expression() -> None:
    pool = WorkerPool(cpu_seconds=0.5)
    matching = asyncio.create_task(pool.run(re.fullmatch, "(a+)+$", "a" * 60 + "!"))
    ticks = 0
    while not matching.done():
        await asyncio.sleep(0.01)
        ticks += 1
    with pytest.raises(WorkTimeoutError):
        await matching
    assert ticks > 10
    assert await pool.run(json.loads, b"1") == 1
    await pool.close()
