"""An API served with its functions: the gateway in front of Lambda's side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from streaming_construct.knowledge.model import ApiModel
from streaming_construct.local.gateway import serve_api
from streaming_construct.local.lambda_service import LambdaOptions, LambdaService


@dataclass(frozen=True)
class Serving:
    """An API that can be called: its URL with the stage, and which functions cannot run here."""

    url: str
    unavailable: dict[str, str]


@asynccontextmanager
async def serving(
    api: ApiModel,
    *,
    console: Callable[[str], None],
    host: str = "127.0.0.1",
    port: int = 0,
    functions: LambdaOptions | None = None,
) -> AsyncIterator[Serving]:
    """Serve an API and run its functions until the context ends, which stops everything.

    Raises:
        OSError: The address cannot be listened on.
    """
    await _check_address(host, port)
    service = LambdaService(api.functions, console=console, options=functions)
    try:
        await service.prepare()
        async with serve_api(api, service, console=console, host=host, port=port) as server:
            literal = f"[{host}]" if ":" in host else host
            url = f"http://{literal}:{server.port}/{api.stage.name}/"
            yield Serving(url, dict(service.unavailable()))
    finally:
        await service.aclose()


async def _check_address(host: str, port: int) -> None:
    """Fail for a taken port now rather than after minutes of installing.

    Raises:
        OSError: The address cannot be listened on.
    """
    listener = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    listener.close()
    await listener.wait_closed()
