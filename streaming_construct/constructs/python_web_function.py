"""`PythonWebFunction`: a folder with a Python web app as a Lambda function that streams."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aws_cdk import Annotations, Duration, Stack
from aws_cdk import aws_lambda as lambda_

from streaming_construct.constructs.web_adapter import WebAdapter
from streaming_construct.knowledge import web_adapter as adapter_facts
from streaming_construct.knowledge.limits import FUNCTION_TIMEOUT_MAX_SECONDS
from streaming_construct.packaging.layer import build_layer, installed_names
from streaming_construct.packaging.run_script import NAME as RUN_SCRIPT
from streaming_construct.packaging.source import copy_code
from streaming_construct.packaging.target import Target, runtime_problem
from streaming_construct.packaging.web_app import WebApp, read_web_app

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aws_cdk import Size
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_logs as logs
    from constructs import Construct

UNPINNED_REQUIREMENTS: Final = "streaming-construct:unpinned-requirements"
_MEMORY_MB: Final = 1024
# `cdk synth --no-staging`: CDK then refers to folders where they are.
_STAGING_DISABLED: Final = "aws:cdk:disable-asset-staging"


class PythonWebFunction(lambda_.Function):
    """A function that runs an ASGI or WSGI app behind the Lambda Web Adapter and streams.

    What `requirements.txt` lists is installed for the function's platform, by uv when it is on PATH
    and by pip otherwise, into a layer of its own (`dependencies`); the folder's code goes into the
    function, with a `run.sh` that starts the web server found among the requirements. Installed
    layers are kept in `~/.cache/streaming-construct` (or `$XDG_CACHE_HOME`).

    Attributes:
        dependencies: The layer with what `requirements.txt` lists; `None` if that is nothing.
    """

    dependencies: lambda_.LayerVersion | None
    _cors_environment: dict[str, str] | None = None

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        entry: str | Path,
        app: str = "app:app",
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
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        log_group: logs.ILogGroup | None = None,
        tracing: lambda_.Tracing | None = None,
        ephemeral_storage_size: Size | None = None,
        reserved_concurrent_executions: int | None = None,
    ) -> None:
        """Create the function.

        Args:
            scope: The construct it belongs to.
            construct_id: Its id within the scope.
            entry: The folder of the app, relative to the working directory.
            app: The app, as `module:attribute`. Default: `app:app`, which is `app` in `app.py`.
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
            vpc: Default: none.
            vpc_subnets: Default: as CDK chooses in `vpc`.
            security_groups: Default: one of its own in `vpc`.
            log_group: Default: Lambda makes one.
            tracing: Default: disabled.
            ephemeral_storage_size: Default: 512 MiB.
            reserved_concurrent_executions: Default: none reserved.

        Raises:
            ValueError: something given cannot work, or the dependencies cannot be installed;
                the message names this construct's path and says what to do.
        """
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        architecture = architecture or lambda_.Architecture.ARM_64
        web_adapter = web_adapter or WebAdapter()
        path = "/".join(filter(None, [scope.node.path, construct_id]))
        web_app = read_web_app(Path(entry), app=app, command=command)
        problems = [
            *web_app.problems,
            *_function_problems(runtime, timeout, environment or {}),
            *_adapter_problems(web_adapter, Stack.of(scope), architecture),
        ]
        if problems:
            raise ValueError(
                "\n".join([f"{path} cannot be made:", *(f"- {it}" for it in problems)])
            )

        target = Target(runtime=runtime.name, architecture=architecture.name)
        with ExitStack() as cleanup:
            code = Path(tempfile.mkdtemp())
            if not scope.node.try_get_context(_STAGING_DISABLED):
                cleanup.callback(shutil.rmtree, code)
            try:
                layer = _dependencies_folder(web_app, target)
                copy_code(web_app.folder, code, run_script=web_app.run_script, exclude=exclude)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from error
            super().__init__(
                scope,
                construct_id,
                code=lambda_.Code.from_asset(str(code)),
                handler=RUN_SCRIPT,
                runtime=runtime,
                architecture=architecture,
                timeout=timeout or Duration.seconds(FUNCTION_TIMEOUT_MAX_SECONDS),
                memory_size=memory_size or _MEMORY_MB,
                environment=dict(environment or {}),
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
            )
        self.dependencies = self._add_dependencies(layer, target) if layer else None
        web_adapter.attach(self)
        if layer and (unpinned := web_app.requirements.unpinned(installed_names(layer))):
            Annotations.of(self).add_warning_v2(
                UNPINNED_REQUIREMENTS,
                f"{web_app.folder / 'requirements.txt'} lets versions change from one install to "
                f"the next: {', '.join(unpinned)}; pin each with == or a hash, as "
                "`uv pip compile` and `pip-compile` do",
            )

    def set_cors_environment(self, environment: Mapping[str, str]) -> None:
        """Tell the app which pages of other origins may call it; `StreamingRestApi` does.

        Raises:
            ValueError: Another API has told it otherwise.
        """
        if self._cors_environment not in (None, dict(environment)):
            raise ValueError(
                f"{self.node.path}: two APIs with different cors share this function, which can "
                "answer as one of them only; give each a function of its own, or the same cors"
            )
        self._cors_environment = dict(environment)
        for name, value in environment.items():
            self.add_environment(name, value)

    def _add_dependencies(self, folder: Path, target: Target) -> lambda_.LayerVersion:
        layer = lambda_.LayerVersion(
            self,
            "Dependencies",
            # The folder's name is the hash of what it was made from: installing the same again,
            # elsewhere or with another installer, is no change.
            code=lambda_.Code.from_asset(str(folder), asset_hash=folder.name),
            compatible_runtimes=[self.runtime],
            compatible_architectures=[self.architecture],
            description=f"What requirements.txt lists, for {target.runtime}",
        )
        self.add_layers(layer)
        return layer


def _dependencies_folder(web_app: WebApp, target: Target) -> Path | None:
    return build_layer(web_app.requirements, target) if web_app.requirements.names else None


def _function_problems(
    runtime: lambda_.Runtime, timeout: Duration | None, environment: Mapping[str, str]
) -> Iterator[str]:
    if problem := runtime_problem(runtime.name):
        yield problem
    if timeout is not None and not timeout.is_unresolved():
        seconds = timeout.to_seconds(integral=False)
        if not 1 <= seconds <= FUNCTION_TIMEOUT_MAX_SECONDS:
            yield f"timeout must be from 1 to {FUNCTION_TIMEOUT_MAX_SECONDS} s, got {seconds:g} s"
    taken = {adapter_facts.EXEC_WRAPPER_VARIABLE, *WebAdapter().environment} & environment.keys()
    for name in sorted(taken):
        yield f"environment has {name}, which WebAdapter sets: pass web_adapter=WebAdapter(...)"


def _adapter_problems(
    web_adapter: WebAdapter, stack: Stack, architecture: lambda_.Architecture
) -> Iterator[str]:
    try:
        web_adapter.layer_arn(stack, architecture)
    except ValueError as error:
        yield str(error)
