"""The AWS SDK that Lambda's runtimes bring, for functions that do not bring it themselves."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from streaming_construct.local.lambda_.packages.code_imports import (
    PYTHON_SDK,
    has_module,
)
from streaming_construct.local.lambda_.packages.install_progress import InstallProgress
from streaming_construct.local.lambda_.packages.installer_process import run_installer
from streaming_construct.packaging.dependency_layer import cache_dir

_SCOPES: Final = ("@aws-sdk", "@smithy", "@aws-crypto", "@aws")
_INSTALL_SECONDS: Final = 180


class SdkError(Exception):
    """The SDK is neither on this machine nor could it be installed."""


def link_python_sdk(folder: Path, own_packages: Iterable[Path]) -> Path | None:
    """Link the packages of the Python SDK that the function lacks into a new folder.

    They come from the environment of the gateway. None if that has no boto3, or if the function
    has all packages.

    Args:
        folder: The new folder.
        own_packages: The folders whose modules the function imports first.
    """
    package_folders = tuple(own_packages)
    missing = [name for name in PYTHON_SDK if not any(has_module(p, name) for p in package_folders)]
    modules = {name: _find_module_path(name) for name in missing}
    if "boto3" not in missing or modules["boto3"] is None:
        return None
    folder.mkdir(parents=True)
    for path in modules.values():
        if path is not None:
            (folder / path.name).symlink_to(path)
    return folder


def _find_module_path(name: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.origin:
        return None
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin


async def install_python_sdk(progress: InstallProgress) -> Path:
    """Install boto3 into the cache, once; return the folder of its packages.

    Raises:
        SdkError: It could not be installed.
    """
    folder = cache_dir() / "sdk" / "python"
    uv = _find_program("uv")
    installer = (uv, "pip") if uv else (sys.executable, "-m", "pip")
    options = ("--python", sys.executable) if uv else ("--disable-pip-version-check",)
    command = (*installer, "install", *options, "--target", "{}", "boto3")
    return await _install(folder, command, "boto3", "Lambda's Python runtimes bring", progress)


async def install_node_sdk(
    packages: frozenset[str],
    projects: Iterable[Path],
    scratch: Path,
    progress: InstallProgress,
) -> Path:
    """Return a folder with a `node_modules` that has these packages of the SDK.

    They come from the `node_modules` of a project, or npm installs them into the cache, once.

    Args:
        packages: Their names, such as `@aws-sdk/client-s3`.
        projects: Folders, whose `node_modules` and those of the folders above are searched.
        scratch: A folder for links.
        progress: Reports an installation.

    Raises:
        SdkError: They could not be installed.
    """
    for project in projects:
        for folder in (project, *project.parents):
            modules = folder / "node_modules"
            if all((modules / name).is_dir() for name in packages):
                return _link_modules(modules, scratch)
    digest = hashlib.sha256(json.dumps(sorted(packages)).encode()).hexdigest()[:24]
    command = (
        _find_npm(),
        "install",
        "--prefix",
        "{}",
        "--no-audit",
        "--no-fund",
        *sorted(packages),
    )
    names = ", ".join(sorted(packages))
    folder = cache_dir() / "sdk" / f"nodejs-{digest}"
    return await _install(folder, command, names, "Lambda's Node.js runtimes bring", progress)


def _link_modules(modules: Path, scratch: Path) -> Path:
    """Return a folder with links to the scopes of the SDK: nothing else of a project is visible."""
    digest = hashlib.sha256(str(modules).encode()).hexdigest()[:24]
    folder = scratch / f"sdk-{digest}"
    links = folder / "node_modules"
    if not links.exists():
        links.mkdir(parents=True)
        for scope in _SCOPES:
            if (modules / scope).is_dir():
                (links / scope).symlink_to((modules / scope).resolve())
    return folder


def _find_npm() -> str:
    npm = _find_program("npm")
    if npm is None:
        raise SdkError("npm is not on PATH")
    return npm


def _find_program(name: str) -> str | None:
    """Return a program on PATH, else one in the folder of this interpreter."""
    beside = Path(sys.executable).with_name(name)
    return shutil.which(name) or (str(beside) if beside.is_file() else None)


async def _install(
    folder: Path, command: Iterable[str], names: str, reason: str, progress: InstallProgress
) -> Path:
    if not (folder / "complete").exists():
        async with progress.report(names, f"installing {names}, which {reason}, into {folder}"):
            await _install_into(folder, command)
    return folder


async def _install_into(folder: Path, command: Iterable[str]) -> None:
    building = folder.with_name(f"{folder.name}.{id(command)}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    words = [word.replace("{}", str(building)) for word in command]
    try:
        status, output = await asyncio.wait_for(run_installer(*words), _INSTALL_SECONDS)
    except (OSError, asyncio.TimeoutError) as error:
        shutil.rmtree(building, ignore_errors=True)
        raise SdkError(
            str(error) or f"the installation took more than {_INSTALL_SECONDS} s"
        ) from error
    if status:
        shutil.rmtree(building, ignore_errors=True)
        raise SdkError(output.splitlines()[-1] if output else f"exit status {status}")
    (building / "complete").touch()
    try:
        building.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(building, ignore_errors=True)
