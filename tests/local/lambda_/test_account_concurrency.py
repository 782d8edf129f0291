"""The limit of concurrent environments, and its message."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streaming_construct.local.lambda_ import account_concurrency
from streaming_construct.local.lambda_.account_concurrency import AccountConcurrency
from streaming_construct.local.lambda_.invocation import FunctionThrottledError
from streaming_construct.local.lambda_.options import LambdaOptions
from tests.support.running_functions import event, read_all, running_service, source_function

SLOW = "import time\ndef handler(event, context):\n    time.sleep(1)\n"


@pytest.mark.parametrize(
    ("memory_mb", "most", "reason"),
    [
        (None, 1000, "the default of an AWS account"),
        (1_000_000, 1000, "the default of an AWS account"),
        (16_384, 128, "as many as the memory of this machine allows"),
        (500, 10, "as many as the memory of this machine allows"),
    ],
)
def test_the_default_is_the_quota_within_the_memory(
    memory_mb: int | None, most: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One environment for each 128 MB, and at least ten. The message has the option."""
    monkeypatch.setattr(account_concurrency, "_read_available_memory_mb", lambda: memory_mb)
    account = AccountConcurrency()

    assert (account.most, account.reason) == (most, f"{reason} (--max-environments {most})")


@pytest.mark.anyio
async def test_functions_share_the_concurrency_of_the_account(tmp_path: Path) -> None:
    """Two functions use two environments. The third invocation is rejected, a later one is not."""

    functions = [
        source_function(tmp_path / name, {"fn.py": SLOW}, "fn.handler", id=name) for name in "ab"
    ]
    options = LambdaOptions(file_system="host", max_environments=2)
    async with running_service(*functions, options=options) as service:
        busy = [asyncio.create_task(service.invoke(name, event())) for name in "ab"]
        await asyncio.sleep(0.1)
        with pytest.raises(FunctionThrottledError) as rejected:
            await service.invoke("a", event())
        for task in busy:
            await read_all(await task)
        await read_all(await service.invoke("b", event()))
    result = str(rejected.value)

    assert "2 environments are busy, as many as --max-environments allows" in result


@pytest.mark.anyio
async def test_a_reserved_concurrency_does_not_count_for_the_account(tmp_path: Path) -> None:
    """It belongs to the function, as on AWS."""

    function = source_function(
        tmp_path, {"fn.py": SLOW}, "fn.handler", reserved_concurrency=1, timeout_seconds=20
    )
    options = LambdaOptions(file_system="host", max_environments=1)
    async with running_service(function, options=options) as service:
        busy = asyncio.create_task(service.invoke("fn", event()))
        await asyncio.sleep(0.1)
        with pytest.raises(FunctionThrottledError) as rejected:
            await service.invoke("fn", event())
        await read_all(await busy)
    result = str(rejected.value)

    assert "1 environments are busy, the reserved concurrency" in result
