"""The functions of an assembly, found by the name that an integration's ARN gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from streaming_construct.aws.lambda_runtimes import NON_STREAMING_RUNTIMES
from streaming_construct.aws.limits import FUNCTION_TIMEOUT_DEFAULT_SECONDS
from streaming_construct.aws.tenant_isolation import TENANT_ISOLATION_MODE
from streaming_construct.aws.web_adapter import (
    EXEC_WRAPPER_VARIABLE,
    is_adapter_layer,
    is_streaming_enabled,
    runs_behind_adapter,
)
from streaming_construct.model.functions import Function, Layer, LoggingConfig
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.unresolved import add_unresolved
from streaming_construct.templates.reader.lambda_functions.execution_roles import ExecutionRoles
from streaming_construct.templates.reader.lambda_functions.handler_file import (
    read_handler_file,
    writes_www_authenticate,
)
from streaming_construct.templates.reader.lambda_functions.permissions import Permissions
from streaming_construct.templates.reader.unknown_elements import unknown_function_elements
from streaming_construct.templates.resolver.physical_ids import function_name
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, as_number, to_string
from streaming_construct.templates.stacks.origin import origin_of
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved

_PROVISIONED: Final = "ProvisionedConcurrentExecutions"
# The resolver gives the same number to a version that does not exist yet.
_FIRST_VERSION: Final = "1"


class LambdaFunctions:
    """Finds functions by name in the stacks that `resolvers` resolve."""

    def __init__(self, resolvers: Sequence[Resolver]) -> None:
        self._declared = {
            function_name(str(resolver.ref(logical_id))): (resolver, logical_id, resource)
            for resolver in resolvers
            for logical_id, resource in resolver.resources("AWS::Lambda::Function")
        }
        self._qualified = [
            resolver.properties(resource)
            for resolver in resolvers
            for kind in ("AWS::Lambda::Alias", "AWS::Lambda::Version")
            for _, resource in resolver.resources(kind)
        ]
        self._permissions = Permissions(resolvers)
        self._roles = ExecutionRoles(resolvers)
        self._layers = {
            str(resolver.ref(logical_id)): (resolver, logical_id, resource)
            for resolver in resolvers
            for logical_id, resource in resolver.resources("AWS::Lambda::LayerVersion")
        }

    def find(self, name: str) -> Function | None:
        """Read the function of that name; None when no stack declares it."""
        if name not in self._declared:
            return None
        resolver, logical_id, resource = self._declared[name]
        properties = resolver.properties(resource)
        unresolved: dict[str, str] = {}
        timeout = properties.get("Timeout", FUNCTION_TIMEOUT_DEFAULT_SECONDS)
        memory = _number(properties.get("MemorySize"), "MemorySize", unresolved)
        # https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html: x86_64 by default
        architectures = as_list(properties.get("Architectures", ["x86_64"])) or [None]
        layers = properties.get("Layers")
        environment = _environment(properties, unresolved)
        runtime = _known(properties.get("Runtime"), "Runtime", unresolved)
        handler = _known(properties.get("Handler"), "Handler", unresolved)
        code = _code(resolver.stack, properties.get("Code"), "Code", unresolved)
        inline = _inline(properties.get("Code"), unresolved)
        return Function(
            id=name,
            origin=origin_of(resolver.stack, logical_id),
            name=name,
            arn=to_string(resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]})),
            region=resolver.stack.region if resolver.stack.has_known_region else None,
            runtime=runtime,
            handler=handler,
            code=code,
            inline_code=inline,
            image=properties.get("PackageType") == "Image",
            environment=environment,
            layers=tuple(
                replace(
                    self._layer(layer, unresolved),
                    region=_layer_region(layer, as_mapping(resource.get("Properties")), resolver),
                )
                for layer in ([layers] if isinstance(layers, Unresolved) else as_list(layers))
            ),
            streams=_streams(runtime, environment, layers, inline),
            handler_file=read_handler_file(code, handler) if code and handler else None,
            logging=_logging(properties.get("LoggingConfig"), unresolved),
            is_tenant_isolated=_is_tenant_isolated(properties.get("TenancyConfig"), unresolved),
            has_runtime_config="RuntimeConfig" in properties,
            writes_www_authenticate=writes_www_authenticate(code, handler, inline),
            permissions=self._permissions.of(name),
            overwritten_permissions=self._permissions.overwritten(name),
            timeout_seconds=_number(timeout, "Timeout", unresolved),
            memory_mb=None if memory is None else int(memory),
            architecture=_known(architectures[0], "Architectures", unresolved),
            reserved_concurrency=_count(properties.get("ReservedConcurrentExecutions")),
            provisioned_concurrency=self._provisioned(name),
            versions=self._versions(name),
            tracing=_known(
                as_mapping(properties.get("TracingConfig")).get("Mode"), "TracingConfig", unresolved
            ),
            ephemeral_storage_mb=_count(as_mapping(properties.get("EphemeralStorage")).get("Size")),
            execution_role=self._roles.find(properties.get("Role")),
            unresolved=unresolved,
            unknown=unknown_function_elements(properties),
        )

    def _provisioned(self, name: str) -> int:
        """The provisioned concurrency of the function's aliases and versions together."""
        return sum(
            _count(as_mapping(qualified.get("ProvisionedConcurrencyConfig")).get(_PROVISIONED)) or 0
            for qualified in self._qualified
            if function_name(str(qualified.get("FunctionName"))) == name
        )

    def _versions(self, name: str) -> dict[str, str]:
        """Return the version of each alias and each version of the function."""
        versions = {}
        for properties in self._qualified:
            if function_name(str(properties.get("FunctionName"))) == name:
                version = str(properties.get("FunctionVersion", _FIRST_VERSION))
                versions[str(properties.get("Name", version))] = version
        return versions

    def _layer(self, arn: object, unresolved: dict[str, str]) -> Layer:
        if isinstance(arn, Unresolved):
            add_unresolved(unresolved, "Layers", arn)
            return Layer(origin=SourceLocation())
        if str(arn) not in self._layers:
            return Layer(origin=SourceLocation(arn=str(arn)), arn=str(arn))
        resolver, logical_id, resource = self._layers[str(arn)]
        content = resolver.properties(resource).get("Content")
        return Layer(
            origin=origin_of(resolver.stack, logical_id),
            arn=str(arn),
            code=_code(resolver.stack, content, "Layers.Content", unresolved),
        )


def _layer_region(arn: object, written: Mapping[str, Any], resolver: Resolver) -> str | None:
    """Return the Region in the ARN of a layer; None if it may come from the placeholder."""
    parts = arn.split(":") if isinstance(arn, str) and ":layer:" in arn else []
    if len(parts) < 4:
        return None
    is_literal = arn in as_list(written.get("Layers"))
    is_known = resolver.stack.has_known_region or is_literal or parts[3] != resolver.stack.region
    return parts[3] if is_known else None


def _is_tenant_isolated(config: object, unresolved: dict[str, str]) -> bool:
    mode = as_mapping(config).get("TenantIsolationMode")
    for value in (config, mode):
        if isinstance(value, Unresolved):
            unresolved["TenancyConfig"] = str(value)
    return mode == TENANT_ISOLATION_MODE


def _streams(
    runtime: str | None, environment: Mapping[str, str], layers: object, inline: str | None
) -> bool | None:
    """Say whether a function streams, where its adapter, its runtime or its source tells."""
    arns = [str(arn) for arn in as_list(layers)]
    if runs_behind_adapter(environment, arns):
        return is_streaming_enabled(environment)
    if EXEC_WRAPPER_VARIABLE in environment or any(map(is_adapter_layer, arns)):
        return None
    if inline is not None and runtime is not None and runtime.startswith("nodejs"):
        return "streamifyResponse" in inline
    return False if runtime is not None and runtime.startswith(NON_STREAMING_RUNTIMES) else None


def _logging(value: object, unresolved: dict[str, str]) -> LoggingConfig:
    if isinstance(value, Unresolved):
        add_unresolved(unresolved, "LoggingConfig", value)
    members = as_mapping(value)

    def member(name: str) -> str | None:
        return _known(members.get(name), f"LoggingConfig.{name}", unresolved)

    return LoggingConfig(
        log_format=member("LogFormat"),
        application_log_level=member("ApplicationLogLevel"),
        log_group=member("LogGroup"),
    )


def _environment(properties: Mapping[str, Any], unresolved: dict[str, str]) -> dict[str, str]:
    declared = properties.get("Environment")
    variables = as_mapping(declared).get("Variables")
    for value in (declared, variables):
        if isinstance(value, Unresolved):
            add_unresolved(unresolved, "Environment", value)
    for name, value in as_mapping(variables).items():
        if isinstance(value, Unresolved):
            add_unresolved(unresolved, f"Environment.Variables.{name}", value)
    return {
        name: to_string(value)
        for name, value in as_mapping(variables).items()
        if not isinstance(value, Unresolved)
    }


def _code(stack: Stack, code: object, name: str, unresolved: dict[str, str]) -> Path | None:
    """Find the folder or zip file that `Code` or `Content` names."""
    if isinstance(code, Mapping) and code.keys() & {"ImageUri", "ZipFile"}:
        return None
    key = code.get("S3Key") if isinstance(code, Mapping) else code
    asset = stack.resolve_asset(key) if isinstance(key, str) else key
    if isinstance(asset, Path):
        return asset
    bucket = code.get("S3Bucket") if isinstance(code, Mapping) else None
    if isinstance(bucket, str) and isinstance(key, str) and isinstance(asset, Unresolved):
        asset = Unresolved(f"it is in the bucket {bucket}, and {asset}. Put the archive there")
    add_unresolved(unresolved, name, asset or "the template names none")
    return None


def _inline(code: object, unresolved: dict[str, str]) -> str | None:
    return _known(as_mapping(code).get("ZipFile"), "Code", unresolved)


def _number(value: object, name: str, unresolved: dict[str, str]) -> float | None:
    if value is None or (number := as_number(value)) is not None:
        return None if value is None else number
    add_unresolved(unresolved, name, value)
    return None


def _count(value: object) -> int | None:
    """A number of environments; one that is not known bounds nothing, and starts none."""
    return int(str(value)) if str(value).isdecimal() else None


def _known(value: object, name: str, unresolved: dict[str, str]) -> str | None:
    if isinstance(value, Unresolved):
        add_unresolved(unresolved, name, value)
        return None
    return None if value is None else to_string(value)
