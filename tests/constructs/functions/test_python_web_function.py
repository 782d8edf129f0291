"""`PythonWebFunction`: a folder with a web app becomes a function that streams."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Annotations as CdkAnnotations
from aws_cdk import App, CfnParameter, Duration, Environment, Size, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Annotations, Match, Template

from streaming_construct import PythonWebFunction, WebAdapter
from tests.docs.examples import list_examples, run_example
from tests.support.wheelhouse import add_wheel, install_from

if TYPE_CHECKING:
    from collections.abc import Iterator

UNPINNED = "streaming-construct:unpinned-requirements"


@pytest.fixture(scope="module")
def wheel_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the wheels of a server, in which installers find no others."""
    folder = tmp_path_factory.mktemp("workshop")
    wheels = folder / "wheels"
    wheels.mkdir()
    add_wheel(wheels, "uvicorn", requires=["h11"], scripts={"uvicorn": "uvicorn:main"})
    add_wheel(wheels, "h11")
    with pytest.MonkeyPatch.context() as monkeypatch:
        install_from(monkeypatch, wheels, folder / "cache")
        yield folder


@pytest.fixture(scope="module")
def entry(wheel_folder: Path) -> Path:
    return web_app(wheel_folder / "entry")


def web_app(folder: Path, requirements: str = "uvicorn==1.0\nh11==1.0\n") -> Path:
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("async def app(scope, receive, send): ...\n")
    (folder / "requirements.txt").write_text(requirements)
    return folder


def new_stack(name: str = "Test", region: str | None = None, outdir: Path | None = None) -> Stack:
    app = App(
        builtin_cloud_formation_validation=False, outdir=None if outdir is None else str(outdir)
    )
    return Stack(app, name, env=Environment(region=region) if region else None)


@pytest.fixture(scope="module")
def stack(entry: Path) -> Stack:
    stack = new_stack()
    PythonWebFunction(stack, "Web", entry=entry)
    return stack


@pytest.fixture(scope="module")
def template(stack: Stack) -> Template:
    return Template.from_stack(stack)


def assets(stack: Stack) -> dict[str, Path]:
    """The staged folders of a stack, by the id of the construct they belong to."""
    directory = Path(App.of(stack).synth().directory)  # type: ignore[union-attr] # it has an app
    manifest = json.loads((directory / f"{stack.stack_name}.assets.json").read_text())
    folders = {}
    for asset in manifest["files"].values():
        folder = directory / asset["source"]["path"]
        if folder.is_dir():
            folders["layer" if (folder / "python").is_dir() else "code"] = folder
    return folders


def test_a_folder_becomes_a_streaming_function(template: Template) -> None:
    """The defaults: Python 3.14 on arm64, 15 minutes, 1024 MiB, adapter, run.sh."""
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Handler": "run.sh",
            "Runtime": "python3.14",
            "Architectures": ["arm64"],
            "Timeout": 900,
            "MemorySize": 1024,
            "Layers": [{"Ref": Match.string_like_regexp("^WebDependencies")}, Match.any_value()],
            "Environment": {
                "Variables": {
                    "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
                    "AWS_LWA_INVOKE_MODE": "response_stream",
                    "AWS_LWA_PORT": "8080",
                    "AWS_LWA_READINESS_CHECK_PATH": "/",
                }
            },
        },
    )


def test_dependencies_are_a_layer_for_the_platform_of_the_function(
    stack: Stack, template: Template
) -> None:
    """Its folder has python/ and its requirements. The code asset has neither."""
    template.has_resource_properties(
        "AWS::Lambda::LayerVersion",
        {"CompatibleArchitectures": ["arm64"], "CompatibleRuntimes": ["python3.14"]},
    )
    folders = assets(stack)
    assert (folders["layer"] / "requirements.txt").read_text() == "uvicorn==1.0\nh11==1.0\n"
    assert (folders["layer"] / "python" / "uvicorn.py").is_file()
    in_code = {path.name for path in folders["code"].iterdir()} - {"__pycache__"}
    assert in_code == {"app.py", "requirements.txt", "run.sh", "streaming_construct"}


def test_the_deployed_script_can_be_executed(stack: Stack) -> None:
    """CDK keeps modes: 0755, LF, an interpreter line."""
    script = assets(stack)["code"] / "run.sh"
    assert script.stat().st_mode & 0o777 == 0o755
    assert script.read_bytes().startswith(b"#!/bin/sh\n")
    assert b"\r" not in script.read_bytes()


def test_pinned_requirements_get_no_warning(stack: Stack) -> None:
    """Every installed package has one version."""
    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []


def test_unpinned_packages_get_a_warning(wheel_folder: Path) -> None:
    """Indirect dependencies count too. The warning can be acknowledged."""
    entry = web_app(wheel_folder / "unpinned", "uvicorn==1.0\n")
    stack = new_stack()
    PythonWebFunction(stack, "Loud", entry=entry)
    quiet = PythonWebFunction(stack, "Quiet", entry=entry)
    CdkAnnotations.of(quiet).acknowledge_warning(UNPINNED, "it is a demo")
    warnings = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert [message.id for message in warnings] == ["/Test/Loud"]
    text = str(warnings[0].entry.data)
    assert UNPINNED in text
    assert "does not pin h11." in text


@pytest.mark.parametrize("requirements", [None, "", "# nothing yet\n"])
def test_without_requirements_there_is_no_layer(
    requirements: str | None, wheel_folder: Path, request: pytest.FixtureRequest
) -> None:
    """The server of the app, started by a command, needs none."""
    entry = web_app(wheel_folder / request.node.name, requirements or "")
    if requirements is None:
        (entry / "requirements.txt").unlink()
    stack = new_stack()
    function = PythonWebFunction(stack, "Web", entry=entry, command=["python", "app.py"])
    assert function.dependencies is None
    Template.from_stack(stack).resource_count_is("AWS::Lambda::LayerVersion", 0)
    assert (assets(stack)["code"] / "run.sh").read_text().endswith(" python app.py\n")


def test_options_of_the_user_reach_the_function(entry: Path) -> None:
    """CDK's arguments have their meaning."""
    stack = new_stack(region="eu-west-1")
    function = PythonWebFunction(
        stack,
        "Web",
        entry=entry,
        web_adapter=WebAdapter(port=9000, readiness_check_path="/ready"),
        runtime=lambda_.Runtime.PYTHON_3_12,
        architecture=lambda_.Architecture.X86_64,
        timeout=Duration.minutes(5),
        memory_size=2048,
        environment={"MODEL": "small"},
        environment_encryption=kms.Key(stack, "Key"),
        description="tokens",
        function_name="chat",
        role=iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")),
        vpc=ec2.Vpc(stack, "Vpc"),
        log_group=logs.LogGroup(stack, "Log"),
        tracing=lambda_.Tracing.ACTIVE,
        ephemeral_storage_size=Size.gibibytes(1),
        reserved_concurrent_executions=3,
    )
    assert isinstance(function, lambda_.Function)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Runtime": "python3.12",
            "Architectures": ["x86_64"],
            "Timeout": 300,
            "MemorySize": 2048,
            "Environment": {"Variables": Match.object_like({"MODEL": "small"})},
            "KmsKeyArn": Match.any_value(),
            "Description": "tokens",
            "FunctionName": "chat",
            "Role": {"Fn::GetAtt": [Match.string_like_regexp("^Role"), "Arn"]},
            "VpcConfig": Match.any_value(),
            "LoggingConfig": Match.any_value(),
            "TracingConfig": {"Mode": "Active"},
            "EphemeralStorage": {"Size": 1024},
            "ReservedConcurrentExecutions": 3,
            "Layers": [
                Match.any_value(),
                "arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerX86:30",
            ],
        },
    )
    template.has_resource_properties(
        "AWS::Lambda::LayerVersion", {"CompatibleArchitectures": ["x86_64"]}
    )


def test_environment_can_be_added_later(entry: Path) -> None:
    """The construct is a function like any other."""
    stack = new_stack()
    PythonWebFunction(stack, "Web", entry=entry).add_environment("CORS_ALLOW_ORIGINS", "*")
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function",
        {"Environment": {"Variables": Match.object_like({"CORS_ALLOW_ORIGINS": "*"})}},
    )


def test_the_same_sources_give_the_same_template_and_assets(
    wheel_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folder, modification times, umask and cache differ."""
    results = []
    cases: tuple[tuple[str, int, float], ...] = (
        ("one", 0o022, time.time()),
        ("elsewhere/two", 0o077, time.time() - 14 * 86_400),
    )
    for name, umask, modified in cases:
        folder = wheel_folder / name
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        old = os.umask(umask)
        try:
            entry = web_app(folder / "entry")
            for file in entry.iterdir():
                os.utime(file, (modified, modified))
            stack = new_stack("Same", outdir=folder / "cdk.out")
            PythonWebFunction(stack, "Web", entry=entry)
            folders = assets(stack)
        finally:
            os.umask(old)
        out = folder / "cdk.out"
        results.append(
            (
                (out / "Same.template.json").read_bytes(),
                json.loads((out / "Same.assets.json").read_text()),
                {kind: contents(asset) for kind, asset in folders.items()},
            )
        )
        assert str(folder) not in (out / "Same.template.json").read_text()
    assert results[0] == results[1]


def contents(folder: Path) -> dict[str, tuple[bool, bytes]]:
    """Return whether each file of a folder is executable, and its content."""
    return {
        path.relative_to(folder).as_posix(): (os.access(path, os.X_OK), path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_change_of_code_does_not_change_the_layer(wheel_folder: Path) -> None:
    """A change of requirements changes the layer."""
    entry = web_app(wheel_folder / "changing")

    def keys() -> tuple[str, str]:
        stack = new_stack()
        PythonWebFunction(stack, "Web", entry=entry)
        template = Template.from_stack(stack)
        (function,) = template.find_resources("AWS::Lambda::Function").values()
        (layer,) = template.find_resources("AWS::Lambda::LayerVersion").values()
        return (
            function["Properties"]["Code"]["S3Key"],
            layer["Properties"]["Content"]["S3Key"],
        )

    first = keys()
    (entry / "app.py").write_text("app = None\n")
    changed_code = keys()
    (entry / "requirements.txt").write_text("uvicorn==1.0\n")
    changed_requirements = keys()
    assert changed_code[0] != first[0]
    assert changed_code[1] == first[1]
    assert changed_requirements[1] != first[1]


def test_the_folder_of_the_user_is_only_read(wheel_folder: Path) -> None:
    """No file is written into it, and no copy of it stays in the temporary folder."""
    entry = web_app(wheel_folder / "read-only")
    for path in (entry, *entry.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path: path.stat() for path in (entry, *entry.rglob("*"))}
    PythonWebFunction(new_stack(), "Web", entry=entry)
    after = {path: path.stat() for path in (entry, *entry.rglob("*"))}
    assert {path: (status.st_mtime_ns, status.st_mode) for path, status in before.items()} == {
        path: (status.st_mtime_ns, status.st_mode) for path, status in after.items()
    }
    shutil.rmtree(entry)


def test_without_staging_the_code_stays_in_the_folder_of_the_template(entry: Path) -> None:
    """`cdk synth --no-staging` writes the path of the folder into the template."""
    app = App(
        builtin_cloud_formation_validation=False,
        context={"aws:cdk:disable-asset-staging": True, "aws:cdk:enable-asset-metadata": True},
    )
    stack = Stack(app, "Test")
    PythonWebFunction(stack, "Web", entry=entry)
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    code = Path(function["Metadata"]["aws:asset:path"])
    assert (code / "run.sh").is_file()
    shutil.rmtree(code)


def test_all_problems_are_reported_before_a_resource_is_created(wheel_folder: Path) -> None:
    """One message has the construct path, the given value and the fix."""
    stack = new_stack(region="us-gov-west-1")
    arguments: dict[str, Any] = {
        "entry": wheel_folder / "missing",
        "runtime": lambda_.Runtime.PYTHON_3_9,
        "timeout": Duration.minutes(31),
        "environment": {"AWS_LWA_INVOKE_MODE": "buffered"},
    }
    with pytest.raises(ValueError, match=r"^Test/Web cannot be created:\n") as rejection:
        PythonWebFunction(stack, "Web", **arguments)
    for problem in (
        f"entry '{wheel_folder / 'missing'}' does not exist",
        "runtime is python3.9, which is not Python 3.10 or newer",
        "timeout is 1860 s. Pass a duration from 1 to 1800 s.",
        "environment has AWS_LWA_INVOKE_MODE",
        "us-gov-west-1",
    ):
        assert problem in str(rejection.value)
    assert stack.node.children == []


def test_the_error_of_a_failed_installation_has_path_and_output(wheel_folder: Path) -> None:
    """No resource is created."""
    entry = web_app(wheel_folder / "failing", "uvicorn==9.9\n")
    stack = new_stack()
    with pytest.raises(ValueError, match=r"(?s)^Test/Web: .* could not install .*uvicorn==9\.9"):
        PythonWebFunction(stack, "Web", entry=entry)
    assert stack.node.children == []


def test_the_error_of_a_broken_link_has_its_path(wheel_folder: Path) -> None:
    """A problem of the copy names the construct as well."""
    entry = web_app(wheel_folder / "dangling")
    (entry / "gone").symlink_to("nowhere")
    with pytest.raises(ValueError, match=r"^Test/Web: .*gone is a broken link"):
        PythonWebFunction(new_stack(), "Web", entry=entry)


def test_the_token_of_a_timeout_is_not_judged(entry: Path) -> None:
    """Its value is not known."""
    stack = new_stack()
    parameter = CfnParameter(stack, "Seconds", type="Number")
    timeout = Duration.seconds(parameter.value_as_number)
    PythonWebFunction(stack, "Web", entry=entry, timeout=timeout)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"Timeout": {"Ref": "Seconds"}}
    )


def test_the_examples_of_the_page_run(entry: Path) -> None:
    """Each Python block of docs/python-functions.md, in one stack, in its order."""
    server = entry.parent / "server"
    server.mkdir()
    (server / "run.sh").write_text("#!/bin/sh\nexec node server.mjs\n")
    replacements = {'"lambda_src/web"': repr(str(entry)), '"server"': repr(str(server))}
    stack = new_stack()
    names: dict[str, Any] = {"self": stack}
    for example in list_examples("python-functions"):
        run_example(example, names, replacements)
    Template.from_stack(stack).resource_count_is("AWS::Lambda::Function", 3)
