"""Code asset and dependency layer of a Python function."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streaming_construct.constructs.cdk.validation import add_warnings, is_text_list
from streaming_construct.constructs.functions.function_options import (
    find_option_type_problems,
    get_architecture,
)
from streaming_construct.model.subject import Subject
from streaming_construct.packaging.bytecode import add_bytecode, compute_source_hash
from streaming_construct.packaging.code_asset import copy_code
from streaming_construct.packaging.dependency_layer import build_layer, list_installed_names
from streaming_construct.packaging.entry_point import find_syntax_error
from streaming_construct.packaging.lambda_target import LambdaTarget
from streaming_construct.packaging.requirements import PythonSource
from streaming_construct.rules.synth.functions import SOURCE_NOT_PARSED, UNPINNED_REQUIREMENTS

if TYPE_CHECKING:
    from streaming_construct.constructs.functions.function_options import FunctionOptions

# With `cdk synth --no-staging` the template refers to the folder itself.
_STAGING_DISABLED: Final = "aws:cdk:disable-asset-staging"


@dataclass(frozen=True, kw_only=True)
class PythonPackage:
    """The package of a folder.

    Attributes:
        python: The folder.
        target: The platform that the dependencies are installed for.
        code: The code asset.
        layer: The folder with the installed requirements. None without requirements.
    """

    python: PythonSource
    target: LambdaTarget
    code: lambda_.Code
    layer: Path | None

    def add_dependencies(self, function: lambda_.Function) -> lambda_.LayerVersion | None:
        """Add the layer to `function`, and warn of requirements that are not pinned."""
        if self.layer is None:
            return None
        layer = lambda_.LayerVersion(
            function,
            "Dependencies",
            # The name of the folder is the hash of its inputs: a repeated installation, on another
            # machine or with another installer, is no change.
            code=lambda_.Code.from_asset(str(self.layer), asset_hash=self.layer.name),
            compatible_runtimes=[function.runtime],
            compatible_architectures=[function.architecture],
            description=f"Packages of requirements.txt for {self.target.runtime}",
        )
        function.add_layers(layer)
        if unpinned := self.python.requirements.list_unpinned(list_installed_names(self.layer)):
            finding = UNPINNED_REQUIREMENTS.at(
                Subject("file", str(self.python.folder / "requirements.txt")),
                f"does not pin {', '.join(unpinned)}",
            )
            add_warnings(function, [finding])
        return layer


@contextmanager
def package_python(
    scope: Construct,
    path: str,
    python: PythonSource,
    target: LambdaTarget,
    *,
    files: Mapping[str, bytes],
    exclude: Sequence[str],
) -> Iterator[PythonPackage]:
    """Package a folder, with additional `files`, and delete the copy after CDK has staged it.

    Raises:
        ValueError: The requirements cannot be installed, or a link is broken. The message starts
            with `path`, the path of the construct.
    """
    with ExitStack() as cleanup:
        code = Path(tempfile.mkdtemp())
        if not scope.node.try_get_context(_STAGING_DISABLED):
            cleanup.callback(shutil.rmtree, code)
        try:
            layer = build_layer(python.requirements, target) if python.requirements.names else None
            copy_code(python.folder, code, files=files, exclude=exclude)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        # The asset hash is that of the sources: bytecode follows from them.
        asset_hash = compute_source_hash(code)
        add_bytecode(code, target, task_root="/var/task")
        asset = lambda_.Code.from_asset(str(code), asset_hash=asset_hash)
        yield PythonPackage(python=python, target=target, code=asset, layer=layer)


def build_construct_path(scope: Construct, construct_id: str) -> str:
    """Return the path of a construct before it is created."""
    return "/".join(filter(None, [scope.node.path, construct_id]))


def create_target(runtime: lambda_.Runtime, options: FunctionOptions) -> LambdaTarget:
    """Return the platform of a function with these options."""
    return LambdaTarget(runtime=runtime.name, architecture=get_architecture(options).name)


def raise_type_errors(
    path: str,
    options: FunctionOptions,
    *,
    decided: Mapping[str, str],
    lists: Mapping[str, object],
    required: Mapping[str, tuple[object, type | tuple[type, ...], str]],
    **arguments: tuple[object, type],
) -> None:
    """Raise a ValueError with all arguments of a function that have the wrong type.

    Args:
        path: The path of the construct.
        options: The options of CDK's `Function` that the caller has passed.
        decided: The fix for each argument of CDK's `Function` that the construct decides itself.
        lists: The value of each argument that is a list of texts or None, by its name.
        required: The value and the type of each argument that cannot be None, and what to pass.
        **arguments: The value and the type of each further argument, which can be None.

    Raises:
        ValueError: There is at least one problem.
    """
    raise_errors(
        path,
        [
            *_find_required_type_problems(required),
            *_find_list_problems(lists),
            *find_option_type_problems(options, decided, **arguments),
        ],
    )


def raise_errors(path: str, problems: Iterable[str]) -> None:
    """Raise a ValueError with all `problems` of the construct at `path`.

    Raises:
        ValueError: There is at least one problem.
    """
    if lines := [f"- {problem}" for problem in problems]:
        raise ValueError("\n".join([f"{path} cannot be created:", *lines]))


def warn_of_unparsed_source(
    function: lambda_.Function, folder: Path, entry_point: str, python_minor: int | None
) -> None:
    """Warn of a module that the Python of the synthesis cannot parse.

    Args:
        function: The function.
        folder: The folder of its code.
        entry_point: Its handler or its web app.
        python_minor: The minor version of its Python. None if unknown.
    """
    if problem := find_syntax_error(folder, entry_point, python_minor):
        synthesis = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        finding = SOURCE_NOT_PARSED.at(
            Subject("function", function.node.path),
            f"{synthesis}, which runs the synthesis, cannot parse {problem}",
        )
        add_warnings(function, [finding])


def _find_required_type_problems(
    required: Mapping[str, tuple[object, type | tuple[type, ...], str]],
) -> Iterator[str]:
    for name, (value, kind, example) in required.items():
        if not isinstance(value, kind):
            yield f"{name} is {value!r}, of type {type(value).__name__}. Pass {example}."


def _find_list_problems(lists: Mapping[str, object]) -> Iterator[str]:
    for name, value in lists.items():
        if isinstance(value, str):
            yield f"{name} is the string {value!r}. Pass a list, as in [{value!r}]."
        elif value is not None and not is_text_list(value):
            yield f"{name} is {value!r}, of type {type(value).__name__}. Pass a list of texts."
