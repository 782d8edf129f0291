"""`streaming-construct local`: serve a synthesized API on this machine."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import re
import signal
import socket
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click

from streaming_construct.documents.errors import SourceError
from streaming_construct.local import session
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.startup_messages import base_path_hints, route_table
from streaming_construct.local.lambda_.processes.open_files import raise_fd_limit
from streaming_construct.local.lambda_.service import LambdaOptions
from streaming_construct.local.reload.cdk_app import SynthError, find_app
from streaming_construct.local.reload.live_reload import LiveReload
from streaming_construct.local.session import LocalSession, serve_locally
from streaming_construct.model.api import ApiModel
from streaming_construct.model.declaration import Declaration
from streaming_construct.templates.reader.api_reader import read_declaration, served_api
from streaming_construct.templates.stacks.cloud_assembly import read_stacks
from streaming_construct.terminal import Terminal

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
_BASE_PATH: Final = re.compile(r"[A-Za-z0-9$\-_.+!*'()/]+")


class UserError(click.ClickException):
    """A mistake of the user's: one sentence, exit code 2."""

    exit_code = 2


@click.command()
@click.argument("path", default="cdk.out", type=click.Path(path_type=Path))
@click.option("--stack", metavar="NAME", help="The stack to serve, where several hold a REST API.")
@click.option("--api", metavar="NAME", help="The API to serve, where its stack holds several.")
@click.option("--stage", metavar="NAME", help="The stage to serve, where the API has several.")
@click.option(
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="The value of a template parameter; may be given several times.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=3000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 picks a free one.",
)
@click.option(
    "--limits",
    type=click.Choice(["aws", "off"]),
    default="aws",
    show_default=True,
    help="Whether AWS's limits of sizes and times are enforced.",
)
@click.option(
    "--time-scale",
    metavar="N",
    type=click.FloatRange(min=0, min_open=True),
    default=1,
    help="Divide every time limit by N: with 300, five minutes are a second.",
)
@click.option(
    "--bandwidth",
    type=click.Choice(["aws", "off"]),
    default="off",
    show_default=True,
    help="Whether streams are slowed down as they are beyond 6 and 10 MB.",
)
@click.option(
    "--coalesce",
    metavar="BYTES",
    type=click.IntRange(min=0),
    default=0,
    help="Hold streamed bytes back until so many are there.",
)
@click.option(
    "--base-path",
    metavar="NAME",
    help="Serve under the base path of a custom domain name instead of under the stage.",
)
@click.option(
    "--source-ip",
    metavar="ADDRESS",
    help="Take callers for coming from there, and enforce a resource policy of source addresses.",
)
@click.option("--watch", is_flag=True, help="Serve what is edited: function code, and the CDK app.")
@click.option(
    "--env",
    "environment",
    metavar="NAME[=VALUE]",
    multiple=True,
    help="A variable for all functions, your shell's without VALUE; may be given several times.",
)
@click.option("--with-credentials", is_flag=True, help="Let functions use your AWS credentials.")
@click.option(
    "--image-command",
    "image_commands",
    metavar="LOGICAL_ID=COMMAND",
    multiple=True,
    help="What to run for a container image; may be given several times.",
)
@click.option(
    "--allow-host",
    "hosts",
    metavar="NAME",
    multiple=True,
    help="A further name that requests may be sent to, a tunnel's say; may be given several times.",
)
@click.option("--quiet", is_flag=True, help="Say nothing of requests that go well.")
def local(
    path: Path,
    stack: str | None,
    api: str | None,
    stage: str | None,
    parameters: tuple[str, ...],
    host: str,
    port: int,
    watch: bool,  # noqa: FBT001 - click passes options by name
    with_credentials: bool,  # noqa: FBT001 - click passes options by name
    environment: tuple[str, ...],
    image_commands: tuple[str, ...],
    quiet: bool,  # noqa: FBT001 - click passes options by name
    **conditions: Any,
) -> None:
    """Serve the REST API of PATH, streaming as it does when deployed, until Ctrl-C.

    PATH is a cloud assembly (what `cdk synth` writes) or a template; cdk.out by default.
    """
    given = _parameters(parameters)

    def read() -> Declaration:
        return read_declaration(
            read_stacks(path), stack=stack, api=api, stage=stage, parameters=given
        )

    try:
        declaration = read()
        model = served_api(declaration)
    except SourceError as error:
        raise UserError(str(error)) from error
    options = _options(quiet=quiet, **conditions)
    functions = LambdaOptions(
        inherit_credentials=with_credentials,
        environment=_environment(environment),
        image_commands=_image_commands(image_commands, model),
        quiet=quiet,
    )
    raise_fd_limit()
    try:
        reload = _reload(path, lambda: served_api(read())) if watch else None
        session.run(_serve(declaration, host, port, options, functions, reload))
    except SynthError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} is taken: say --port N, or --port 0 to have a free one picked"
            raise UserError(message) from error
        # None: where no address can be bound, newer versions of asyncio give words alone.
        unusable = {errno.EADDRNOTAVAIL, errno.EACCES, None}
        if error.errno in unusable or isinstance(error, socket.gaierror):
            raise UserError(f"{host}, port {port} cannot be listened on: {error}") from error
        raise


def _options(
    *,
    limits: str,
    time_scale: float,
    bandwidth: str,
    coalesce: int,
    base_path: str | None,
    source_ip: str | None,
    hosts: tuple[str, ...],
    quiet: bool,
) -> GatewayOptions:
    name = (base_path or "").strip("/")
    if base_path is not None and not _BASE_PATH.fullmatch(name):
        raise UserError(f"--base-path takes the path of a base path mapping, not {base_path!r}")
    if source_ip is not None and not _is_address(source_ip):
        raise UserError(f"--source-ip takes an address as in 203.0.113.7, not {source_ip!r}")
    return GatewayOptions(
        limits=limits == "aws",
        time_scale=time_scale,
        bandwidth=bandwidth == "aws",
        coalesce_bytes=coalesce,
        base_path=name or None,
        source_ip=source_ip,
        hosts=hosts,
        quiet=quiet,
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _reload(
    path: Path, read: Callable[[], ApiModel]
) -> Callable[[LocalSession, Terminal], LiveReload]:
    if find_spec("watchfiles") is None:
        raise UserError("watchfiles is missing: pip install 'streaming-construct[local]'")
    app = find_app(path)
    return lambda serving, console: LiveReload(app, path, read, serving, console=console)


async def _serve(
    declaration: Declaration,
    host: str,
    port: int,
    options: GatewayOptions,
    functions: LambdaOptions,
    reload: Callable[[LocalSession, Terminal], LiveReload] | None,
) -> None:
    """Serve until SIGINT, SIGTERM, or the terminal is closed (SIGHUP, unless under nohup)."""
    model = declaration.api
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine that runs is in a task
    loop = asyncio.get_running_loop()

    stopping = [number for number in _STOPPING if signal.getsignal(number) is not signal.SIG_IGN]

    def stop() -> None:
        for number in stopping:
            loop.add_signal_handler(number, lambda: None)  # once more must not stop the stopping
        task.cancel()

    for number in stopping:
        loop.add_signal_handler(number, stop)
    console = Terminal()
    try:
        async with serve_locally(
            model, console=console, host=host, port=port, options=options, functions=functions
        ) as served:
            for line in route_table(model, served.unavailable, declaration.startup_notes):
                console(line)
            authorization, checks = served.front.authorization, served.front.checks
            hints = (*authorization.hints(served.url), *checks.hints())
            for line in (*hints, *base_path_hints(model, options.base_path)):
                console(line)
            console(served.url)
            await (reload(served, console).run() if reload else loop.create_future())
    except asyncio.CancelledError:
        # A signal asked for the end; leaving the context has stopped everything.
        return
    finally:
        console.flush()


def _parameters(given: tuple[str, ...]) -> dict[str, str]:
    return _pairs("--parameter takes NAME=VALUE", given)


def _environment(given: tuple[str, ...]) -> dict[str, str]:
    values = {name: os.environ.get(name) for name in given if "=" not in name}
    if missing := sorted(name for name, value in values.items() if value is None):
        raise UserError(f"--env {missing[0]}: your shell has no such variable: say NAME=VALUE")
    said = _pairs("--env takes NAME=VALUE", tuple(each for each in given if "=" in each))
    return {**{name: value for name, value in values.items() if value is not None}, **said}


def _image_commands(given: tuple[str, ...], model: ApiModel) -> dict[str, str]:
    commands = _pairs("--image-command takes LOGICAL_ID=COMMAND", given)
    images = {each.origin.logical_id for each in model.functions.values() if each.image}
    if wrong := sorted(commands.keys() - images):
        known = ", ".join(sorted(filter(None, images))) or "none"
        raise UserError(f"--image-command {wrong[0]}: the API's container images are {known}")
    return commands


def _pairs(usage: str, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise UserError(f"{usage}, not {wrong[0]!r}")
    return {name: value for name, _, value in pairs}
