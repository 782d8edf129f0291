"""`PythonWebFunction`: a Python web app behind the Lambda Web Adapter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streaming_construct.aws.web_adapter import EXEC_WRAPPER
from streaming_construct.constructs.functions.exec_wrapper import chain_exec_wrapper
from streaming_construct.constructs.functions.function_options import (
    find_option_value_problems,
    get_architecture,
    set_function_defaults,
)
from streaming_construct.constructs.functions.python_package import (
    build_construct_path,
    create_target,
    package_python,
    raise_errors,
    raise_type_errors,
    warn_of_unparsed_source,
)
from streaming_construct.constructs.functions.traits import get_function_traits
from streaming_construct.constructs.functions.web_adapter import WebAdapter
from streaming_construct.packaging.lambda_target import find_runtime_problems, parse_python_minor
from streaming_construct.packaging.requirements import read_python_folder
from streaming_construct.packaging.run_script import NAME as RUN_SCRIPT
from streaming_construct.packaging.web_app import read_web_app
from streaming_construct.runtime.bundle import build_runtime_modules

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from streaming_construct.constructs.functions.function_options import FunctionOptions


class PythonWebFunction(lambda_.Function):
    """A function that runs an ASGI or WSGI app behind the Lambda Web Adapter and streams.

    The code asset contains the folder, the modules of `streaming_construct.runtime`, and `run.sh`,
    which starts the web server that `requirements.txt` lists. The app gets the stage or the base
    path as its root path (`RootPathMiddleware`), unless `command` or a `run.sh` starts it.

    The requirements are installed for the platform of the function, into a layer: with uv if it is
    on PATH, else with pip. Installed layers are cached in `$XDG_CACHE_HOME/streaming-construct`, by
    default `~/.cache/streaming-construct`.

    `PythonStreamingFunction` runs the same app without adapter, layer and web server.

    Attributes:
        dependencies: The layer with the installed requirements. None without requirements.
    """

    dependencies: lambda_.LayerVersion | None

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
        **options: Unpack[FunctionOptions],
    ) -> None:
        """Create the function.

        Args:
            scope: The parent construct.
            construct_id: The id of this construct in `scope`.
            entry: The folder with the app, relative to the working directory.
            app: The app as `module:attribute`.
            command: The program and the arguments that start the web server, instead of `app`. The
                server must listen on `127.0.0.1:$AWS_LWA_PORT`. The shell replaces `$NAME` and
                `${NAME:-default}`. Default: derived from `app` and `requirements.txt`, unless the
                folder has a `run.sh`.
            exclude: Names and paths in the folder to exclude, with the wildcards `*`, `?` and
                `[...]`. Caches, virtual environments, version control, `.env` files and tests are
                always excluded.
            web_adapter: The settings of the adapter. Default: `WebAdapter()`.
            runtime: Python 3.10 or newer. Default: Python 3.14.
            **options: The other options of CDK's `Function`, see `FunctionOptions`.

        Raises:
            ValueError: An argument is wrong, or the requirements cannot be installed. The message
                starts with the path of the construct and lists all problems with their fixes.
        """
        path = build_construct_path(scope, construct_id)
        raise_type_errors(
            path,
            options,
            decided={"code": "Pass entry.", "handler": "Pass app or command."},
            lists={"command": command, "exclude": exclude},
            required={
                "entry": (entry, (str, PathLike), "the path of a folder"),
                "app": (app, str, "a text as 'app:app'"),
            },
            web_adapter=(web_adapter, WebAdapter),
            runtime=(runtime, lambda_.Runtime),
        )
        options = set_function_defaults(options)
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        adapter = web_adapter or WebAdapter()
        python = read_python_folder(Path(entry))
        python_minor = parse_python_minor(runtime.name)
        web_app = read_web_app(python, app=app, command=command, python_minor=python_minor)
        problems = [
            *python.problems,
            *web_app.problems,
            *find_runtime_problems(runtime.name),
            *_find_adapter_problems(adapter, Stack.of(scope), options),
        ]
        raise_errors(path, problems)

        files = {**build_runtime_modules(), RUN_SCRIPT: web_app.run_script}
        target = create_target(runtime, options)
        with package_python(
            scope, path, python, target, files=files, exclude=exclude or ()
        ) as package:
            super().__init__(
                scope,
                construct_id,
                code=package.code,
                handler=RUN_SCRIPT,
                runtime=runtime,
                **options,
            )
        self.dependencies = package.add_dependencies(self)
        if command is None:
            warn_of_unparsed_source(self, python.folder, app, python_minor)
        get_function_traits(self).can_handle_cors = True
        adapter.attach(self)
        chain_exec_wrapper(self, EXEC_WRAPPER, options)


def _find_adapter_problems(
    web_adapter: WebAdapter, stack: Stack, options: FunctionOptions
) -> Iterator[str]:
    """Yield why the adapter has no layer there, and why `options` cannot work with it."""
    try:
        web_adapter.build_layer_arn(stack, get_architecture(options))
    except ValueError as error:
        yield str(error)
    variables = dict.fromkeys(web_adapter.environment, "Pass web_adapter=WebAdapter(...).")
    yield from find_option_value_problems(options, variables)
