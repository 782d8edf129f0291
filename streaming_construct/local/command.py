"""`streaming-construct local`: serve a synthesized API on this machine."""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from streaming_construct.documents.errors import SourceError
from streaming_construct.local import session
from streaming_construct.local.gateway.authorizers.issuer_keys import is_on_loopback
from streaming_construct.local.gateway.client_checks.host_check import is_loopback
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.startup_messages import list_exposure_messages
from streaming_construct.local.lambda_.debugging.debugger import find_debugpy_folder
from streaming_construct.local.lambda_.options import FileSystemMode, LambdaOptions
from streaming_construct.local.lambda_.processes.open_files import raise_fd_limit
from streaming_construct.local.lambda_.processes.sandbox import (
    Sandbox,
    SandboxError,
    find_sandbox,
)
from streaming_construct.local.lambda_.runtimes.container_image import is_customer_managed
from streaming_construct.local.reload.cdk_app import SynthError, find_app
from streaming_construct.local.reload.live_reload import LiveReload
from streaming_construct.local.reload.outdated_assembly import (
    find_newer_source,
    format_outdated_message,
    synthesize_if_outdated,
)
from streaming_construct.local.session import LocalSession, Watch, serve_until_signal
from streaming_construct.local.settings.debug_ports import read_debug_ports
from streaming_construct.local.settings.env_file import EnvFileError, read_env_file
from streaming_construct.local.settings.variables import set_variables
from streaming_construct.local.sources.source_folder import find_project_folder
from streaming_construct.model.api import ApiModel
from streaming_construct.model.declaration import Declaration
from streaming_construct.templates.reader.api_reader import get_served_api, read_declaration
from streaming_construct.templates.stacks.loader import load_templates
from streaming_construct.terminal import Terminal

# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
_BASE_PATH: Final = re.compile(r"[A-Za-z0-9$\-_.+!*'()/]+")


@click.command()
@click.argument("path", default="cdk.out", type=click.Path(path_type=Path))
@click.option(
    "--stack", metavar="NAME", help="Stack to serve. Required if several stacks contain a REST API."
)
@click.option(
    "--api", metavar="NAME", help="REST API to serve. Required if the stack contains several."
)
@click.option("--stage", metavar="NAME", help="Stage to serve. Required if the API has several.")
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
    _check_requirements(options)
    source = _ApiSource.from_options(options)
    try:
        if options.watch:
            synthesize_if_outdated(options.path, find_app(options.path), click.echo)
        declaration = source.read_declaration()
        model = source.create_model(declaration)
    except (SourceError, SynthError) as error:
        raise click.UsageError(str(error)) from error
    ports = _read_debug_ports(options.debug, model)
    gateway_options = _read_gateway_options(options, ports)
    lambda_options = _read_lambda_options(options, model, ports)
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
        raise click.UsageError(str(error)) from error
    except OSError as error:
        _raise_usage_error(error, options.host, options.port)


@dataclass(frozen=True, kw_only=True)
class CommandOptions:
    """The argument and the options of `local`, by the names that click passes."""

    path: Path
    stack: str | None
    api: str | None
    stage: str | None
    parameters: tuple[str, ...]
    host: str
    port: int
    limits: str
    time_scale: float
    bandwidth: str
    coalesce: int
    base_path: str | None
    source_ip: str | None
    watch: bool
    environment: tuple[str, ...]
    env_files: tuple[Path, ...]
    imports: tuple[str, ...]
    with_credentials: bool
    with_role: bool
    allow_remote_credentials: bool
    sandbox: bool
    allow_builds: bool
    image_commands: tuple[str, ...]
    hosts: tuple[str, ...]
    freezes: bool
    file_system: FileSystemMode
    layers: tuple[str, ...]
    max_environments: int | None
    origins: tuple[str, ...]
    debug: str | None
    access_log: bool
    lambda_log: bool
    issuers: tuple[str, ...]
    quiet: bool


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
            _read_pairs("--parameter", "NAME=VALUE", options.parameters),
            _read_pairs("--import", "NAME=VALUE", options.imports),
            _read_variables(options.env_files, options.environment),
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


def _check_requirements(options: CommandOptions) -> None:
    is_remote = not is_loopback(options.host)
    if options.with_credentials and is_remote and not options.allow_remote_credentials:
        raise click.UsageError(
            f"--with-credentials with --host {options.host} lets other machines use your AWS"
            " credentials through the functions. Remove one of both, or pass"
            " --allow-remote-credentials."
        )
    if options.with_role and find_spec("botocore") is None:
        raise click.UsageError(
            "--with-role requires botocore: pip install 'streaming-construct[local,aws]'"
        )


def _read_lambda_options(
    options: CommandOptions, model: ApiModel, ports: Mapping[str, int]
) -> LambdaOptions:
    return LambdaOptions(
        inherit_credentials=options.with_credentials,
        checks_roles=options.with_role,
        allow_builds=options.allow_builds,
        sandbox=_find_sandbox() if options.sandbox else None,
        image_commands=_read_image_commands(options.image_commands, model),
        quiet=options.quiet or not options.lambda_log,
        freezes=options.freezes,
        layers=_read_layers(options.layers, model),
        file_system=options.file_system,
        max_environments=options.max_environments,
        debug_ports=ports,
    )


def _read_debug_ports(debug: str | None, model: ApiModel) -> dict[str, int]:
    try:
        ports = read_debug_ports(model, debug)
    except SourceError as error:
        raise click.UsageError(f"--debug: {error}") from error
    is_python = any(
        not (model.functions[name].runtime or "").startswith("nodejs") for name in ports
    )
    if is_python and find_debugpy_folder() is None:
        raise click.UsageError(
            "--debug requires debugpy: pip install 'streaming-construct[local,debug]'"
        )
    return ports


def _find_sandbox() -> Sandbox:
    try:
        return find_sandbox()
    except SandboxError as error:
        raise click.UsageError(f"--sandbox: {error}, or remove the option.") from error


def _raise_usage_error(error: OSError, host: str, port: int) -> NoReturn:
    if error.errno == errno.EADDRINUSE:
        message = f"port {port} is in use. Pass --port N, or --port 0 for a free port."
        raise click.UsageError(message) from error
    # None: newer versions of asyncio set no errno if no address can be bound.
    unusable = {errno.EADDRNOTAVAIL, errno.EACCES, None}
    if error.errno in unusable or isinstance(error, socket.gaierror):
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise click.UsageError(
            f"The gateway cannot listen on {host}, port {port}: {reason}. Pass --host with an "
            "address of this machine, and --port with a port that you may use."
        ) from error
    raise error


def _read_gateway_options(options: CommandOptions, ports: Mapping[str, int]) -> GatewayOptions:
    base_path, source_ip = options.base_path, options.source_ip
    name = (base_path or "").strip("/")
    if base_path not in (None, "/") and not _BASE_PATH.fullmatch(name):
        raise click.UsageError(
            f"--base-path requires the path of a base path mapping, not {base_path!r}"
        )
    if source_ip is not None and not _is_address(source_ip):
        raise click.UsageError(
            f"--source-ip requires an IP address such as 203.0.113.7, not {source_ip!r}"
        )
    return GatewayOptions(
        limits=options.limits == "aws",
        time_scale=options.time_scale,
        bandwidth=options.bandwidth == "aws",
        coalesce_bytes=options.coalesce,
        base_path=None if base_path is None else name,
        source_ip=source_ip,
        hosts=options.hosts,
        allowed_origins=options.origins,
        issuers=_read_issuers(options.issuers),
        access_log=options.access_log,
        quiet=options.quiet,
        debugged_functions=frozenset(ports),
    )


def _read_issuers(values: tuple[str, ...]) -> dict[str, str]:
    issuers = _read_pairs("--issuer", "ISSUER=URL", values)
    if remote_urls := sorted(url for url in issuers.values() if not is_on_loopback(url)):
        raise click.UsageError(
            f"--issuer requires a URL on loopback, such as http://127.0.0.1:9000, not"
            f" {remote_urls[0]!r}"
        )
    return issuers


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _create_watch(path: Path, read: Callable[[], ApiModel]) -> Watch:
    if find_spec("watchfiles") is None:
        raise click.UsageError(
            "--watch requires watchfiles: pip install 'streaming-construct[local]'"
        )
    app = find_app(path)

    async def watch(session: LocalSession, terminal: Terminal) -> None:
        await LiveReload(app, path, read, session, console=terminal).run()

    return watch


def _read_variables(files: tuple[Path, ...], values: tuple[str, ...]) -> dict[str, str]:
    """Return the variables of files, then those of options, by `NAME` or `FUNCTION:NAME`."""
    try:
        from_files = {name: value for file in files for name, value in read_env_file(file).items()}
    except EnvFileError as error:
        raise click.UsageError(f"--env-file: {error}") from error
    return {**from_files, **_read_environment(values)}


def _read_environment(values: tuple[str, ...]) -> dict[str, str]:
    inherited = {
        name: os.environ.get(name.rpartition(":")[2]) for name in values if "=" not in name
    }
    if missing := sorted(name for name, value in inherited.items() if value is None):
        raise click.UsageError(f"--env {missing[0]}: the shell has no such variable. Pass a VALUE.")
    pairs = _read_pairs("--env", "NAME=VALUE", tuple(value for value in values if "=" in value))
    return {**{name: value for name, value in inherited.items() if value is not None}, **pairs}


def _read_image_commands(values: tuple[str, ...], model: ApiModel) -> dict[str, str]:
    commands = _read_pairs("--image-command", "LOGICAL_ID=COMMAND", values)
    images = {
        function.origin.logical_id
        for function in model.functions.values()
        if function.image or is_customer_managed(function)
    }
    if unknown := sorted(commands.keys() - images):
        names = ", ".join(sorted(filter(None, images))) or "none"
        raise click.UsageError(
            f"--image-command {unknown[0]}: the API has no such container image."
            f" Its container images: {names}."
        )
    return commands


def _read_layers(values: tuple[str, ...], model: ApiModel) -> dict[str, Path]:
    folders = {arn: Path(path) for arn, path in _read_pairs("--layer", "ARN=DIR", values).items()}
    layers = [layer for function in model.functions.values() for layer in function.layers]
    arns = {layer.arn for layer in layers if layer.arn}
    if unknown := sorted(folders.keys() - arns):
        names = ", ".join(sorted(arns)) or "none"
        raise click.UsageError(
            f"--layer {unknown[0]}: no function of the API has such a layer. Its layers: {names}."
        )
    if missing := [path for path in folders.values() if not path.exists()]:
        raise click.UsageError(f"--layer: {missing[0]} does not exist. Pass a folder or zip file.")
    return folders


def _read_pairs(option: str, form: str, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    if invalid := [name for name, equals, _ in pairs if not equals]:
        raise click.UsageError(f"{option} requires {form}, not {invalid[0]!r}")
    return {name: value for name, _, value in pairs}
