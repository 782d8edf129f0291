"""`streaming-construct local`: serve a synthesized API on this machine."""

from __future__ import annotations

import asyncio
import errno
import re
import signal
import socket
from pathlib import Path
from typing import Any, Final

import click

from streaming_construct.knowledge.model import ApiModel
from streaming_construct.local.console import say
from streaming_construct.local.options import Options
from streaming_construct.local.route_table import route_table
from streaming_construct.local.serving import serving
from streaming_construct.sources.assembly import read_stacks
from streaming_construct.sources.source_error import SourceError
from streaming_construct.sources.template import read_api

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
def local(
    path: Path,
    stack: str | None,
    api: str | None,
    parameters: tuple[str, ...],
    host: str,
    port: int,
    **conditions: Any,
) -> None:
    """Serve the REST API of PATH, streaming as it does when deployed, until Ctrl-C.

    PATH is a cloud assembly (what `cdk synth` writes) or a template; cdk.out by default.
    """
    try:
        model = read_api(
            read_stacks(path), stack=stack, api=api, parameters=_parameters(parameters)
        )
    except SourceError as error:
        raise UserError(str(error)) from error
    try:
        asyncio.run(_serve(model, host, port, _options(**conditions)))
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
    *, limits: str, time_scale: float, bandwidth: str, coalesce: int, base_path: str | None
) -> Options:
    name = (base_path or "").strip("/")
    if base_path is not None and not _BASE_PATH.fullmatch(name):
        raise UserError(f"--base-path takes the path of a base path mapping, not {base_path!r}")
    return Options(
        limits=limits == "aws",
        time_scale=time_scale,
        bandwidth=bandwidth == "aws",
        coalesce_bytes=coalesce,
        base_path=name or None,
    )


async def _serve(model: ApiModel, host: str, port: int, options: Options) -> None:
    """Serve until SIGINT, SIGTERM, or the terminal is closed (SIGHUP, unless under nohup)."""
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
    try:
        async with serving(model, console=say, host=host, port=port, options=options) as served:
            for line in route_table(model, served.unavailable):
                click.echo(line)
            for line in served.authorization.hints(served.url):
                click.echo(line)
            click.echo(served.url)
            await loop.create_future()
    except asyncio.CancelledError:
        # A signal asked for the end; leaving the context has stopped everything.
        return


def _parameters(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise UserError(f"--parameter takes NAME=VALUE, not {wrong[0]!r}")
    return {name: value for name, _, value in pairs}
