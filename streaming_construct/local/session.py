"""An API served with its functions: the gateway in front of Lambda's side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from streaming_construct.local.gateway.gateway import ReloadableGateway, serve_api
from streaming_construct.local.gateway.options import GatewayOptions, with_scaled_functions
from streaming_construct.local.lambda_.service import LambdaOptions, LambdaService
from streaming_construct.model.api import ApiModel


@dataclass
class LocalSession:
    """An API that can be called at `address` with its stage; `api` is as its source has it."""

    api: ApiModel
    address: str
    options: GatewayOptions
    front: ReloadableGateway
    functions: LambdaService

    @property
    def url(self) -> str:
        """The URL with the stage or base path, with a slash at its end."""
        return f"{self.address}/{self.options.base_path or self.api.stage.name}/"

    @property
    def unavailable(self) -> Mapping[str, str]:
        """Which functions cannot run here, with the reasons."""
        return self.functions.unavailable()

    async def replace(self, api: ApiModel) -> None:
        """Serve this API from now on; requests under way end as they began."""
        scaled = with_scaled_functions(api, self.options)
        await self.functions.redeploy(scaled.functions)
        self.front.reload(scaled)
        self.api = api


@asynccontextmanager
async def serve_locally(
    api: ApiModel,
    *,
    console: Callable[[str], None],
    host: str = "127.0.0.1",
    port: int = 0,
    options: GatewayOptions | None = None,
    functions: LambdaOptions | None = None,
) -> AsyncIterator[LocalSession]:
    """Serve an API and run its functions until the context ends, which stops everything.

    Raises:
        OSError: The address cannot be listened on.
    """
    options = options or GatewayOptions()
    scaled = with_scaled_functions(api, options)
    await _check_address(host, port)
    service = LambdaService(scaled.functions, console=console, options=functions)
    try:
        await service.prepare()
        async with serve_api(
            scaled, service, console=console, host=host, port=port, options=options
        ) as front:
            literal = f"[{host}]" if ":" in host else host
            yield LocalSession(api, f"http://{literal}:{front.port}", options, front, service)
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


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it is installed, which passes chunks on two to three times as fast."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
