"""`PythonStreamingFunction`: Python that streams without an adapter, a layer or a web server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streaming_construct.constructs.cors import CorsEnvironment
from streaming_construct.constructs.python_package import (
    construct_path,
    package_python,
    refuse,
    taken_variable_problems,
    text_for_list_problems,
    timeout_or_longest,
    timeout_problems,
)
from streaming_construct.constructs.streaming_mark import mark
from streaming_construct.packaging.handler import handler_problems
from streaming_construct.packaging.python_folder import PythonFolder, read_python_folder
from streaming_construct.packaging.target import Target, runtime_problem
from streaming_construct.runtime import vendor

if TYPE_CHECKING:
    from aws_cdk import Size
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_logs as logs

_MEMORY_MB: Final = 1024
_WRAPPER_VARIABLE: Final = "AWS_LAMBDA_EXEC_WRAPPER"
_GATHER_VARIABLE: Final = "STREAMING_CONSTRUCT_GATHER_MS"
RUNTIME_VARIABLES: Final = frozenset({_WRAPPER_VARIABLE, _GATHER_VARIABLE})
_TASK_ROOT: Final = "/var/task"


def runtime_environment(gather: Duration | None = None) -> Mapping[str, str]:
    """Return the environment that makes a managed runtime start ours.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
    """
    variables = {_WRAPPER_VARIABLE: f"{_TASK_ROOT}/{vendor.WRAPPER_PATH}"}
    if gather is not None:
        variables[_GATHER_VARIABLE] = f"{gather.to_milliseconds():g}"
    return variables


class PythonStreamingFunction(CorsEnvironment, lambda_.Function):
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
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        log_group: logs.ILogGroup | None = None,
        tracing: lambda_.Tracing | None = None,
        ephemeral_storage_size: Size | None = None,
        reserved_concurrent_executions: int | None = None,
        snap_start: lambda_.SnapStartConf | None = None,
    ) -> None:
        """Create the function.

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
            runtime: Python 3.10 or newer. Default: Python 3.14.
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
            vpc: Default: none.
            vpc_subnets: Default: as CDK chooses in `vpc`.
            security_groups: Default: one of its own in `vpc`.
            log_group: Default: Lambda makes one.
            tracing: Default: disabled.
            ephemeral_storage_size: Default: 512 MiB.
            reserved_concurrent_executions: Default: none reserved.
            snap_start: Default: none.

        Raises:
            ValueError: Something given cannot work, or the dependencies cannot be installed;
                the message names this construct's path and says what to do.
        """
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        architecture = architecture or lambda_.Architecture.ARM_64
        path = construct_path(scope, construct_id)
        python = read_python_folder(Path(entry))
        taken = RUNTIME_VARIABLES if streaming_runtime else ()
        refuse(
            path,
            [
                *text_for_list_problems(exclude=exclude),
                *python.problems,
                *_problems(python, handler, runtime),
                *_gather_problems(gather, streaming_runtime=streaming_runtime),
                *timeout_problems(timeout),
                *taken_variable_problems(
                    environment or {}, taken, "the streaming runtime sets: leave it out"
                ),
            ],
        )
        own = runtime_environment(gather) if streaming_runtime else {}

        target = Target(runtime=runtime.name, architecture=architecture.name)
        files = vendor.files() if streaming_runtime else {}
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
                vpc=vpc,
                vpc_subnets=vpc_subnets,
                security_groups=security_groups,
                log_group=log_group,
                tracing=tracing,
                ephemeral_storage_size=ephemeral_storage_size,
                reserved_concurrent_executions=reserved_concurrent_executions,
                snap_start=snap_start,
            )
        self.dependencies = package.add_dependencies(self)
        if streaming_runtime:
            mark(self, streams=True)


def _problems(python: PythonFolder, handler: str, runtime: lambda_.Runtime) -> Iterator[str]:
    if python.there:
        yield from handler_problems(python.folder, handler)
    if problem := runtime_problem(runtime.name):
        yield problem


def _gather_problems(gather: Duration | None, *, streaming_runtime: bool) -> Iterator[str]:
    if gather is None:
        return
    if not streaming_runtime:
        yield "gather was given with streaming_runtime=False, which has no use for it"
    elif gather.is_unresolved():
        yield "gather is a token: give a duration that is known at synth"
