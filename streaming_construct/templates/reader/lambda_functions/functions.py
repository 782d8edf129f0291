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
    is_behind_adapter,
    is_streaming_enabled,
)
from streaming_construct.model.functions import Function, Layer, LoggingConfig
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.unresolved import add_unresolved
from streaming_construct.templates.reader.lambda_functions.execution_roles import ExecutionRoles
from streaming_construct.templates.reader.lambda_functions.handler_file import (
    is_writing_www_authenticate,
    read_handler_file,
)
from streaming_construct.templates.reader.lambda_functions.permissions import Permissions
from streaming_construct.templates.reader.unknown_elements import find_unknown_function_elements
from streaming_construct.templates.resolver.physical_ids import extract_function_name
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, as_number, to_string
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved

_PROVISIONED: Final = "ProvisionedConcurrentExecutions"
# The resolver gives the same number to a version that does not exist yet.
_FIRST_VERSION: Final = "1"


class LambdaFunctions:
    """Finds functions by name in the stacks that `resolvers` resolve."""

    def __init__(self, resolvers: Sequence[Resolver]) -> None:
        self._declared = {
            extract_function_name(str(resolver.ref(logical_id))): (resolver, logical_id, resource)
            for resolver in resolvers
            for logical_id, resource in resolver.list_resources("AWS::Lambda::Function")
        }
        self._qualified = [
            resolver.properties(resource)
            for resolver in resolvers
            for kind in ("AWS::Lambda::Alias", "AWS::Lambda::Version")
            for _, resource in resolver.list_resources(kind)
        ]
        self._permissions = Permissions(resolvers)
        self._roles = ExecutionRoles(resolvers)
        self._layers = {
            str(resolver.ref(logical_id)): (resolver, logical_id, resource)
            for resolver in resolvers
            for logical_id, resource in resolver.list_resources("AWS::Lambda::LayerVersion")
        }

    def find(self, name: str) -> Function | None:
        """Read the function of that name; None when no stack declares it."""
        if name not in self._declared:
            return None
        resolver, logical_id, resource = self._declared[name]
        properties = resolver.properties(resource)
        unresolved: dict[str, str] = {}
        environment = _read_environment(properties, unresolved)
        runtime = _read_known_string(properties.get("Runtime"), "Runtime", unresolved)
        handler = _read_known_string(properties.get("Handler"), "Handler", unresolved)
        code = _find_code(resolver.stack, properties.get("Code"), "Code", unresolved)
        inline = _read_inline_source(properties.get("Code"), unresolved)
        return Function(
            id=name,
            origin=find_origin(resolver.stack, logical_id),
            name=name,
            arn=to_string(resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]})),
            region=resolver.stack.region if resolver.stack.has_known_region else None,
            runtime=runtime,
            handler=handler,
            code=code,
            inline_code=inline,
            is_container_image=properties.get("PackageType") == "Image",
            environment=environment,
            layers=self._read_layers(properties, resource, resolver, unresolved),
            is_streaming=_is_streaming(runtime, environment, properties.get("Layers"), inline),
            handler_file=read_handler_file(code, handler) if code and handler else None,
            logging=_read_logging(properties.get("LoggingConfig"), unresolved),
            is_tenant_isolated=_is_tenant_isolated(properties.get("TenancyConfig"), unresolved),
            has_runtime_config="RuntimeConfig" in properties,
            has_www_authenticate=is_writing_www_authenticate(code, handler, inline),
            permissions=self._permissions.read_permissions(name),
            overwritten_permissions=self._permissions.read_overwritten_permissions(name),
            timeout_seconds=_read_timeout(properties, unresolved),
            memory_mb=_read_memory(properties, unresolved),
            architecture=_read_architecture(properties, unresolved),
            reserved_concurrency=_read_count(properties.get("ReservedConcurrentExecutions")),
            provisioned_concurrency=self._sum_provisioned_concurrency(name),
            versions=self._read_versions(name),
            tracing=_read_tracing(properties, unresolved),
            ephemeral_storage_mb=_read_count(
                as_mapping(properties.get("EphemeralStorage")).get("Size")
            ),
            execution_role=self._roles.find(properties.get("Role")),
            unresolved=unresolved,
            unknown=find_unknown_function_elements(properties),
        )

    def _read_layers(
        self,
        properties: Mapping[str, Any],
        resource: Mapping[str, Any],
        resolver: Resolver,
        unresolved: dict[str, str],
    ) -> tuple[Layer, ...]:
        layers = properties.get("Layers")
        declared = as_mapping(resource.get("Properties"))
        return tuple(
            replace(
                self._read_layer(layer, unresolved),
                region=_find_layer_region(layer, declared, resolver),
            )
            for layer in ([layers] if isinstance(layers, Unresolved) else as_list(layers))
        )

    def _sum_provisioned_concurrency(self, name: str) -> int:
        """Return the provisioned concurrency of all aliases and versions of the function."""
        return sum(
            _read_count(as_mapping(qualified.get("ProvisionedConcurrencyConfig")).get(_PROVISIONED))
            or 0
            for qualified in self._qualified
            if extract_function_name(str(qualified.get("FunctionName"))) == name
        )

    def _read_versions(self, name: str) -> dict[str, str]:
        """Return the version of each alias and each version of the function."""
        versions = {}
        for properties in self._qualified:
            if extract_function_name(str(properties.get("FunctionName"))) == name:
                version = str(properties.get("FunctionVersion", _FIRST_VERSION))
                versions[str(properties.get("Name", version))] = version
        return versions

    def _read_layer(self, arn: object, unresolved: dict[str, str]) -> Layer:
        if isinstance(arn, Unresolved):
            add_unresolved(unresolved, "Layers", arn)
            return Layer(origin=SourceLocation())
        if str(arn) not in self._layers:
            return Layer(origin=SourceLocation(arn=str(arn)), arn=str(arn))
        resolver, logical_id, resource = self._layers[str(arn)]
        content = resolver.properties(resource).get("Content")
        return Layer(
            origin=find_origin(resolver.stack, logical_id),
            arn=str(arn),
            code=_find_code(resolver.stack, content, "Layers.Content", unresolved),
        )


def _find_layer_region(arn: object, written: Mapping[str, Any], resolver: Resolver) -> str | None:
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


def _is_streaming(
    runtime: str | None, environment: Mapping[str, str], layers: object, inline: str | None
) -> bool | None:
    """Return whether a function streams, by its adapter, runtime or source; None if unknown."""
    arns = [str(arn) for arn in as_list(layers)]
    if is_behind_adapter(environment, arns):
        return is_streaming_enabled(environment)
    if EXEC_WRAPPER_VARIABLE in environment or any(map(is_adapter_layer, arns)):
        return None
    if inline is not None and runtime is not None and runtime.startswith("nodejs"):
        return "streamifyResponse" in inline
    return False if runtime is not None and runtime.startswith(NON_STREAMING_RUNTIMES) else None


def _read_logging(value: object, unresolved: dict[str, str]) -> LoggingConfig:
    if isinstance(value, Unresolved):
        add_unresolved(unresolved, "LoggingConfig", value)
    members = as_mapping(value)

    def read_member(name: str) -> str | None:
        return _read_known_string(members.get(name), f"LoggingConfig.{name}", unresolved)

    return LoggingConfig(
        log_format=read_member("LogFormat"),
        application_log_level=read_member("ApplicationLogLevel"),
        log_group=read_member("LogGroup"),
    )


def _read_environment(properties: Mapping[str, Any], unresolved: dict[str, str]) -> dict[str, str]:
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


def _find_code(stack: Stack, code: object, name: str, unresolved: dict[str, str]) -> Path | None:
    """Find the folder or zip file that `Code` or `Content` names."""
    if isinstance(code, Mapping) and code.keys() & {"ImageUri", "ZipFile"}:
        return None
    key = code.get("S3Key") if isinstance(code, Mapping) else code
    asset = stack.resolve_asset(key) if isinstance(key, str) else key
    if isinstance(asset, Path):
        return asset
    bucket = code.get("S3Bucket") if isinstance(code, Mapping) else None
    if isinstance(bucket, str) and isinstance(key, str) and isinstance(asset, Unresolved):
        reason = f"the archive is in the bucket {bucket}, and {asset}. Put the archive there"
        asset = Unresolved(reason)
    add_unresolved(unresolved, name, asset or "the template names none")
    return None


def _read_inline_source(code: object, unresolved: dict[str, str]) -> str | None:
    return _read_known_string(as_mapping(code).get("ZipFile"), "Code", unresolved)


def _read_timeout(properties: Mapping[str, Any], unresolved: dict[str, str]) -> float | None:
    timeout = properties.get("Timeout", FUNCTION_TIMEOUT_DEFAULT_SECONDS)
    return _read_number(timeout, "Timeout", unresolved)


def _read_memory(properties: Mapping[str, Any], unresolved: dict[str, str]) -> int | None:
    memory = _read_number(properties.get("MemorySize"), "MemorySize", unresolved)
    return None if memory is None else int(memory)


def _read_architecture(properties: Mapping[str, Any], unresolved: dict[str, str]) -> str | None:
    # https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html: x86_64 by default
    architectures = as_list(properties.get("Architectures", ["x86_64"])) or [None]
    return _read_known_string(architectures[0], "Architectures", unresolved)


def _read_tracing(properties: Mapping[str, Any], unresolved: dict[str, str]) -> str | None:
    tracing = as_mapping(properties.get("TracingConfig")).get("Mode")
    return _read_known_string(tracing, "TracingConfig", unresolved)


def _read_number(value: object, name: str, unresolved: dict[str, str]) -> float | None:
    if value is None or (number := as_number(value)) is not None:
        return None if value is None else number
    add_unresolved(unresolved, name, value)
    return None


def _read_count(value: object) -> int | None:
    """Return a number of environments; an unknown number limits nothing and starts none."""
    return int(str(value)) if str(value).isdecimal() else None


def _read_known_string(value: object, name: str, unresolved: dict[str, str]) -> str | None:
    if isinstance(value, Unresolved):
        add_unresolved(unresolved, name, value)
        return None
    return None if value is None else to_string(value)
