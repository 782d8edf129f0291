"""`FunctionOptions`: the options of CDK's `Function` that the Python functions accept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypedDict

from aws_cdk import Duration, Token
from aws_cdk import aws_lambda as lambda_

from streaming_construct.aws.limits import (
    FUNCTION_MEMORY_MIN_MB,
    FUNCTION_TIMEOUT_MAX_SECONDS,
    STREAM_MAX_SECONDS,
)
from streaming_construct.aws.web_adapter import EXEC_WRAPPER_VARIABLE
from streaming_construct.constructs.cdk.durations import convert_to_milliseconds
from streaming_construct.constructs.cdk.option_types import find_option_problems

if TYPE_CHECKING:
    from aws_cdk import Size
    from aws_cdk.aws_codeguruprofiler import IProfilingGroup
    from aws_cdk.aws_ec2 import ISecurityGroup, IVpc, SubnetSelection
    from aws_cdk.aws_iam import IRole, PolicyStatement
    from aws_cdk.aws_sns import ITopic
    from aws_cdk.aws_sqs import IQueue
    from aws_cdk.interfaces.aws_kms import IKeyRef
    from aws_cdk.interfaces.aws_lambda import ICodeSigningConfigRef
    from aws_cdk.interfaces.aws_logs import ILogGroupRef

_DEFAULT_MEMORY_MB: Final = 1024

# The options that CDK deprecates, or that serve only deprecated ones, with their fixes.
DEPRECATED_OPTIONS: Final[Mapping[str, str]] = {
    "application_log_level": "Use application_log_level_v2.",
    "log_format": "Use logging_format.",
    "log_removal_policy": "Create a LogGroup and pass it as log_group.",
    "log_retention": "Create a LogGroup and pass it as log_group.",
    "log_retention_retry_options": "Create a LogGroup and pass it as log_group.",
    "log_retention_role": "Create a LogGroup and pass it as log_group.",
    "system_log_level": "Use system_log_level_v2.",
}


class FunctionOptions(TypedDict, total=False):
    """The options of CDK's `Function`, with CDK's meaning.

    `architecture` defaults to arm64, `timeout` to 15 minutes (the longest stream), `memory_size`
    to 1024 MiB. The construct adds its own variables to `environment` and its own layers to
    `layers`. Every other option has the default of CDK.
    https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_lambda/Function.html
    """

    adot_instrumentation: lambda_.AdotInstrumentationConfig | dict[str, Any] | None
    allow_all_ipv6_outbound: bool | None
    allow_all_outbound: bool | None
    allow_public_subnet: bool | None
    application_log_level_v2: lambda_.ApplicationLogLevel | None
    architecture: lambda_.Architecture | None
    code_signing_config: ICodeSigningConfigRef | None
    current_version_options: lambda_.VersionOptions | dict[str, Any] | None
    dead_letter_queue: IQueue | None
    dead_letter_queue_enabled: bool | None
    dead_letter_topic: ITopic | None
    description: str | None
    durable_config: lambda_.DurableConfig | dict[str, Any] | None
    environment: Mapping[str, str] | None
    environment_encryption: IKeyRef | None
    ephemeral_storage_size: Size | None
    events: Sequence[lambda_.IEventSource] | None
    filesystem: lambda_.FileSystem | None
    function_name: str | None
    initial_policy: Sequence[PolicyStatement] | None
    insights_version: lambda_.LambdaInsightsVersion | None
    ipv6_allowed_for_dual_stack: bool | None
    layers: Sequence[lambda_.ILayerVersion] | None
    log_group: ILogGroupRef | None
    logging_format: lambda_.LoggingFormat | None
    max_event_age: Duration | None
    memory_size: float | None
    on_failure: lambda_.IDestination | None
    on_success: lambda_.IDestination | None
    params_and_secrets: lambda_.ParamsAndSecretsLayerVersion | None
    profiling: bool | None
    profiling_group: IProfilingGroup | None
    recursive_loop: lambda_.RecursiveLoop | None
    reserved_concurrent_executions: float | None
    retry_attempts: float | None
    role: IRole | None
    runtime_management_mode: lambda_.RuntimeManagementMode | None
    security_groups: Sequence[ISecurityGroup] | None
    snap_start: lambda_.SnapStartConf | None
    system_log_level_v2: lambda_.SystemLogLevel | None
    tenancy_config: lambda_.TenancyConfig | None
    timeout: Duration | None
    tracing: lambda_.Tracing | None
    vpc: IVpc | None
    vpc_subnets: SubnetSelection | dict[str, Any] | None


def find_option_type_problems(
    options: FunctionOptions, decided: Mapping[str, str], **arguments: tuple[object, type]
) -> Iterator[str]:
    """Yield a problem for each option that is unknown or has the wrong type.

    Args:
        options: The options that the caller has passed.
        decided: The fix for each argument of CDK's `Function` that the construct decides itself.
        **arguments: The value and the type of each further argument of the construct.
    """
    for name, (value, kind) in arguments.items():
        if value is not None and not isinstance(value, kind):
            yield f"{name} is {value!r}, of type {type(value).__name__}. Pass a {kind.__name__}."
    rejected = {**DEPRECATED_OPTIONS, **decided}
    accepted = FunctionOptions.__optional_keys__
    for problem, fix in find_option_problems(options, lambda_.FunctionOptions, accepted, rejected):
        yield f"{problem}. {fix}"


def find_option_value_problems(
    options: FunctionOptions, reserved_variables: Mapping[str, str]
) -> Iterator[str]:
    """Yield a problem for each option whose value cannot work.

    Args:
        options: The options, each of the right type.
        reserved_variables: The fix for each environment variable that the construct sets itself.
    """
    timeout_ms = convert_to_milliseconds(options.get("timeout"))
    if timeout_ms is not None and not 1000 <= timeout_ms <= FUNCTION_TIMEOUT_MAX_SECONDS * 1000:
        yield (
            f"timeout is {timeout_ms / 1000:g} s. "
            f"Pass a duration from 1 to {FUNCTION_TIMEOUT_MAX_SECONDS} s."
        )
    memory_size = options.get("memory_size")
    # The maximum is a quota that AWS raises, so that CloudFormation checks it.
    if (
        memory_size is not None
        and not Token.is_unresolved(memory_size)
        and not (memory_size >= FUNCTION_MEMORY_MIN_MB and memory_size % 1 == 0)
    ):
        yield (
            f"memory_size is {memory_size:g}. "
            f"Pass a whole number of MiB, at least {FUNCTION_MEMORY_MIN_MB}."
        )
    environment = options.get("environment") or {}
    if options.get("adot_instrumentation") and EXEC_WRAPPER_VARIABLE in environment:
        yield (
            f"environment and adot_instrumentation both set {EXEC_WRAPPER_VARIABLE}. Pass one of "
            "them."
        )
    for name in sorted(environment.keys() & reserved_variables.keys()):
        yield f"environment has {name}, which the construct sets. {reserved_variables[name]}"


def get_architecture(options: FunctionOptions) -> lambda_.Architecture:
    """Return the architecture of the function. Default: arm64."""
    return options.get("architecture") or lambda_.Architecture.ARM_64


def set_function_defaults(options: FunctionOptions) -> FunctionOptions:
    """Return `options` with the defaults that differ from CDK's.

    A stream lasts as long as its invocation, so that the default timeout is that of the longest
    stream. Lambda takes more, but API Gateway ends the response then.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
    """
    memory_size = options.get("memory_size")
    return {
        **options,
        "architecture": get_architecture(options),
        "timeout": options.get("timeout") or Duration.seconds(STREAM_MAX_SECONDS),
        "memory_size": _DEFAULT_MEMORY_MB if memory_size is None else memory_size,
        "layers": list(options.get("layers") or ()),
    }
