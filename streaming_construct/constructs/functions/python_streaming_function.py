"""`PythonStreamingFunction`: a Python function with the streaming runtime of this library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streaming_construct.constructs.cdk.validation import add_warnings
from streaming_construct.constructs.functions.exec_wrapper import chain_exec_wrapper
from streaming_construct.constructs.functions.function_options import (
    find_option_value_problems,
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
from streaming_construct.model.subject import Subject
from streaming_construct.packaging.entry_point import (
    find_decorated_generator,
    find_handler_problems,
    list_return,
)
from streaming_construct.packaging.lambda_target import find_runtime_problems, parse_python_minor
from streaming_construct.packaging.requirements import PythonSource, read_python_folder
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.functions import DECORATED_GENERATOR, HANDLER_RETURNS_LIST
from streaming_construct.runtime import bundle

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from streaming_construct.constructs.functions.function_options import FunctionOptions

_BASE_PATH_VARIABLE: Final = "STREAMING_BASE_PATH"
_FLUSH_INTERVAL_VARIABLE: Final = "STREAMING_CONSTRUCT_FLUSH_INTERVAL_MS"
_RESERVED_VARIABLES: Final = {
    _FLUSH_INTERVAL_VARIABLE: "Pass flush_interval=Duration.millis(...).",
}
_TASK_ROOT: Final = "/var/task"


class PythonStreamingFunction(lambda_.Function):
    """A Python function that streams its responses with a runtime that the asset contains.

    The handler is an ASGI app, a WSGI app, or `def handler(event, context)` that yields or returns.
    `docs/python-runtime.md` describes the guarantees of the runtime. The requirements of the folder
    are installed for the platform of the function, into a layer.

    If the Python runtime of Lambda supports response streaming one day, pass
    `streaming_runtime=False`. The handler stays the same.

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
        handler: str = "index.handler",
        streaming_runtime: bool = True,
        flush_interval: Duration | None = None,
        exclude: Sequence[str] = (),
        runtime: lambda_.Runtime | None = None,
        **options: Unpack[FunctionOptions],
    ) -> None:
        """Create the function.

        Args:
            scope: The parent construct.
            construct_id: The id of this construct in `scope`.
            entry: The folder with the code, relative to the working directory.
            handler: The handler as `module.function`, or the web app as `module:app`.
            streaming_runtime: Whether the function runs on the runtime of this library. The Python
                runtime of Lambda buffers each response.
            flush_interval: How long the runtime collects consecutive small writes into one send. It
                sends the first write after a pause at once. Default: 1 ms.
            exclude: Names and paths in the folder to exclude, with the wildcards `*`, `?` and
                `[...]`. Caches, virtual environments, version control, `.env` files and tests are
                always excluded.
            runtime: Python 3.10 or newer. `Runtime.PROVIDED_AL2023` needs `bin/python3` in `entry`
                or in a layer. Default: Python 3.14.
            **options: The other options of CDK's `Function`, see `FunctionOptions`.

        Raises:
            ValueError: An argument is wrong, or the requirements cannot be installed. The message
                starts with the path of the construct and lists all problems with their fixes.
        """
        path = build_construct_path(scope, construct_id)
        raise_type_errors(
            path,
            options,
            decided={"code": "Pass entry."},
            lists={"exclude": exclude},
            required={
                "entry": (entry, (str, PathLike), "the path of a folder"),
                "handler": (handler, str, "a text as 'index.handler'"),
                "streaming_runtime": (streaming_runtime, bool, "True or False"),
            },
            flush_interval=(flush_interval, Duration),
            runtime=(runtime, lambda_.Runtime),
        )
        options = set_function_defaults(options)
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        python = read_python_folder(Path(entry))
        reserved_variables = _RESERVED_VARIABLES if streaming_runtime else {}
        problems = [
            *_find_source_problems(
                python, handler, runtime, options, streaming_runtime=streaming_runtime
            ),
            *_find_flush_interval_problems(flush_interval, streaming_runtime=streaming_runtime),
            *find_option_value_problems(options, reserved_variables),
        ]
        raise_errors(path, problems)

        environment = dict(options.get("environment") or {})
        if streaming_runtime:
            options["environment"] = {**environment, **_build_runtime_variables(flush_interval)}
        files = _read_runtime_files(runtime, streaming_runtime=streaming_runtime)
        target = create_target(runtime, options)
        with package_python(
            scope, path, python, target, files=files, exclude=exclude or ()
        ) as package:
            super().__init__(
                scope, construct_id, code=package.code, handler=handler, runtime=runtime, **options
            )
        self.dependencies = package.add_dependencies(self)
        warn_of_unparsed_source(self, python.folder, handler, parse_python_minor(runtime.name))
        get_function_traits(self).can_handle_cors = True
        if streaming_runtime:
            add_warnings(self, _check_handler(python.folder, handler))
            self._start_streaming_runtime(options, environment.get(_BASE_PATH_VARIABLE))

    def _start_streaming_runtime(self, options: FunctionOptions, base_path: str | None) -> None:
        """Let Lambda start the runtime of this library, and record what the runtime can do."""
        # `provided.al2023` starts `bootstrap` without a wrapper.
        if not _is_provided(self.runtime):
            chain_exec_wrapper(self, f"{_TASK_ROOT}/{bundle.WRAPPER_PATH}", options)
        traits = get_function_traits(self)
        traits.is_streaming = True
        traits.set_base_path_variable(_BASE_PATH_VARIABLE, base_path)


def _is_provided(runtime: lambda_.Runtime) -> bool:
    return runtime.name == lambda_.Runtime.PROVIDED_AL2023.name


def _find_source_problems(
    python: PythonSource,
    handler: str,
    runtime: lambda_.Runtime,
    options: FunctionOptions,
    *,
    streaming_runtime: bool,
) -> Iterator[str]:
    """Yield why the code cannot run as this handler on this runtime."""
    yield from python.problems
    yield from find_handler_problems(python.folder, handler, parse_python_minor(runtime.name))
    if _is_provided(runtime):
        yield from _find_provided_runtime_problems(
            python, options.get("layers") or (), streaming_runtime=streaming_runtime
        )
    else:
        yield from find_runtime_problems(runtime.name)


def _check_handler(folder: Path, handler: str) -> Iterator[Finding]:
    if location := list_return(folder, handler):
        yield HANDLER_RETURNS_LIST.at(
            Subject("handler", handler), f"returns a list at {location} and yields nothing"
        )
    if location := find_decorated_generator(folder, handler):
        yield DECORATED_GENERATOR.at(
            Subject("handler", handler), f"yields below the decorator at {location}"
        )


def _build_runtime_variables(flush_interval: Duration | None) -> Mapping[str, str]:
    """Return the environment variables that configure the streaming runtime."""
    if flush_interval is None:
        return {}
    return {_FLUSH_INTERVAL_VARIABLE: f"{flush_interval.to_milliseconds():g}"}


def _read_runtime_files(runtime: lambda_.Runtime, *, streaming_runtime: bool) -> dict[str, bytes]:
    """Return the files of this library for the code asset, by path."""
    if not streaming_runtime:
        return bundle.build_runtime_modules()
    files = bundle.build_runtime_files()
    if _is_provided(runtime):
        files["bootstrap"] = bundle.BOOTSTRAP.encode()
    return files


def _find_provided_runtime_problems(
    python: PythonSource, layers: Sequence[lambda_.ILayerVersion], *, streaming_runtime: bool
) -> Iterator[str]:
    """Yield why a function cannot run on `provided.al2023`, which has no Python.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html
    """
    if not streaming_runtime:
        yield (
            "provided.al2023 has no runtime for streaming_runtime=False. "
            "Remove streaming_runtime=False, or pass runtime=Runtime.PYTHON_3_14."
        )
    if python.exists and not layers and not (python.folder / "bin" / "python3").is_file():
        yield (
            "provided.al2023 has no Python. Put one into the folder as bin/python3 or into a "
            "layer, or pass runtime=Runtime.PYTHON_3_14."
        )
    if python.requirements.names:
        yield (
            "requirements.txt cannot be installed for provided.al2023, because the version of its "
            "Python is unknown. Put the packages into the folder or into a layer, or pass "
            "runtime=Runtime.PYTHON_3_14."
        )


def _find_flush_interval_problems(
    flush_interval: Duration | None, *, streaming_runtime: bool
) -> Iterator[str]:
    if flush_interval is None:
        return
    if not streaming_runtime:
        yield "flush_interval has no effect with streaming_runtime=False. Remove one of the two."
    elif flush_interval.is_unresolved():
        yield "flush_interval is a token. Pass a duration that is known at synth."
