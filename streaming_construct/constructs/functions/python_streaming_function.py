"""`PythonStreamingFunction`: Python that streams without an adapter, a layer or a web server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streaming_construct.constructs.functions.python_package import (
    construct_path,
    package_python,
    raise_errors,
    runtime_problems,
    taken_variable_problems,
    text_for_list_problems,
    timeout_or_longest,
    timeout_problems,
)
from streaming_construct.constructs.functions.traits import function_traits
from streaming_construct.packaging.entry_point import handler_problems
from streaming_construct.packaging.lambda_target import Target
from streaming_construct.packaging.requirements import PythonSource, read_python_folder
from streaming_construct.runtime import bundle

if TYPE_CHECKING:
    from aws_cdk import Size
    from aws_cdk import aws_codeguruprofiler as codeguruprofiler
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

_MEMORY_MB: Final = 1024
WRAPPER_VARIABLE: Final = "AWS_LAMBDA_EXEC_WRAPPER"
BASE_PATH_VARIABLE: Final = "STREAMING_BASE_PATH"
_GATHER_VARIABLE: Final = "STREAMING_CONSTRUCT_FLUSH_INTERVAL_MS"
_TASK_ROOT: Final = "/var/task"


def runtime_environment(gather: Duration | None = None) -> Mapping[str, str]:
    """Return the environment that makes a managed runtime start ours.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
    """
    variables = {WRAPPER_VARIABLE: f"{_TASK_ROOT}/{bundle.WRAPPER_PATH}"}
    if gather is not None:
        variables[_GATHER_VARIABLE] = f"{gather.to_milliseconds():g}"
    return variables


class PythonStreamingFunction(lambda_.Function):
    """A Python function that streams by itself: Lambda's Python, and a runtime that ships with it.

    The handler is an ASGI app, a WSGI app, or `def handler(event, context)` that yields; one that
    returns works as well. `docs/python-runtime.md` says what is guaranteed. What `requirements.txt`
    lists is installed for the function's platform into a layer of its own.

    Should AWS's own runtime stream one day, `streaming_runtime=False` leaves ours out: the handler
    stays as it is.

    Attributes:
        dependencies: The layer with what `requirements.txt` lists; `None` if that is nothing.
    """

    dependencies: lambda_.LayerVersion | None

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        entry: str | Path,
        handler: str = "index.handler",
        streaming_runtime: bool = True,
        gather: Duration | None = None,
        exclude: Sequence[str] = (),
        runtime: lambda_.Runtime | None = None,
        architecture: lambda_.Architecture | None = None,
        timeout: Duration | None = None,
        memory_size: int | None = None,
        environment: Mapping[str, str] | None = None,
        environment_encryption: kms.IKey | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
        description: str | None = None,
        function_name: str | None = None,
        role: iam.IRole | None = None,
        initial_policy: Sequence[iam.PolicyStatement] | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        allow_all_outbound: bool | None = None,
        allow_all_ipv6_outbound: bool | None = None,
        allow_public_subnet: bool | None = None,
        ipv6_allowed_for_dual_stack: bool | None = None,
        filesystem: lambda_.FileSystem | None = None,
        ephemeral_storage_size: Size | None = None,
        log_group: logs.ILogGroup | None = None,
        logging_format: lambda_.LoggingFormat | None = None,
        application_log_level_v2: lambda_.ApplicationLogLevel | None = None,
        system_log_level_v2: lambda_.SystemLogLevel | None = None,
        insights_version: lambda_.LambdaInsightsVersion | None = None,
        params_and_secrets: lambda_.ParamsAndSecretsLayerVersion | None = None,
        profiling: bool | None = None,
        profiling_group: codeguruprofiler.IProfilingGroup | None = None,
        tracing: lambda_.Tracing | None = None,
        events: Sequence[lambda_.IEventSource] | None = None,
        reserved_concurrent_executions: int | None = None,
        recursive_loop: lambda_.RecursiveLoop | None = None,
        tenancy_config: lambda_.TenancyConfig | None = None,
        snap_start: lambda_.SnapStartConf | None = None,
        runtime_management_mode: lambda_.RuntimeManagementMode | None = None,
        code_signing_config: lambda_.ICodeSigningConfig | None = None,
        current_version_options: lambda_.VersionOptions | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        dead_letter_queue_enabled: bool | None = None,
        dead_letter_topic: sns.ITopic | None = None,
        max_event_age: Duration | None = None,
        on_failure: lambda_.IDestination | None = None,
        on_success: lambda_.IDestination | None = None,
        retry_attempts: int | None = None,
    ) -> None:
        """Create the function; the arguments after `exclude` are those of CDK's `Function`.

        Left out are those that CDK deprecates, and those that have no place here: `code`,
        `adot_instrumentation` (a wrapper of its own) and `durable_config` (nothing to stream to).

        Args:
            scope: The construct it belongs to.
            construct_id: Its id within the scope.
            entry: The folder of the code, relative to the working directory.
            handler: `module.function` as Lambda has it, or `module:app`.
                Default: `index.handler`.
            streaming_runtime: Whether the function runs on this library's runtime, or on Lambda's
                own, which today answers only when it has everything.
            gather: How long small writes that follow one another are gathered into one send, for
                streams of tiny tokens. The first after a pause always leaves at once.
                Default: 1 ms.
            exclude: Names and paths within the folder to leave out, with `*`, `?` and `[...]`, on
                top of what is always left out (caches, virtual environments, version control,
                `.env`, tests). Default: nothing more.
            runtime: Python 3.10 or newer, or `Runtime.PROVIDED_AL2023` with a Python of its own:
                `bin/python3` in `entry`, or in a layer. Default: Python 3.14.
            architecture: Default: arm64.
            timeout: The longest a stream may take; the route's timeout bounds it too.
                Default: 15 minutes, Lambda's own maximum.
            memory_size: In MiB; CPU comes with it. Default: 1024.
            environment: Default: nothing but what the runtime needs.
            environment_encryption: Default: Lambda's own key.
            layers: Layers beside the dependencies. Default: none.
            description: Default: none.
            function_name: Default: CloudFormation makes one up.
            role: Default: one with the permissions to write logs.
            initial_policy: Statements for the role. Default: none.
            vpc: Default: none.
            vpc_subnets: Default: as CDK chooses in `vpc`.
            security_groups: Default: one of its own in `vpc`.
            allow_all_outbound: For the security group of its own. Default: true.
            allow_all_ipv6_outbound: The same for IPv6. Default: false.
            allow_public_subnet: Whether it may be cut off from the internet. Default: false.
            ipv6_allowed_for_dual_stack: Default: false.
            filesystem: Default: none is mounted.
            ephemeral_storage_size: Default: 512 MiB.
            log_group: Default: Lambda makes one.
            logging_format: Default: text.
            application_log_level_v2: Default: INFO, with the JSON format.
            system_log_level_v2: Default: INFO, with the JSON format.
            insights_version: Default: no Lambda Insights.
            params_and_secrets: Default: without that extension.
            profiling: Default: false.
            profiling_group: Default: one of its own, with `profiling`.
            tracing: Default: disabled.
            events: Default: no event sources.
            reserved_concurrent_executions: Default: none reserved.
            recursive_loop: Default: terminate.
            tenancy_config: Default: tenants are not isolated.
            snap_start: Default: none.
            runtime_management_mode: Default: automatic updates.
            code_signing_config: Default: none.
            current_version_options: For `current_version`. Default: as CDK has it.
            dead_letter_queue: Default: none.
            dead_letter_queue_enabled: Whether CDK makes a queue. Default: false.
            dead_letter_topic: Default: none.
            max_event_age: Of asynchronous calls. Default: 6 hours.
            on_failure: Of asynchronous calls. Default: nowhere.
            on_success: Of asynchronous calls. Default: nowhere.
            retry_attempts: Of asynchronous calls. Default: 2.

        Raises:
            ValueError: Something given cannot work, or the dependencies cannot be installed;
                the message names this construct's path and says what to do.
        """
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        architecture = architecture or lambda_.Architecture.ARM_64
        path = construct_path(scope, construct_id)
        python = read_python_folder(Path(entry))
        is_provided = runtime.name == lambda_.Runtime.PROVIDED_AL2023.name
        taken = (WRAPPER_VARIABLE, _GATHER_VARIABLE) if streaming_runtime else ()
        raise_errors(
            path,
            [
                *text_for_list_problems(exclude=exclude),
                *python.problems,
                *_handler_problems(python, handler),
                *(
                    _provided_problems(python, layers, streaming_runtime=streaming_runtime)
                    if is_provided
                    else runtime_problems(runtime)
                ),
                *_gather_problems(gather, streaming_runtime=streaming_runtime),
                *timeout_problems(timeout),
                *taken_variable_problems(
                    environment or {}, taken, "the streaming runtime sets: leave it out"
                ),
            ],
        )
        own = dict(runtime_environment(gather)) if streaming_runtime else {}
        files = bundle.runtime_files() if streaming_runtime else {}
        if is_provided:
            # No wrapper is asked for there: Lambda starts `bootstrap` itself.
            del own[WRAPPER_VARIABLE]
            files["bootstrap"] = bundle.BOOTSTRAP.encode()

        target = Target(runtime=runtime.name, architecture=architecture.name)
        with package_python(scope, path, python, target, files=files, exclude=exclude) as package:
            super().__init__(
                scope,
                construct_id,
                code=package.code,
                handler=handler,
                runtime=runtime,
                architecture=architecture,
                timeout=timeout_or_longest(timeout),
                memory_size=memory_size or _MEMORY_MB,
                environment={**(environment or {}), **own},
                environment_encryption=environment_encryption,
                layers=list(layers),
                description=description,
                function_name=function_name,
                role=role,
                initial_policy=initial_policy,
                vpc=vpc,
                vpc_subnets=vpc_subnets,
                security_groups=security_groups,
                allow_all_outbound=allow_all_outbound,
                allow_all_ipv6_outbound=allow_all_ipv6_outbound,
                allow_public_subnet=allow_public_subnet,
                ipv6_allowed_for_dual_stack=ipv6_allowed_for_dual_stack,
                filesystem=filesystem,
                ephemeral_storage_size=ephemeral_storage_size,
                log_group=log_group,
                logging_format=logging_format,
                application_log_level_v2=application_log_level_v2,
                system_log_level_v2=system_log_level_v2,
                insights_version=insights_version,
                params_and_secrets=params_and_secrets,
                profiling=profiling,
                profiling_group=profiling_group,
                tracing=tracing,
                events=events,
                reserved_concurrent_executions=reserved_concurrent_executions,
                recursive_loop=recursive_loop,
                tenancy_config=tenancy_config,
                snap_start=snap_start,
                runtime_management_mode=runtime_management_mode,
                code_signing_config=code_signing_config,
                current_version_options=current_version_options,
                dead_letter_queue=dead_letter_queue,
                dead_letter_queue_enabled=dead_letter_queue_enabled,
                dead_letter_topic=dead_letter_topic,
                max_event_age=max_event_age,
                on_failure=on_failure,
                on_success=on_success,
                retry_attempts=retry_attempts,
            )
        self.dependencies = package.add_dependencies(self)
        traits = function_traits(self)
        traits.can_handle_cors = True
        if streaming_runtime:
            traits.is_streaming = True
            traits.set_base_path_variable(
                BASE_PATH_VARIABLE, (environment or {}).get(BASE_PATH_VARIABLE)
            )


def _handler_problems(python: PythonSource, handler: str) -> Iterator[str]:
    if python.exists:
        yield from handler_problems(python.folder, handler)


def _provided_problems(
    python: PythonSource, layers: Sequence[lambda_.ILayerVersion], *, streaming_runtime: bool
) -> Iterator[str]:
    """Yield what keeps a function from running on `provided.al2023`, which has no Python.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html
    """
    if not streaming_runtime:
        yield "streaming_runtime=False was given with provided.al2023, which has no runtime to run"
    if python.exists and not layers and not (python.folder / "bin" / "python3").is_file():
        yield (
            "provided.al2023 has no Python: put one into the folder as bin/python3 or into a layer "
            "of its own, or pass runtime=Runtime.PYTHON_3_14"
        )
    if python.requirements.names:
        yield (
            "requirements.txt cannot be installed for provided.al2023, whose Python is not known: "
            "put the packages into the folder or a layer, or pass runtime=Runtime.PYTHON_3_14"
        )


def _gather_problems(gather: Duration | None, *, streaming_runtime: bool) -> Iterator[str]:
    if gather is None:
        return
    if not streaming_runtime:
        yield "gather was given with streaming_runtime=False, which has no use for it"
    elif gather.is_unresolved():
        yield "gather is a token: give a duration that is known at synth"
