"""Python environments made from requirements, without a network."""

from __future__ import annotations

import asyncio
import fcntl
import importlib.metadata
import json
import os
import re
import shutil
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.local.lambda_.packages import (
    python_environment as python_environment_module,
)
from streaming_construct.local.lambda_.packages.install_progress import InstallProgress
from streaming_construct.local.lambda_.packages.python_environment import (
    InstallError,
    create_python_environment,
)
from streaming_construct.local.lambda_.packages.python_interpreters import HOST_INTERPRETER
from streaming_construct.model.functions import Layer
from streaming_construct.model.source_location import SourceLocation
from tests.support.pseudo_terminal import open_pseudo_terminal
from tests.support.running_functions import (
    event,
    read_all,
    running_service,
    source_function,
    write_files,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def wheel(folder: Path) -> Path:
    """Write a wheel with one module, so that nothing is downloaded."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny-1.0-py3-none-any.whl"
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", "WORDS = 'from the wheel'\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(
            f"{info}/RECORD", f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    return path


@pytest.mark.parametrize("installer", ["uv", "pip"])
async def test_a_function_runs_with_the_requirements_of_its_layer(
    tmp_path: Path, monkeypatch: Any, installer: str
) -> None:
    """They are installed for this interpreter. The files of the layer are not used.

    A terminal shows the installation by uv as a status until it ends, then its result as a line.
    """
    if installer == "uv" and shutil.which("uv") is None:
        pytest.skip("uv is not on PATH")
    if installer == "pip":
        monkeypatch.setattr("shutil.which", lambda *_args, **_options: None)
        monkeypatch.setattr(python_environment_module, "_run", use_installed_pip)
        pip = Path(str(importlib.metadata.distribution("pip").locate_file("pip")))
        (tmp_path / "pip").mkdir()
        (tmp_path / "pip" / "pip").symlink_to(pip)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "pip"))
    layer = write_files(
        tmp_path / "layer",
        {
            "requirements.txt": str(wheel(tmp_path / "wheels")),
            "python/tiny.py": "raise ImportError('built for another platform')",
        },
    )
    handler = "import sys, tiny\ndef go(event, context):\n    return [tiny.WORDS, sys.prefix]\n"

    function = source_function(
        tmp_path / "code",
        {"i.py": handler},
        "i.go",
        layers=(Layer(origin=SourceLocation(), code=layer),),
    )
    monkeypatch.chdir(tmp_path)
    lines: list[str] = []
    with open_pseudo_terminal(monkeypatch) as screen:
        show_status = screen.terminal.show_status if installer == "uv" else None
        async with running_service(function, console=lines, show_status=show_status) as service:
            response: list[str] = json.loads(await read_all(await service.invoke("fn", event())))
            words, prefix = response
        screen.terminal("the end")
        text = screen.wait_for("the end")

    *started, installed = [line for line in lines if "layer/requirements.txt" in line]
    if installer == "uv":
        assert not started
        assert re.search(r"installing layer/requirements.txt .*\x1b\[2K.*the end", text, re.DOTALL)
    else:
        assert started[0].startswith("installing layer/requirements.txt for this machine (Python ")
    assert re.fullmatch(r"installed layer/requirements.txt in \d+ s", installed)
    assert words == "from the wheel"
    assert prefix.startswith(str(tmp_path / "cache" / "streaming-construct" / "python"))


def source_distribution(folder: Path) -> tuple[Path, Path]:
    """Write a package whose setup.py, when it runs, creates the second path."""
    trace = folder / "executed"
    script = f"open({str(trace)!r}, 'w')\nfrom setuptools import setup\nsetup(name='tiny')\n"
    source = write_files(folder / "tiny-1.0", {"setup.py": script, "tiny.py": ""})
    archive = shutil.make_archive(str(folder / "tiny-1.0"), "gztar", folder, "tiny-1.0")
    shutil.rmtree(source)
    return Path(archive), trace


@pytest.mark.parametrize(
    ("installer", "line"),
    [
        ("uv", "{sdist}"),
        ("uv", "tiny @ file://{sdist}"),
        ("uv", "-e {folder}"),  # rejected before an installer starts
        ("uv", "--no-binary :all:\n{folder}"),
        ("pip", "tiny @ file://{sdist}"),
        ("pip", "--no-binary :all:\n{folder}"),
    ],
)
async def test_no_code_of_a_package_runs_before_its_function(
    tmp_path: Path, monkeypatch: Any, installer: str, line: str
) -> None:
    """A package that must be built is rejected. The message names the option that allows it."""
    if installer == "pip":
        monkeypatch.setattr("shutil.which", lambda *_args, **_options: None)
        monkeypatch.setattr(python_environment_module, "_run", use_this_environment)
    sdist, trace = source_distribution(tmp_path)
    folder = write_files(tmp_path / "project", {"setup.py": f"open({str(trace)!r}, 'w')\n"})
    text = line.format(sdist=sdist, folder=folder)
    (tmp_path / "requirements.txt").write_text(f"{text}\n")

    with pytest.raises(InstallError, match="--allow-builds"):
        await create_python_environment(
            [tmp_path / "requirements.txt"], HOST_INTERPRETER, InstallProgress(print)
        )
    assert not trace.exists()


async def use_installed_pip(*arguments: str) -> None:
    """Create environments that take pip from PYTHONPATH: `ensurepip` takes seconds."""
    if arguments[1:3] == ("-m", "venv"):
        await run(*arguments[:3], "--without-pip", *arguments[3:])
    else:
        await run(*arguments)


async def use_this_environment(*arguments: str) -> None:
    """Run pip of this environment: to create one takes seconds."""
    if arguments[1:3] != ("-m", "venv"):
        await run(sys.executable, *arguments[1:], "--target", str(Path(arguments[0]).parent))


run = python_environment_module._run


@pytest.mark.parametrize(
    ("allow_builds", "arguments"),
    [(True, "--python"), (False, "--no-build")],
)
async def test_builds_can_be_allowed(
    tmp_path: Path, monkeypatch: Any, allow_builds: bool, arguments: str
) -> None:
    """uv may build then, and editable installs are possible."""
    commands: list[tuple[str, ...]] = []

    async def record(*command: str) -> None:
        commands.append(command)

    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr(python_environment_module, "_run", record)
    monkeypatch.setattr(Path, "touch", lambda _: None)
    file = tmp_path / "requirements.txt"
    file.write_text("-e .\n" if allow_builds else "tiny\n")
    await create_python_environment(
        [file], HOST_INTERPRETER, InstallProgress(print), allow_builds=allow_builds
    )

    assert arguments in commands[-1]
    assert ("--no-build" in commands[-1]) is not allow_builds


async def test_an_unreadable_requirements_file_affects_only_its_function(tmp_path: Path) -> None:
    """UTF-16 is read. Other bytes make the function unavailable."""
    console: list[str] = []
    utf16 = write_files(tmp_path, {"a.txt": ""}) / "a.txt"
    utf16.write_bytes("-rb.txt\n".encode("utf-16"))
    (tmp_path / "b.txt").write_text("tiny\n")
    assert python_environment_module._list_with_included([utf16]) == [utf16, tmp_path / "b.txt"]

    broken = source_function(tmp_path / "broken", {"i.py": ""}, "i.go", id="broken")
    (tmp_path / "broken" / "requirements.txt").write_bytes(b"tiny  # f\xfcr\n")
    async with running_service(broken, console=console) as service:
        result = dict(service.list_unavailable())

    assert result == {"broken": "the requirements could not be installed"}


async def test_an_environment_is_created_once(tmp_path: Path) -> None:
    """Concurrent and later requests share one installation. Other requirements are another
    environment."""
    messages: list[str] = []
    folder = write_files(tmp_path, {"a.txt": f"{wheel(tmp_path)}\n", "b.txt": "-r a.txt\n# more\n"})

    first = folder / "a.txt"
    concurrent = await asyncio.gather(
        *(
            create_python_environment([first], HOST_INTERPRETER, InstallProgress(messages.append))
            for _ in range(2)
        )
    )
    later = await create_python_environment(
        [first], HOST_INTERPRETER, InstallProgress(messages.append)
    )
    other = await create_python_environment(
        [folder / "b.txt"], HOST_INTERPRETER, InstallProgress(messages.append)
    )

    assert set(concurrent) == {later}
    assert other != later
    assert [line.split()[0] for line in messages].count("installing") == 2
    assert os.access(other / "python", os.X_OK)


async def test_the_wait_for_another_process_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Functions with the same requirements share the line. Their installation is reported next."""
    monkeypatch.chdir(tmp_path)
    requirements = [write_files(tmp_path, {"a.txt": ""}) / "a.txt"]
    key = python_environment_module._build_key(requirements, HOST_INTERPRETER)
    lock = tmp_path / "cache/streaming-construct/python" / f"{key}.lock"
    lock.parent.mkdir(parents=True)
    messages: list[str] = []
    progress = InstallProgress(messages.append)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        tasks = [
            asyncio.create_task(create_python_environment(requirements, HOST_INTERPRETER, progress))
            for _ in range(2)
        ]
        ends = time.monotonic() + 20
        while not messages:
            assert time.monotonic() < ends
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)
        assert messages == ["waiting for another process, which installs a.txt"]
    await asyncio.gather(*tasks)

    assert [line.partition(" ")[0] for line in messages[1:]] == ["installing", "installed"]


async def test_uv_uses_the_certificates_of_the_machine_by_default(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """Behind a company's proxy it installs as pip does. A setting of the user stays."""
    write_files(
        tmp_path / "bin",
        {"uv": '#!/bin/sh\necho "certs $UV_SYSTEM_CERTS, tls $UV_NATIVE_TLS"\nexit 1\n'},
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    monkeypatch.setenv("UV_NATIVE_TLS", "0")
    folder = write_files(tmp_path, {"a.txt": ""})

    with pytest.raises(InstallError, match="certs 1, tls 0"):
        await create_python_environment(
            [folder / "a.txt"], HOST_INTERPRETER, InstallProgress(print)
        )


async def test_a_relative_cache_folder_is_ignored(tmp_path: Path, monkeypatch: Any) -> None:
    """The specification of XDG_CACHE_HOME requires it. Nothing is written into the working
    folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    folder = write_files(tmp_path, {"a.txt": f"{wheel(tmp_path)}\n"})

    environment = await create_python_environment(
        [folder / "a.txt"], HOST_INTERPRETER, InstallProgress(print)
    )

    assert environment.is_relative_to(tmp_path / "home/.cache/streaming-construct/python")
    assert not (tmp_path / "cache").exists()


async def test_a_failed_installation_affects_only_its_function(tmp_path: Path) -> None:
    """The function is unavailable. The output of the installer is on the console."""
    console: list[str] = []

    broken = source_function(
        tmp_path / "broken",
        {"requirements.txt": "./no-such-file.whl\n", "i.py": ""},
        "i.go",
        id="broken",
    )
    fine = source_function(
        tmp_path / "fine", {"i.py": "def go(event, context): return 1"}, "i.go", id="fine"
    )
    async with running_service(broken, fine, console=console) as service:
        assert await read_all(await service.invoke("fine", event())) == b"1"
        result = dict(service.list_unavailable())

    assert result == {"broken": "the requirements could not be installed"}
    assert any("no-such-file.whl" in line and "failed" in line for line in console)
