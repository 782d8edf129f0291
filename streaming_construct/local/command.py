"""`streaming-construct local`: serve a synthesized API on this machine."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import click

from streaming_construct.command_output import CommandOutput
from streaming_construct.documents.errors import SourceError
from streaming_construct.local import session
from streaming_construct.local.command_options import (
    CommandOptions,
    check_requirements,
    read_gateway_options,
    read_lambda_options,
    read_pairs,
    read_variables,
    select_debug_ports,
)
from streaming_construct.local.gateway.startup_messages import list_exposure_messages
from streaming_construct.local.lambda_.processes.open_files import raise_fd_limit
from streaming_construct.local.reload.cdk_app import SynthError, find_app
from streaming_construct.local.reload.live_reload import LiveReload
from streaming_construct.local.reload.outdated_assembly import (
    find_newer_source,
    format_outdated_message,
    synthesize_if_outdated,
)
from streaming_construct.local.session import LocalSession, Watch, serve_until_signal
from streaming_construct.local.settings.variables import set_variables
from streaming_construct.local.sources.source_folder import find_project_folder
from streaming_construct.model.api import ApiModel
from streaming_construct.model.declaration import Declaration
from streaming_construct.templates.reader.api_reader import get_served_api, read_declaration
from streaming_construct.templates.stacks.loader import load_templates
from streaming_construct.terminal import Terminal


class _AppError(click.ClickException):
    """The CDK app fails. The usage of the command is correct, so that it is not printed."""

    exit_code = click.UsageError.exit_code


@click.command()
@click.argument("path", default="cdk.out", type=click.Path(path_type=Path))
@click.option(
    "--stack", metavar="NAME", help="Stack to serve. Required if several stacks contain a REST API."
)
@click.option(
    "--api", metavar="NAME", help="REST API to serve. Required if the stack contains several."
)
@click.option("--stage", metavar="NAME", help="Stage to serve. Default: the first.")
@click.option(
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="Template parameter value. Repeatable.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Host address to bind to.")
@click.option(
    "--port",
    default=3000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to bind to. 0 selects a free port.",
)
@click.option(
    "--limits",
    type=click.Choice(["aws", "off"]),
    default="aws",
    show_default=True,
    help="Enforce AWS size and time limits.",
)
@click.option(
    "--time-scale",
    metavar="N",
    type=click.FloatRange(min=0, min_open=True),
    default=1,
    help="Divide all time limits by N. Example: 300 turns five minutes into one second.",
)
@click.option(
    "--bandwidth",
    type=click.Choice(["aws", "off"]),
    default="off",
    show_default=True,
    help="Simulate the AWS bandwidth limits for streams over 6 MB (Lambda)"
    " and 10 MB (API Gateway).",
)
@click.option(
    "--coalesce",
    metavar="BYTES",
    type=click.IntRange(min=0),
    default=0,
    help="Buffer streamed data until BYTES are available.",
)
@click.option(
    "--base-path",
    metavar="NAME",
    help="Serve under this custom domain base path instead of the stage name; / for the root.",
)
@click.option(
    "--source-ip",
    metavar="ADDRESS",
    help="Use ADDRESS as the client IP and enforce source-IP conditions in the resource policy.",
)
@click.option("--watch", is_flag=True, help="Reload when function code or the CDK app changes.")
@click.option(
    "--env",
    "environment",
    metavar="[FUNCTION:]NAME[=VALUE]",
    multiple=True,
    help="Environment variable for all functions, or for one. Without VALUE, copied from the shell."
    " Repeatable.",
)
@click.option(
    "--env-file",
    "env_files",
    metavar="FILE",
    type=click.Path(path_type=Path),
    multiple=True,
    help="File with environment variables, one NAME=VALUE a line. Repeatable.",
)
@click.option(
    "--import",
    "imports",
    metavar="NAME=VALUE",
    multiple=True,
    help="Value of an export of another stack (Fn::ImportValue). Repeatable.",
)
@click.option(
    "--with-credentials", is_flag=True, help="Pass your AWS credentials to the functions."
)
@click.option(
    "--with-role",
    is_flag=True,
    help="Check the AWS calls of functions with the policies of their roles, and name those that"
    " are not allowed. Allowed calls go to AWS_ENDPOINT_URL, or to AWS with --with-credentials.",
)
@click.option(
    "--allow-remote-credentials",
    is_flag=True,
    help="Allow --with-credentials together with a --host that other machines can reach.",
)
@click.option(
    "--sandbox",
    is_flag=True,
    help="Hide your home folder and other processes from the functions. Linux with bubblewrap.",
)
@click.option(
    "--allow-builds",
    is_flag=True,
    help="Build required Python packages that have no wheel. A build runs their code.",
)
@click.option(
    "--image-command",
    "image_commands",
    metavar="LOGICAL_ID=COMMAND",
    multiple=True,
    help="Command to run instead of a function's container image, or of the image of its"
    " customer-managed runtime. Repeatable.",
)
@click.option(
    "--allow-host",
    "hosts",
    metavar="NAME",
    multiple=True,
    help="Accept this Host header, for example a tunnel's host name. Repeatable.",
)
@click.option(
    "--freeze/--no-freeze",
    "freezes",
    default=True,
    show_default=True,
    help="Stop a function's processes between invocations, as Lambda does.",
)
@click.option(
    "--file-system",
    type=click.Choice(["lambda", "host"]),
    default="lambda",
    show_default=True,
    help="Give functions Lambda's file system: read-only code in /var/task, layers in /opt, their"
    " own /tmp. host: the files of this machine.",
)
@click.option(
    "--layer",
    "layers",
    metavar="ARN=DIR",
    multiple=True,
    help="Folder or zip file of a layer that the template only names by its ARN. Repeatable.",
)
@click.option(
    "--max-environments",
    metavar="N",
    type=click.IntRange(min=1),
    help="Number of execution environments that may be busy at once. Default: 1,000 as in an AWS"
    " account, or fewer if the memory requires it.",
)
@click.option(
    "--allow-origin",
    "origins",
    metavar="ORIGIN",
    multiple=True,
    help="Accept requests of this site's pages, for example https://app.example.com; * for all."
    " Repeatable.",
)
@click.option(
    "--debug",
    metavar="FUNCTION[=PORT]",
    is_flag=False,
    flag_value="",
    help="Start FUNCTION under a debugger and wait for an editor. Optional if the API has one"
    " function.",
)
@click.option(
    "--access-log",
    is_flag=True,
    help="Show the access log of the stage in place of a short line for each request.",
)
@click.option(
    "--lambda-log",
    is_flag=True,
    help="Show the START, END and REPORT lines of Lambda for each invocation.",
)
@click.option(
    "--issuer",
    "issuers",
    metavar="ISSUER=URL",
    multiple=True,
    help="Validate tokens of this issuer of a JWT authorizer with the key set of a provider on"
    " loopback. Repeatable.",
)
@click.option("--quiet", is_flag=True, help="Do not log successful requests.")
def local(**params: Any) -> None:
    """Serve the REST API in PATH locally, with response streaming. Press Ctrl-C to stop.

    PATH is a cloud assembly (the output of `cdk synth`) or a template. Default: cdk.out.
    """
    options = CommandOptions(**params)
    check_requirements(options)
    source = _ApiSource.from_options(options)
    try:
        if options.watch:
            synthesize_if_outdated(options.path, find_app(options.path), CommandOutput())
        declaration = source.read_declaration()
        model = source.create_model(declaration)
    except SourceError as error:
        raise click.UsageError(str(error)) from error
    except SynthError as error:
        raise _AppError(str(error)) from error
    ports = select_debug_ports(options.debug, model)
    gateway_options = read_gateway_options(options, ports)
    lambda_options = read_lambda_options(options, model, ports)
    raise_fd_limit()
    notes = [*declaration.startup_notes, *list_exposure_messages(options.host)]
    try:
        if not options.watch and (file := find_newer_source(options.path, find_app(options.path))):
            notes.append(format_outdated_message(options.path, file))
        session.run(
            serve_until_signal(
                model,
                notes=notes,
                host=options.host,
                port=options.port,
                options=gateway_options,
                functions=lambda_options,
                project=find_project_folder(options.path),
                watch=_create_watch(options.path, source.read_model) if options.watch else None,
            )
        )
    except SynthError as error:
        raise _AppError(str(error)) from error
    except OSError as error:
        _raise_usage_error(error, options.host, options.port)


@dataclass(frozen=True)
class _ApiSource:
    """The API that the options select, with the values that they give."""

    options: CommandOptions
    parameters: Mapping[str, str]
    imports: Mapping[str, str]
    variables: Mapping[str, str]

    @staticmethod
    def from_options(options: CommandOptions) -> _ApiSource:
        return _ApiSource(
            options,
            read_pairs("--parameter", "NAME=VALUE", options.parameters),
            read_pairs("--import", "NAME=VALUE", options.imports),
            read_variables(options.env_files, options.environment),
        )

    def read_declaration(self) -> Declaration:
        options = self.options
        return read_declaration(
            load_templates(options.path),
            stack=options.stack,
            api=options.api,
            stage=options.stage,
            parameters=self.parameters,
            imports=self.imports,
        )

    def create_model(self, declaration: Declaration) -> ApiModel:
        return set_variables(get_served_api(declaration), self.variables)

    def read_model(self) -> ApiModel:
        return self.create_model(self.read_declaration())


def _raise_usage_error(error: OSError, host: str, port: int) -> NoReturn:
    if error.errno == errno.EADDRINUSE:
        message = f"port {port} is in use. Pass --port N, or --port 0 for a free port."
        raise click.UsageError(message) from error
    # None: newer versions of asyncio set no errno if no address can be bound.
    unusable = {errno.EADDRNOTAVAIL, errno.EACCES, None}
    if error.errno in unusable or isinstance(error, socket.gaierror):
        # asyncio puts the address into the text of an error of the system.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror or str(error)
        raise click.UsageError(
            f"The gateway cannot listen on {host}, port {port}: {reason}. Pass --host with an "
            "address of this machine, and --port with a port that you may use."
        ) from error
    raise error


def _create_watch(path: Path, read: Callable[[], ApiModel]) -> Watch:
    if find_spec("watchfiles") is None:
        raise click.UsageError(
            "--watch requires watchfiles: pip install 'streaming-construct[local]'"
        )
    app = find_app(path)

    async def watch(session: LocalSession, terminal: Terminal) -> None:
        await LiveReload(app, path, read, session, terminal).run()

    return watch
