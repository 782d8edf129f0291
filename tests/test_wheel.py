"""The wheel: its files, and CDK apps that use it outside of this repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.local.lambda_.processes.free_port import find_free_port
from tests.docs.code_blocks import list_blocks, list_named_blocks
from tests.docs.pages import find_section, read_page

pytestmark = pytest.mark.wheel
ROOT = Path(__file__).parents[1]
APP = """
import sys
from aws_cdk import App, Stack
from aws_cdk.aws_lambda import Code, Function, Runtime
from streaming_construct import StreamingRestApi

app = App(outdir="cdk.out", builtin_cloud_formation_validation=False)
stack = Stack(app, "Chat")
chat = Function(stack, "Function", runtime=Runtime.NODEJS_24_X, handler="index.handler",
                code=Code.from_inline("exports.handler = async () => ({})"))
StreamingRestApi(stack, "Api", handler=chat)
app.synth()
print(sys.modules["streaming_construct"].__file__)
"""


# Plugins of this repository's environment would load for a second in each project's tests.
PYTEST = (
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "streaming_construct.local.pytest_plugin",
)


def run(*command: str | Path, folder: Path, **variables: str) -> str:
    """Run `command` in `folder`, without this repository; return its output."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    }
    finished = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**environment, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **variables},
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built as `pip install` builds it, without a download."""
    folder = tmp_path_factory.mktemp("dist")
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--no-index", "--wheel-dir", folder, ROOT),
        folder=folder,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def separate_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, which shares the dependencies of this one.

    They are put on its path as a folder: a `.pth` file there, such as that of an editable install
    of this repository, is not read.
    """
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
        *("--no-deps", "--no-index", wheel),
        folder=folder,
    )
    shared = sysconfig.get_paths()["purelib"]
    code = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    site_packages = run(python, "-c", code, folder=folder).strip()
    Path(site_packages, "shared.pth").write_text(f"{shared}\n")
    return folder


def list_files(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_contains_every_file_of_the_package(wheel: Path) -> None:
    """Modules, `py.typed`, and other files that modules read."""
    expected = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "streaming_construct").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    assert "streaming_construct/py.typed" in expected
    assert expected == {name for name in list_files(wheel) if ".dist-info/" not in name}


def test_the_wheel_has_its_license_and_its_requirements(wheel: Path) -> None:
    """CDK and `packaging` at run time. The rest are extras."""
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    lines = archive.read(metadata).decode().partition("\n\n")[0].splitlines()
    needed = [line for line in lines if line.startswith("Requires-Dist") and "extra ==" not in line]

    assert {re.split(r"[^a-z-]", line.removeprefix("Requires-Dist: "))[0] for line in needed} == {
        "aws-cdk-lib",
        "constructs",
        "packaging",
    }
    assert {line for line in lines if line.startswith("Provides-Extra")} == {
        "Provides-Extra: aws",
        "Provides-Extra: debug",
        "Provides-Extra: local",
        "Provides-Extra: sam",
    }
    assert "License-Expression: Apache-2.0" in lines
    entry_points = archive.read(metadata.replace("METADATA", "entry_points.txt")).decode()
    assert (
        "[pytest11]\nstreaming_construct = streaming_construct.local.pytest_plugin" in entry_points
    )
    assert metadata.replace("METADATA", "licenses/LICENSE") in archive.namelist()


def test_an_app_outside_of_the_repository_synthesizes_a_streaming_api(
    separate_environment: Path, tmp_path: Path
) -> None:
    """It has ten lines and uses only the wheel."""
    (tmp_path / "app.py").write_text(APP)

    imported_from = run(separate_environment / "bin" / "python", "app.py", folder=tmp_path).strip()

    assert Path(imported_from).is_relative_to(separate_environment)
    template: dict[str, Any] = json.loads((tmp_path / "cdk.out/Chat.template.json").read_text())
    (api,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::ApiGateway::RestApi")
    operation = api["Properties"]["Body"]["paths"]["/"]["x-amazon-apigateway-any-method"]
    assert operation["x-amazon-apigateway-integration"]["responseTransferMode"] == "STREAM"


def test_the_command_is_installed(separate_environment: Path, tmp_path: Path) -> None:
    """It runs under its name."""
    usage = run(separate_environment / "bin" / "streaming-construct", "--help", folder=tmp_path)

    assert "local" in usage


@pytest.mark.parametrize("template", ["fastapi", "generator", "node", "openapi"])
def test_a_new_project_synthesizes_streams_and_has_no_findings(
    separate_environment: Path, tmp_path: Path, template: str
) -> None:
    """Its tests synthesize it, compare the snapshot and check the stream. Lint has no finding.

    CDK validates one of the templates: it takes seconds for each.
    """
    commands = separate_environment / "bin"
    run(commands / "streaming-construct", "init", "chat", "--template", template, folder=tmp_path)
    project, temporary = tmp_path / "chat", tmp_path / "temporary"
    tested = run(
        *(commands / "python", *PYTEST, "--basetemp", temporary),
        folder=project,
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        CDK_VALIDATION="true" if template == "fastapi" else "false",
    )

    assert "2 passed" in tested, tested
    assert (project / "tests" / "template.json").is_file()
    assembly = temporary / "cdk0" / "cdk.out"
    assert run(commands / "streaming-construct", "lint", assembly, folder=project) == ""
    run(sys.executable, "-m", "ruff", "check", "src", "tests", "app.py", folder=project)


# Packages come from uv's cache where it has them. `npx` runs the app of `cdk.json`, as the CDK's
# command line does, without a download.
SHELL = """
set -e
pip() {
  test "$1" = install
  shift
  set -- "${@/#streaming-construct\\[/$WHEEL[}"
  "$UV" pip install --quiet --python "$VIRTUAL_ENV/bin/python" --constraint "$PINS" "$@"
}
npx() {
  test "$*" = "--yes aws-cdk@2 synth --quiet"
  CDK_OUTDIR=cdk.out sh -c "$(python3 -c 'import json; print(json.load(open("cdk.json"))["app"])')"
}
serve_and_probe() {
  "$@" --port "$PORT" > served.txt 2>&1 &
  for _ in $(seq 600); do
    if grep -q ^http: served.txt; then break; fi
    kill -0 $! || { cat served.txt; exit 1; }
    sleep 0.2
  done
  probe
  kill $!
  wait $!
}
"""


# Keeps the next steps that `init` prints.
_TO_SCRIPT = "1,/^Next steps:/d; /^  cd /d; s/^  streaming-construct local/serve_and_probe &/"


def commands(text: str) -> list[str]:
    """Return the commands of a part of a page."""
    lines = [line for block in list_blocks(text, "console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def test_the_getting_started_page_runs_in_a_new_environment(wheel: Path, tmp_path: Path) -> None:
    """Each command runs as printed, then the next steps of `init`. Both projects stream."""
    text = read_page("getting-started")
    write = find_section(text, "2. Write an app and a stack")
    stream = find_section(text, "3. Stream locally")
    create, by_hand = write.split("### Or write the files")
    for name, code in list_named_blocks(by_hand).items():
        (tmp_path / "by-hand" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "by-hand" / name).write_text(code)
    (tmp_path / "by-hand" / "cdk.json").write_text(list_blocks(by_hand, "json")[0])
    synth, local, probe = commands(stream)
    port = find_free_port("127.0.0.1")
    init, enter, test_tools = commands(create)
    script = [
        SHELL,
        f"probe() {{ {probe.replace('3000', str(port))}; }}",
        *commands(find_section(text, "1. Install")),
        *("cd by-hand", synth, f"serve_and_probe {local}", "cd .."),
        *(f"{init} | tee created.txt", enter, test_tools),
        "deactivate",
        # The folder is entered already.
        f"sed '{_TO_SCRIPT}' ../created.txt > next-steps.sh",
        ". ./next-steps.sh",
    ]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "WHEEL": str(wheel),
        "PINS": str(ROOT / "constraints.txt"),
        "UV": str(Path(sys.executable).with_name("uv")),
        "PORT": str(port),
    }
    environment.pop("VIRTUAL_ENV", None)
    finished = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env=environment,
    )

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stdout.count("streamed: 8 arrivals of 8 chunks") == 2
