"""Lambda functions, their layers, permissions and roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streaming_construct.model.execution_role import ExecutionRole
from streaming_construct.model.source_location import SourceLocation


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of a function: by its ARN, or as a folder (or zip file) on this machine.

    `region` is the Region in the ARN; None if only the deployment decides it.
    """

    origin: SourceLocation
    arn: str | None = None
    region: str | None = None
    code: Path | None = None


@dataclass(frozen=True, kw_only=True)
class HandlerScript:
    """The file that a function's handler names, where it is a program rather than a function."""

    name: str
    is_executable: bool
    has_crlf: bool


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A statement of a function's resource policy.

    `qualifier` is the version or alias that it is for, None for the function itself. `source_arn`
    is None if the permission is for all callers of the principal, and `"?"` if it is not known.
    `is_denial` is true if the statement denies without a condition.
    """

    origin: SourceLocation
    action: str
    principal: str
    qualifier: str | None = None
    source_arn: str | None = None
    source_account: str | None = None
    is_denial: bool = False


@dataclass(frozen=True, kw_only=True)
class PolicyStatement:
    """A statement of a role's policy; an unknown resource is `"?"`."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role of the same source: its trust policy and its permissions.

    `services` are the principals that may assume it. `trust_conditions` are the condition keys,
    in lower case, that each statement for API Gateway requires. `denials` are the statements that
    deny without a condition.
    """

    origin: SourceLocation
    services: tuple[str, ...]
    statements: tuple[PolicyStatement, ...]
    trust_conditions: tuple[str, ...] = ()
    denials: tuple[PolicyStatement, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LoggingConfig:
    """How Lambda writes a function's log; None where the function leaves it to Lambda.

    `log_format` is `Text` or `JSON`. `application_log_level` counts with JSON only.
    https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html
    """

    log_format: str | None = None
    application_log_level: str | None = None
    log_group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Function:
    """A Lambda function.

    Attributes:
        id: Unique in its `ApiModel`.
        origin: Where the function is declared.
        name: The deployed name, None if it is not given or unknown.
        arn: The ARN without a qualifier, with the account and the Region of the function's stack.
        region: The Region of the function's stack, None if only the deployment decides it.
        runtime: Lambda's identifier (`python3.14`), None for a container image.
        handler: The handler as declared.
        code: A folder or zip file on this machine.
        inline_code: The source code in the template.
        is_container_image: Whether the code is a container image.
        environment: The known environment variables.
        layers: The layers in their order.
        timeout_seconds: The function timeout, None if it is not given or unknown.
        memory_mb: The memory, None if it is not given or unknown.
        architecture: `arm64` or `x86_64`, None if it is not given or unknown.
        is_streaming: Whether the function streams, None if it is unknown.
        reserved_concurrency: The maximum number of concurrent executions, None without a limit.
        provisioned_concurrency: The sum over all aliases and versions.
        versions: The version of each version and alias of the same source. CloudFormation
            publishes version 1 first.
        tracing: `Active` or `PassThrough`, None for Lambda's default.
        ephemeral_storage_mb: The size of `/tmp`, None for Lambda's default.
        handler_file: The file that the handler names, if it is a program.
        logging: How Lambda writes the log.
        is_tenant_isolated: Whether each tenant has separate environments.
        permissions: The resource policy, None if it is unknown.
        overwritten_permissions: Declared permissions that a resource policy of the same source
            replaces.
        has_runtime_config: Whether `RuntimeConfig` of the runtime `custom` names a customer-managed
            runtime.
        execution_role: None if the source does not contain it.
        replaced_environment: The values of the source that the user's variables replace.
        has_www_authenticate: Whether the source of the handler names this header.
        unresolved: The reason for each CloudFormation property whose value is unknown (`Timeout`,
            `Environment.Variables.NAME`).
        unknown: Each property that this library does not know, or whose value it does not know,
            with that value as text.
    """

    id: str
    origin: SourceLocation
    name: str | None = None
    arn: str | None = None
    region: str | None = None
    runtime: str | None = None
    handler: str | None = None
    code: Path | None = None
    inline_code: str | None = None
    is_container_image: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    timeout_seconds: float | None = None
    memory_mb: int | None = None
    architecture: str | None = None
    is_streaming: bool | None = None
    reserved_concurrency: int | None = None
    provisioned_concurrency: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    tracing: str | None = None
    ephemeral_storage_mb: int | None = None
    handler_file: HandlerScript | None = None
    logging: LoggingConfig = LoggingConfig()
    is_tenant_isolated: bool = False
    permissions: tuple[Permission, ...] | None = None
    overwritten_permissions: tuple[Permission, ...] = ()
    has_runtime_config: bool = False
    execution_role: ExecutionRole | None = None
    replaced_environment: Mapping[str, str] = field(default_factory=dict)
    has_www_authenticate: bool = False
    unresolved: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)

    def is_variable_unresolved(self, name: str) -> bool:
        """Return whether the value of an environment variable is unknown."""
        return not {"Environment", f"Environment.Variables.{name}"}.isdisjoint(self.unresolved)
