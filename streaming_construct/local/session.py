"""`LocalSession`: an API and its functions, served on this machine."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from streaming_construct.local.execution_role.role_endpoint import (
    RoleEndpoint,
    list_role_notes,
    serve_role_endpoint,
)
from streaming_construct.local.gateway.authorizers.signing_keys import SigningKeys
from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.gateway import AccessLog, ReloadableGateway, serve_api
from streaming_construct.local.gateway.options import GatewayOptions, scale_functions
from streaming_construct.local.gateway.startup_messages import list_startup_messages
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.service import LambdaService
from streaming_construct.local.sources.source_paths import SourcePaths
from streaming_construct.model.api import ApiModel
from streaming_construct.packaging.dependency_layer import cache_dir
from streaming_construct.terminal import ShowStatus, Terminal, TerminalLogHandler

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Watch = Callable[["LocalSession", Terminal], Coroutine[Any, Any, None]]
"""Updates a session while it is served, until it is canceled."""


@dataclass
class LocalSession:
    """An API that is served at `address`; `api` is as in its source, without scaled timeouts."""

    api: ApiModel
    address: str
    options: GatewayOptions
    gateway: ReloadableGateway
    functions: LambdaService
    user_pools: UserPools
    sources: SourcePaths
    role_endpoint: RoleEndpoint | None = None

    @property
    def url(self) -> str:
        """The URL with the stage or the base path, with a slash at its end."""
        base = self.options.base_path
        prefix = self.api.stage.name if base is None else base
        return f"{self.address}/{prefix}/" if prefix else f"{self.address}/"

    @property
    def unavailable(self) -> Mapping[str, str]:
        """The ids of the functions that cannot run on this machine, each with its reason."""
        return self.functions.list_unavailable()

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines about differences of the functions from Lambda."""
        notes = list_role_notes(self.api.functions) if self.role_endpoint else ()
        return (*self.functions.notes, *notes)

    def list_startup_messages(self, notes: Iterable[str]) -> list[str]:
        """Return what the gateway prints at its start, with the URL as the last line."""
        messages = list_startup_messages(
            self.api,
            self.options,
            url=self.url,
            user_pools=self.user_pools,
            unavailable=self.unavailable,
            notes=(*notes, *self.notes),
        )
        return [*messages, *self.functions.list_debug_messages(), self.url]

    async def replace(self, api: ApiModel) -> None:
        """Serve this API from now on; requests in flight end on the previous one."""
        scaled = scale_functions(api, self.options)
        if self.role_endpoint:
            scaled = await self.role_endpoint.attach(scaled)
        await asyncio.to_thread(self.sources.learn, api.functions.values())
        await self.functions.redeploy(scaled.functions)
        self.gateway.reload(scaled)
        self.api = api


def get_keys_folder() -> Path:
    """Return the folder of the keys by which `local` and `token` agree."""
    return cache_dir() / "signing-keys"


@asynccontextmanager
async def serve_locally(
    api: ApiModel,
    *,
    console: Callable[[str], None],
    show_status: ShowStatus | None = None,
    access_log: AccessLog | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    options: GatewayOptions | None = None,
    functions: LambdaOptions | None = None,
    project: Path | None = None,
    keys: Path | None = None,
) -> AsyncIterator[LocalSession]:
    """Serve an API and run its functions until the context ends, which stops everything.

    With the folder of the `project`, the console shows the paths of its files in place of those of
    their copies in assets. `keys` is a folder for the keys that sign tokens. Default: they end with
    the process. `show_status` shows installations on a terminal. Default: lines on the console do.

    Raises:
        OSError: The gateway cannot listen on the address.
    """
    options = options or GatewayOptions()
    scaled = scale_functions(api, options)
    user_pools = UserPools(SigningKeys(keys))
    await _check_address(host, port)
    sources = SourcePaths(project)
    print_line, console = console, lambda line: print_line(sources.translate(line))
    functions = replace(functions or LambdaOptions(), limits=options.limits)
    # First: the lines about installations have the paths of the sources, too.
    await asyncio.to_thread(sources.learn, api.functions.values())
    async with AsyncExitStack() as stack:
        role_endpoint = None
        if functions.checks_roles:
            role_endpoint = await stack.enter_async_context(
                serve_role_endpoint(console, forwards_to_aws=functions.inherit_credentials)
            )
            scaled = await role_endpoint.attach(scaled)
            functions = replace(functions, inherit_credentials=False)
        service = await stack.enter_async_context(
            _run_functions(
                scaled, functions, console, sources, _translate_status(show_status, sources)
            )
        )
        running = await stack.enter_async_context(
            serve_api(
                scaled,
                service,
                console=console,
                access_log=access_log,
                host=host,
                port=port,
                options=options,
                user_pools=user_pools,
            )
        )
        yield LocalSession(
            api,
            _format_address(host, running.port),
            options,
            running.gateway,
            service,
            user_pools,
            sources,
            role_endpoint,
        )


@asynccontextmanager
async def _run_functions(
    api: ApiModel,
    options: LambdaOptions,
    console: Callable[[str], None],
    sources: SourcePaths,
    show_status: ShowStatus | None,
) -> AsyncIterator[LambdaService]:
    service = LambdaService(
        api.functions,
        console=console,
        options=options,
        source_of=sources.find_source,
        show_status=show_status,
    )
    try:
        await service.prepare()
        yield service
    finally:
        await service.aclose()


def _translate_status(show_status: ShowStatus | None, sources: SourcePaths) -> ShowStatus | None:
    if show_status is None:
        return None
    return lambda text: show_status(sources.translate(text))


def _format_address(host: str, port: int) -> str:
    literal = f"[{host}]" if ":" in host else host
    return f"http://{literal}:{port}"


async def serve_until_signal(
    api: ApiModel,
    *,
    host: str,
    port: int,
    options: GatewayOptions,
    functions: LambdaOptions,
    notes: Iterable[str] = (),
    project: Path | None = None,
    watch: Watch | None = None,
) -> None:
    """Serve an API on the terminal until SIGINT, SIGTERM or SIGHUP (the terminal was closed).

    Signals that are ignored at the start, as SIGHUP is under nohup, stay ignored.

    Raises:
        OSError: The gateway cannot listen on the address.
    """
    _cancel_on_signals()
    terminal = Terminal()
    log_handler = TerminalLogHandler(terminal)
    logging.getLogger().addHandler(log_handler)
    try:
        async with serve_locally(
            api,
            console=terminal,
            show_status=terminal.show_status if terminal.has_status else None,
            access_log=terminal.print_request,
            host=host,
            port=port,
            options=options,
            functions=functions,
            keys=get_keys_folder(),
            project=project,
        ) as session:
            for line in session.list_startup_messages(notes):
                terminal(line)
            # A garbage collection would look at all objects of the start, and delay all streams
            # for tens of milliseconds.
            gc.freeze()
            if watch:
                await watch(session, terminal)
            await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        # A signal: leaving the context has stopped everything.
        return
    finally:
        logging.getLogger().removeHandler(log_handler)
        terminal.flush()


def _cancel_on_signals() -> None:
    """Cancel the current task on the first signal; ignore further ones while it stops."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None  # noqa: S101 - a coroutine that runs is in a task
    signals = [number for number in _STOP_SIGNALS if signal.getsignal(number) != signal.SIG_IGN]

    def stop() -> None:
        for number in signals:
            loop.add_signal_handler(number, lambda: None)
        task.cancel()

    for number in signals:
        loop.add_signal_handler(number, stop)


async def _check_address(host: str, port: int) -> None:
    """Fail for a port in use at once, rather than after minutes of installations.

    Raises:
        OSError: The gateway cannot listen on the address.
    """
    listener = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    listener.close()
    await listener.wait_closed()


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop if it is installed: it passes on two to three times as many chunks."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
