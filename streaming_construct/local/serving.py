"""An API served with its functions: the gateway in front of Lambda's side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from streaming_construct.knowledge.model import ApiModel
from streaming_construct.local.authorization import Authorization
from streaming_construct.local.gateway import serve_api
from streaming_construct.local.gateway_limits import GatewayLimits
from streaming_construct.local.lambda_service import LambdaService
from streaming_construct.local.options import Options, with_scaled_functions


@dataclass(frozen=True)
class Serving:
    """An API that can be called: its URL with the stage, and which functions cannot run here."""

    url: str
    unavailable: dict[str, str]
    authorization: Authorization


@asynccontextmanager
async def serving(
    api: ApiModel,
    *,
    console: Callable[[str], None],
    host: str = "127.0.0.1",
    port: int = 0,
    options: Options | None = None,
) -> AsyncIterator[Serving]:
    """Serve an API and run its functions until the context ends, which stops everything.

    Raises:
        OSError: The address cannot be listened on.
    """
    options = options or Options()
    api = with_scaled_functions(api, options)
    await _check_address(host, port)
    functions = LambdaService(api.functions, console=console)
    try:
        await functions.prepare()
        limits = GatewayLimits.of(api.endpoint_type, options)
        authorization = Authorization(api, functions, limits)
        async with serve_api(
            api,
            functions,
            console=console,
            host=host,
            port=port,
            options=options,
            limits=limits,
            authorization=authorization,
        ) as server:
            literal = f"[{host}]" if ":" in host else host
            url = f"http://{literal}:{server.port}/{options.base_path or api.stage.name}/"
            yield Serving(url, dict(functions.unavailable()), authorization)
    finally:
        await functions.aclose()


async def _check_address(host: str, port: int) -> None:
    """Fail for a taken port now rather than after minutes of installing.

    Raises:
        OSError: The address cannot be listened on.
    """
    listener = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    listener.close()
    await listener.wait_closed()
