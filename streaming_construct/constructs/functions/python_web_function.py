"""`PythonWebFunction`: a folder with a Python web app as a Lambda function that streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streaming_construct.aws import web_adapter as adapter_facts
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
from streaming_construct.constructs.functions.python_streaming_function import (
    BASE_PATH_VARIABLE,
    WRAPPER_VARIABLE,
    runtime_environment,
)
from streaming_construct.constructs.functions.traits import function_traits
from streaming_construct.constructs.functions.web_adapter import WebAdapter
from streaming_construct.packaging.entry_point import validate_app
from streaming_construct.packaging.lambda_target import Target
from streaming_construct.packaging.requirements import PythonSource, read_python_folder
from streaming_construct.packaging.run_script import NAME as RUN_SCRIPT
from streaming_construct.packaging.web_app import read_web_app
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


class PythonWebFunction(lambda_.Function):
    """A function that runs an ASGI or WSGI app behind the Lambda Web Adapter and streams.

    What `requirements.txt` lists is installed for the function's platform, by uv when it is on PATH
    and by pip otherwise, into a layer of its own (`dependencies`); the folder's code goes into the
    function, with a `run.sh` that starts the web server found among the requirements. Installed
    layers are kept in `~/.cache/streaming-construct` (or `$XDG_CACHE_HOME`).

    With `native=True` the app runs on this library's own runtime instead: no adapter, no layer of
    AWS's, no web server (see `PythonStreamingFunction`).

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
        app: str = "app:app",
        native: bool = False,
        command: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        web_adapter: WebAdapter | None = None,
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
        """Create the function; the arguments from `runtime` on are those of CDK's `Function`.

        Left out are those that `PythonStreamingFunction` leaves out, too.

        Args:
            scope: The construct it belongs to.
            construct_id: Its id within the scope.
            entry: The folder of the app, relative to the working directory.
            app: The app, as `module:attribute`. Default: `app:app`, which is `app` in `app.py`.
            native: Whether the app is served by the runtime of this library instead of the adapter
                and a web server. `command` and `web_adapter` then have no place.
            command: The program and arguments that start the web server, in place of `app` and of
                the server in requirements.txt. It must listen on `127.0.0.1:$AWS_LWA_PORT`;
                `$NAME` and `${NAME:-default}` are replaced when it starts. Default: made from
                `app`, unless the folder has a `run.sh`.
            exclude: Names and paths within the folder to leave out, with `*`, `?` and `[...]`, on
                top of what is always left out (caches, virtual environments, version control,
                `.env`, tests). Default: nothing more.
            web_adapter: How the web server is found ready and reached. Default: `WebAdapter()`.
            runtime: Default: Python 3.14.
            architecture: Default: arm64.
            timeout: The longest a stream may take; the route's timeout bounds it too.
                Default: 15 minutes, Lambda's own maximum.
            memory_size: In MiB; CPU comes with it. Default: 1024.
            environment: Default: nothing but what the adapter needs.
            environment_encryption: Default: Lambda's own key.
            layers: Layers beside the dependencies and the adapter. Default: none.
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
            ValueError: something given cannot work, or the dependencies cannot be installed;
                the message names this construct's path and says what to do.
        """
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        architecture = architecture or lambda_.Architecture.ARM_64
        path = construct_path(scope, construct_id)
        python = read_python_folder(Path(entry))
        adapter = None if native else (web_adapter or WebAdapter())
        problems = [
            *text_for_list_problems(command=command, exclude=exclude),
            *python.problems,
            *runtime_problems(runtime),
            *timeout_problems(timeout),
        ]
        files: Mapping[str, bytes] = {}
        if adapter is None:
            files = bundle.runtime_files()
            problems += _native_problems(python, app, command, web_adapter, environment or {})
        elif python.exists:
            web_app = read_web_app(python, app=app, command=command)
            files = {RUN_SCRIPT: web_app.run_script}
            problems += web_app.problems
        if adapter is not None:
            problems += _adapter_problems(adapter, Stack.of(scope), architecture)
            problems += taken_variable_problems(
                environment or {},
                {adapter_facts.EXEC_WRAPPER_VARIABLE, *adapter.environment},
                "WebAdapter sets: pass web_adapter=WebAdapter(...)",
            )
        raise_errors(path, problems)

        target = Target(runtime=runtime.name, architecture=architecture.name)
        with package_python(scope, path, python, target, files=files, exclude=exclude) as package:
            super().__init__(
                scope,
                construct_id,
                code=package.code,
                handler=app if native else RUN_SCRIPT,
                runtime=runtime,
                architecture=architecture,
                timeout=timeout_or_longest(timeout),
                memory_size=memory_size or _MEMORY_MB,
                environment={**(environment or {}), **(runtime_environment() if native else {})},
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
        if adapter is not None:
            adapter.attach(self)
        else:
            traits.is_streaming = True
            traits.set_base_path_variable(
                BASE_PATH_VARIABLE, (environment or {}).get(BASE_PATH_VARIABLE)
            )


def _native_problems(
    python: PythonSource,
    app: str,
    command: Sequence[str] | None,
    web_adapter: WebAdapter | None,
    environment: Mapping[str, str],
) -> Iterator[str]:
    if python.exists:
        yield from validate_app(python.folder, app)
    for name, value in (("command", command), ("web_adapter", web_adapter)):
        if value is not None:
            yield f"{name} was given with native=True, which has no use for it: keep one of them"
    yield from taken_variable_problems(environment, (WRAPPER_VARIABLE,), "native=True sets")


def _adapter_problems(
    web_adapter: WebAdapter, stack: Stack, architecture: lambda_.Architecture
) -> Iterator[str]:
    try:
        web_adapter.layer_arn(stack, architecture)
    except ValueError as error:
        yield str(error)
