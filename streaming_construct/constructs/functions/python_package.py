"""A folder of Python as what CDK deploys: code, and a layer with what `requirements.txt` lists."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aws_cdk import Annotations, Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streaming_construct.aws.limits import FUNCTION_TIMEOUT_MAX_SECONDS
from streaming_construct.constructs.cdk.durations import milliseconds
from streaming_construct.packaging.bytecode import add_bytecode, source_hash
from streaming_construct.packaging.code_asset import copy_code
from streaming_construct.packaging.dependency_layer import build_layer, installed_names
from streaming_construct.packaging.lambda_target import Target, runtime_problem
from streaming_construct.packaging.requirements import PythonSource

UNPINNED_REQUIREMENTS: Final = "streaming-construct:unpinned-requirements"
# `cdk synth --no-staging`: CDK then refers to folders where they are.
_STAGING_DISABLED: Final = "aws:cdk:disable-asset-staging"


@dataclass(frozen=True, kw_only=True)
class PythonPackage:
    """What was made of a folder. `layer` is the folder of installed requirements, if any."""

    python: PythonSource
    target: Target
    code: lambda_.Code
    layer: Path | None

    def add_dependencies(self, function: lambda_.Function) -> lambda_.LayerVersion | None:
        """Give `function` the layer; warn of requirements that are not pinned."""
        if self.layer is None:
            return None
        layer = lambda_.LayerVersion(
            function,
            "Dependencies",
            # The folder's name is the hash of what it was made from: installing the same again,
            # elsewhere or with another installer, is no change.
            code=lambda_.Code.from_asset(str(self.layer), asset_hash=self.layer.name),
            compatible_runtimes=[function.runtime],
            compatible_architectures=[function.architecture],
            description=f"What requirements.txt lists, for {self.target.runtime}",
        )
        function.add_layers(layer)
        if unpinned := self.python.requirements.unpinned(installed_names(self.layer)):
            Annotations.of(function).add_warning_v2(
                UNPINNED_REQUIREMENTS,
                f"{self.python.folder / 'requirements.txt'} lets versions change from one install "
                f"to the next: {', '.join(unpinned)}; pin each with == or a hash, as "
                "`uv pip compile` and `pip-compile` do",
            )
        return layer


@contextmanager
def package_python(
    scope: Construct,
    path: str,
    python: PythonSource,
    target: Target,
    *,
    files: Mapping[str, bytes],
    exclude: Sequence[str],
) -> Iterator[PythonPackage]:
    """Package a folder, with `files` beside its code, for as long as CDK takes to copy it.

    Raises:
        ValueError: The requirements cannot be installed, or a link leads nowhere; the message
            starts with the construct's `path`.
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
        # What deploys depends on the sources alone: bytecode says the same, only sooner.
        found = source_hash(code)
        add_bytecode(code, target, place="/var/task")
        asset = lambda_.Code.from_asset(str(code), asset_hash=found)
        yield PythonPackage(python=python, target=target, code=asset, layer=layer)


def construct_path(scope: Construct, construct_id: str) -> str:
    """Return the path of a construct that is not made yet."""
    return "/".join(filter(None, [scope.node.path, construct_id]))


def raise_errors(path: str, problems: Iterable[str]) -> None:
    """Raise a ValueError with all `problems` of the construct at `path`.

    Raises:
        ValueError: There is at least one.
    """
    if told := list(problems):
        raise ValueError("\n".join([f"{path} cannot be made:", *(f"- {it}" for it in told)]))


def text_for_list_problems(**arguments: object) -> Iterator[str]:
    """Yield a problem for each argument, by name, that is a text where a list belongs."""
    for name, value in arguments.items():
        if isinstance(value, str):
            yield f"{name} is the text {value!r}: give a list, as in [{value!r}]"


def runtime_problems(runtime: lambda_.Runtime) -> Iterator[str]:
    """Yield why dependencies cannot be installed for `runtime`."""
    if problem := runtime_problem(runtime.name):
        yield problem


def timeout_problems(timeout: Duration | None) -> Iterator[str]:
    """Yield why `timeout` is not one a function can have."""
    if timeout is not None and not isinstance(timeout, Duration):
        yield f"timeout is {timeout!r}: give a Duration, as in Duration.minutes(5)"
        return
    known = milliseconds(timeout)
    if known is not None and not 1000 <= known <= FUNCTION_TIMEOUT_MAX_SECONDS * 1000:
        seconds = known / 1000
        yield f"timeout must be from 1 to {FUNCTION_TIMEOUT_MAX_SECONDS} s, got {seconds:g} s"


def taken_variable_problems(
    environment: Mapping[str, str], taken: Iterable[str], by: str
) -> Iterator[str]:
    """Yield a problem for each variable of `environment` that is `taken`, with what takes it."""
    for name in sorted(environment.keys() & set(taken)):
        yield f"environment has {name}, which {by}"


def timeout_or_longest(timeout: Duration | None) -> Duration:
    """Return `timeout`, or the longest that Lambda allows: a stream lives as long as its function.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
    """
    return timeout or Duration.seconds(FUNCTION_TIMEOUT_MAX_SECONDS)
