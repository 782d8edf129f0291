"""The options of `streaming-construct local`, read for the gateway and for the functions."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from streaming_construct.documents.errors import SourceError
from streaming_construct.local.gateway.authorizers.issuer_keys import is_on_loopback
from streaming_construct.local.gateway.client_checks.host_check import is_loopback
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.lambda_.debugging.debugger import find_debugpy_folder
from streaming_construct.local.lambda_.options import FileSystemMode, LambdaOptions
from streaming_construct.local.lambda_.processes.sandbox import (
    Sandbox,
    SandboxError,
    find_sandbox,
)
from streaming_construct.local.lambda_.runtimes.container_image import is_customer_managed
from streaming_construct.local.settings.debug_ports import read_debug_ports
from streaming_construct.local.settings.env_file import EnvFileError, read_env_file
from streaming_construct.model.api import ApiModel

# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
_BASE_PATH: Final = re.compile(r"[A-Za-z0-9$\-_.+!*'()/]+")


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


def check_requirements(options: CommandOptions) -> None:
    """Raise for options that need another option or a package.

    Raises:
        click.UsageError: An option cannot be used.
    """
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


def read_gateway_options(options: CommandOptions, ports: Mapping[str, int]) -> GatewayOptions:
    """Return the options of the gateway.

    Raises:
        click.UsageError: A value has the wrong form.
    """
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
    issuers = read_pairs("--issuer", "ISSUER=URL", values)
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


def read_lambda_options(
    options: CommandOptions, model: ApiModel, ports: Mapping[str, int]
) -> LambdaOptions:
    """Return the options of the functions.

    Raises:
        click.UsageError: An option names what this machine or the API does not have.
    """
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


def _find_sandbox() -> Sandbox:
    try:
        return find_sandbox()
    except SandboxError as error:
        raise click.UsageError(f"--sandbox: {error}, or remove the option.") from error


def _read_image_commands(values: tuple[str, ...], model: ApiModel) -> dict[str, str]:
    commands = read_pairs("--image-command", "LOGICAL_ID=COMMAND", values)
    images = {
        function.origin.logical_id
        for function in model.functions.values()
        if function.is_container_image or is_customer_managed(function)
    }
    if unknown := sorted(commands.keys() - images):
        names = ", ".join(sorted(filter(None, images))) or "none"
        raise click.UsageError(
            f"--image-command {unknown[0]}: the API has no such container image."
            f" Its container images: {names}."
        )
    return commands


def _read_layers(values: tuple[str, ...], model: ApiModel) -> dict[str, Path]:
    folders = {arn: Path(path) for arn, path in read_pairs("--layer", "ARN=DIR", values).items()}
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


def select_debug_ports(debug: str | None, model: ApiModel) -> dict[str, int]:
    """Return the debug port of each function that `--debug` names, by logical id.

    Raises:
        click.UsageError: `--debug` names no function of the API, or debugpy is missing.
    """
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


def read_variables(files: tuple[Path, ...], values: tuple[str, ...]) -> dict[str, str]:
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
        raise click.UsageError(
            f"--env {missing[0]!r}: the shell has no such variable. Pass a VALUE."
        )
    pairs = read_pairs("--env", "NAME=VALUE", tuple(value for value in values if "=" in value))
    return {**{name: value for name, value in inherited.items() if value is not None}, **pairs}


def read_pairs(option: str, form: str, values: tuple[str, ...]) -> dict[str, str]:
    """Return the pairs of an option that is repeated, such as `--parameter NAME=VALUE`.

    Raises:
        click.UsageError: A value has no `=`.
    """
    pairs = [value.partition("=") for value in values]
    if invalid := [name for name, equals, _ in pairs if not equals]:
        raise click.UsageError(f"{option} requires {form}, not {invalid[0]!r}")
    return {name: value for name, _, value in pairs}
