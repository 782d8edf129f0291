"""The bundled runtime: the files that a function contains, and the script that starts them."""

from __future__ import annotations

import ast
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streaming_construct.runtime import bundle
from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from tests.runtime.runtime_api_server import RuntimeApiServer

ROOT = Path(__file__).parent.parent.parent
SOURCE = """
import os, sys
from streaming_construct import __version__
HEAVY = {"asyncio", "logging", "inspect", "http.client", "email", "json", "re", "signal"}
def handler(event, context):
    heavy = HEAVY & set(sys.modules) - set(os.environ["BARE_MODULES"].split())
    yield f"{__version__} {sorted(heavy)}"
"""


def _bundled_runtime(folder: Path) -> None:
    for path, content in bundle.build_runtime_files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "app.py").write_text(SOURCE)
    (folder / bundle.WRAPPER_PATH).chmod(0o755)


def _environment(server: RuntimeApiServer, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": server.address,
        "LAMBDA_TASK_ROOT": str(folder),
        "_HANDLER": "app.handler",
    }


@pytest.mark.parametrize("way", ["wrapper", "bootstrap", "entry point"])
def test_the_bundled_files_run_alone(server: RuntimeApiServer, tmp_path: Path, way: str) -> None:
    """They start in each of Lambda's ways, and import no module that slows the start."""
    _bundled_runtime(tmp_path)
    interpreter = sys.executable
    if way == "wrapper":
        # What a managed runtime gives: its interpreter, then its own bootstrap.
        command = [str(tmp_path / bundle.WRAPPER_PATH), sys.executable, "/var/runtime/bootstrap.py"]
    elif way == "bootstrap":
        (tmp_path / "bootstrap").write_text(bundle.BOOTSTRAP)
        (tmp_path / "bootstrap").chmod(0o755)
        (tmp_path / "bin").mkdir()
        interpreter = str(tmp_path / "bin" / "python3")
        Path(interpreter).symlink_to(sys.executable)
        command = [str(tmp_path / "bootstrap")]
    else:
        command = [sys.executable, *bundle.ENTRY_POINT[1:], "app.handler"]
    # What this interpreter imports by itself: files `.pth` of other packages may import anything.
    bare = subprocess.check_output(
        [interpreter, "-c", "import sys; print(*sys.modules)"], text=True
    )
    environment = {**_environment(server, tmp_path), "BARE_MODULES": bare}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment)
    try:
        server.invoke(rest_event())
        response = server.wait_for_response()
    finally:
        process.terminate()
        code = process.wait(5)

    assert response.payload.decode() == f"{version('streaming-construct')} []"
    assert code == 0


def test_the_wrapper_of_another_vendor_starts_first(
    server: RuntimeApiServer, tmp_path: Path
) -> None:
    """It gets the command of our wrapper. The handler has its changes of the environment."""
    _bundled_runtime(tmp_path)
    (tmp_path / "app.py").write_text(
        "import os\ndef other(event, context):\n    yield os.environ['FROM_VENDOR']\n"
    )
    vendor = tmp_path / "vendor wrapper"
    vendor.write_text('#!/bin/sh\nexport FROM_VENDOR=yes _HANDLER=app.other\nexec "$@"\n')
    vendor.chmod(0o755)
    process = subprocess.Popen(
        [str(tmp_path / bundle.WRAPPER_PATH), sys.executable, "/var/runtime/bootstrap.py"],
        cwd=tmp_path,
        env={**_environment(server, tmp_path), bundle.CHAINED_WRAPPER_VARIABLE: str(vendor)},
    )
    try:
        server.invoke(rest_event())
        assert server.wait_for_response().payload == b"yes"
    finally:
        process.terminate()
        process.wait(5)


@pytest.mark.parametrize("minor", [10, 11, 12, 13, 14])
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_every_python_of_lambda_runs_the_bundled_runtime(
    server: RuntimeApiServer, tmp_path: Path, minor: int, kind: str
) -> None:
    """A stream and a failure run with and without asyncio, logs included."""
    python = shutil.which(f"python3.{minor}") or ""
    if (
        not python
        or subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode
    ):
        pytest.skip(f"python3.{minor} is not on PATH")
    _bundled_runtime(tmp_path)
    (tmp_path / "app.py").write_text(
        f"import logging\n{kind} handler(event, context):\n    logging.warning('logged')\n"
        "    yield 'part'\n    if event['path'] == '/bad':\n        raise ValueError('no')\n"
    )
    process = subprocess.Popen(
        [str(tmp_path / bundle.WRAPPER_PATH), python, "/var/runtime/bootstrap.py"],
        cwd=tmp_path,
        env=_environment(server, tmp_path),
        stdout=subprocess.PIPE,
    )
    try:
        server.invoke(rest_event())
        good = server.wait_for_response()
        server.invoke(rest_event(path="/bad"))
        bad = server.wait_for_response()
    finally:
        process.terminate()
        log, _ = process.communicate(timeout=5)

    assert (good.payload, good.trailers) == (b"part", {})
    assert bad.trailer_error["errorType"] == "ValueError"
    assert log.count(b"logged") == 2
    assert process.returncode == 0


def test_the_bundled_runtime_is_small() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path, content in bundle.build_runtime_files().items():
            file.writestr(path, content)

    assert archive.tell() < 36_000


def test_the_bundled_files_have_the_lines_of_the_source() -> None:
    """A traceback on Lambda names the lines of the source, which has comments and docstrings."""

    def positions(text: str) -> set[tuple[str, int]]:
        nodes = ast.walk(ast.parse(text))
        return {(ast.dump(node), node.lineno) for node in nodes if isinstance(node, ast.Raise)}

    for path, shipped in bundle.build_runtime_modules().items():
        if path != "streaming_construct/__init__.py":
            assert positions(shipped.decode()) == positions((ROOT / path).read_text()), path


def test_the_bundled_runtime_imports_only_the_standard_library_and_itself() -> None:
    """It has no dependency, and imports no other part of this package."""
    imported = set()
    for path, content in bundle.build_runtime_files().items():
        if path.endswith(".py"):
            for node in ast.walk(ast.parse(content)):
                if isinstance(node, ast.ImportFrom) and node.module:
                    imported.add(node.module)
                elif isinstance(node, ast.Import):
                    imported.update(alias.name for alias in node.names)

    of_package = {name for name in imported if name.startswith("streaming_construct")}
    assert all(name.startswith("streaming_construct.runtime") for name in of_package)
    assert {name.split(".")[0] for name in imported - of_package} <= sys.stdlib_module_names


def test_every_error_type_is_documented() -> None:
    """The table of failures in docs/python-runtime.md has each of them."""
    source = b"".join(bundle.build_runtime_files().values()).decode()
    words = set(re.findall(r'"(Runtime\.\w+)"', source))

    documented = (ROOT / "docs" / "python-runtime.md").read_text()
    assert words
    assert not [word for word in sorted(words) if word not in documented]
