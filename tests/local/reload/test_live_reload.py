"""`--watch`: a saved change is served without a restart, and streams in progress continue."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from streaming_construct.local.reload.cdk_app import SynthError, find_app
from streaming_construct.local.reload.patched_asset import write_patched_asset
from streaming_construct.local.sources.source_folder import find_source
from streaming_construct.packaging.run_script import render_run_script
from streaming_construct.runtime import bundle
from tests.support.edited_project import write_project
from tests.support.running_functions import write_files
from tests.support.watching import WatchedGateway


@contextmanager
def watched_project(
    folder: Path, *options: str, is_outdated: bool = False
) -> Iterator[WatchedGateway]:
    """Serve a synthesized project. A source file can be saved between both."""
    project = write_project(folder / "project")
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=project,
        env={**os.environ, "CDK_OUTDIR": str(project / "cdk.out")},
        check=True,
    )
    if is_outdated:
        source = project / "lambda_src/plain/index.py"
        source.write_text(source.read_text().replace('"plain"', '"new"'))
        earlier = time.time() - 60
        os.utime(project / "cdk.out/manifest.json", (earlier, earlier))
    gateway = WatchedGateway(project, *options)
    try:
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedGateway]:
    with watched_project(tmp_path_factory.mktemp("edited")) as gateway:
        yield gateway


def test_saved_code_is_served_at_once_and_open_streams_keep_the_old_code(
    watching: WatchedGateway,
) -> None:
    """No synthesis is needed. The stream in progress has every chunk of its version."""
    assert httpx.get(watching.url + "x", timeout=20).text == "one"
    with httpx.stream("GET", watching.url + "slow", timeout=20) as response:
        watching.edit("lambda_src/web/app.py", 'VERSION = b"one"', 'VERSION = b"two"')
        took = [watching.seconds_until("x", "two")]
        under_way = response.read()
    for before, after in (("two", "three"), ("three", "two")):
        watching.edit("lambda_src/web/app.py", f'VERSION = b"{before}"', f'VERSION = b"{after}"')
        took.append(watching.seconds_until("x", after))

    assert under_way == b"one" * 12
    # What is promised; a machine that is busy with other things may spoil one of them.
    assert min(took) < 1
    watching.wait_for_line("lambda_src/web/app.py: Web replaced")
    assert not any("synthesizing" in line for line in watching.lines)
    assert httpx.get(watching.url + "plain", timeout=20).text == "plain"


def test_an_added_file_is_served_and_a_removed_one_is_missing(watching: WatchedGateway) -> None:
    """New modules can be imported, removed ones cannot."""
    (watching.project / "lambda_src/web/extra.py").write_text('WORD = b"extra"')
    watching.edit("lambda_src/web/app.py", 'VERSION = b"two"', "from extra import WORD as VERSION")
    watching.seconds_until("x", "extra")
    watching.edit(
        "lambda_src/web/app.py",
        "from extra import WORD as VERSION",
        'VERSION = b"gone" if not os.path.exists("words.py") else b"there"',
    )
    watching.seconds_until("x", "there")
    (watching.project / "lambda_src/web/words.py").unlink()
    watching.seconds_until("x", "gone")


def test_a_changed_app_is_synthesized_and_its_errors_are_printed(watching: WatchedGateway) -> None:
    """The port serves the new template. After a failure it serves the old one."""
    watching.edit("app.py", 'STAGE = "prod"', 'STAGE = "prod" +')
    assert "SyntaxError" in watching.wait_for_line("SyntaxError")
    watching.wait_for_line("goes on being served")
    assert httpx.get(watching.url + "plain", timeout=20).text == "plain"

    watching.edit("app.py", 'STAGE = "prod" +', 'STAGE = "next"')
    watching.wait_for_line("serving the new template at")
    watching.url = watching.url.replace("/prod/", "/next/")
    watching.seconds_until("plain", "plain")
    watching.seconds_until("x", "gone")

    watching.edit("lambda_src/plain/index.py", '"plain"', '"edited"')
    watching.seconds_until("plain", "edited")


def test_options_apply_to_edited_code_and_templates(tmp_path: Path) -> None:
    """New code and a new template have the base path and the given variables.

    An assembly that is older than its sources is synthesized before the URL is printed.
    """
    (tmp_path / "values.env").write_text("MARK=file\n")
    options = (
        "--base-path=v1",
        f"--env-file={tmp_path / 'values.env'}",
        "--env=Plain:MARK=kept",
        "--source-ip=203.0.113.9",
    )
    marked = """os.environ["MARK"] + event["requestContext"]["identity"]["sourceIp"]"""
    with watched_project(tmp_path, *options, is_outdated=True) as watching:
        assert watching.url.endswith("/v1/")
        assert httpx.get(watching.url + "plain", timeout=20).text == "new"
        assert watching.lines[0].startswith("cdk.out is older than ")
        assert watching.lines[1].startswith("synthesizing: ")
        watching.lines.clear()
        watching.edit("lambda_src/plain/index.py", "def handler", "import os\ndef handler")
        watching.edit("lambda_src/plain/index.py", '"new"', marked)
        watching.seconds_until("plain", "kept203.0.113.9")

        watching.edit("app.py", 'STAGE = "prod"', 'STAGE = "next"')
        assert watching.wait_for_line("serving the new template at").endswith(watching.url)
        watching.seconds_until("plain", "kept203.0.113.9")
        assert watching.wait_for_line("GET      /plain").endswith(
            "Plain in cdk.out/Chat.template.json"
        )

        watching.lines.clear()
        watching.edit("lambda_src/plain/index.py", "    return", "    raise KeyError\n    return")
        watching.wait_for_line("lambda_src/plain/index.py: ")
        httpx.get(watching.url + "plain", timeout=20)
        watching.wait_for_line('File "lambda_src/plain/index.py", line ')
        assert not any("asset." in line for line in watching.lines)


def test_the_source_of_an_asset_is_found_by_its_content(tmp_path: Path) -> None:
    """Generated and edited files do not matter. Two copies of a source are ambiguous."""
    project = write_files(
        tmp_path / "project",
        {
            "src/chat/app.py": "chat",
            "src/chat/b.py": "b",
            "src/other/app.py": "other",
            ".venv/app.py": "chat",
            "build/pyvenv.cfg": "",
            "build/app.py": "chat",
        },
    )
    asset = write_files(tmp_path / "asset", {"app.py": "chat", "b.py": "b", "run.sh": "#!/bin/sh"})
    source = find_source(asset, project)
    assert source
    assert source.folder == project / "src/chat"

    (project / "src/chat/b.py").write_text("edited")
    assert find_source(asset, project) is None
    (asset / "run.sh").unlink()
    assert find_source(asset, project)

    write_files(project, {"copy/app.py": "chat"})
    assert find_source(asset, project) is None
    assert find_source(write_files(tmp_path / "foreign", {"x.js": "x"}), project) is None


def test_the_gateway_serves_the_asset_with_the_edits(tmp_path: Path) -> None:
    """Excluded and generated files stay as they are, modes stay, and the asset is unchanged."""
    source = write_files(
        tmp_path / "project/source", {"app.py": "1", "README.md": "left out", "old.py": "x"}
    )
    asset = write_files(tmp_path / "asset", {"app.py": "1", "old.py": "x", "run.sh": "#!/bin/sh"})
    (asset / "app.py").chmod(0o755)
    folder = find_source(asset, source.parent)
    assert folder
    assert folder.folder == source
    write_files(source, {"app.py": "2", "lib/new.py": "n"})
    (source / "old.py").unlink()

    served = write_patched_asset(folder, tmp_path / "served")

    files = {str(f.relative_to(served)): f.read_text() for f in served.rglob("*") if f.is_file()}
    assert files == {"app.py": "2", "lib/new.py": "n", "run.sh": "#!/bin/sh"}
    assert os.access(served / "app.py", os.X_OK)
    assert (asset / "app.py").read_text() == "1"


def test_the_files_that_a_web_function_adds_hide_no_edit(tmp_path: Path) -> None:
    """The asset has the modules of the runtime without its wrapper, and the script for the web
    server."""
    source = write_files(tmp_path / "project/src", {"app.py": "1", "requirements.txt": "uvicorn"})
    script = render_run_script("python -m uvicorn", "app:app").decode()
    modules = {path: content.decode() for path, content in bundle.build_runtime_modules().items()}
    files = {"app.py": "1", "requirements.txt": "uvicorn", "run.sh": script, **modules}
    asset = write_files(tmp_path / "asset", files)
    write_files(source, {"app.py": "2"})

    folder = find_source(asset, source.parent)

    assert folder
    assert folder.folder == source


def test_bytecode_and_the_bundled_runtime_hide_no_edit(tmp_path: Path) -> None:
    """The folder of one file is found beside the many files of the runtime."""
    source = write_files(tmp_path / "project/source", {"app.py": "1"})
    shipped = {path: content.decode() for path, content in bundle.build_runtime_files().items()}
    bytecode = {"__pycache__/app.cpython-314.pyc": "1"}
    asset = write_files(tmp_path / "asset", {"app.py": "1", **shipped, **bytecode})
    folder = find_source(asset, source.parent)
    assert folder
    assert folder.folder == source
    write_files(source, {"app.py": "2"})

    served = write_patched_asset(folder, tmp_path / "served")

    assert (served / "app.py").read_text() == "2"
    assert (served / bundle.WRAPPER_PATH).is_file()
    assert not (served / "__pycache__").exists()


def test_cdk_json_selects_the_watched_files(tmp_path: Path) -> None:
    """Its globs include and exclude. Without them all files count; without an app it is an
    error."""
    project = write_project(tmp_path / "project")
    app = find_app(project / "cdk.out")
    assert app
    watched = {
        name: app.is_watching(project / name) for name in ("app.py", "lib.py", "lambda_src/x.md")
    }
    assert watched == {"app.py": True, "lib.py": False, "lambda_src/x.md": False}
    assert app.is_watching(project / "lambda_src/web/deep/er.py")
    assert not app.is_watching(tmp_path / "elsewhere.py")

    (project / "cdk.json").write_text("{}")
    with pytest.raises(SynthError, match="has no app"):
        find_app(project / "cdk.out")
    (project / "cdk.json").unlink()
    assert find_app(Path("/nowhere/cdk.out")) is None
