"""Get the programs of AWS that the local runtimes are compared with: `make genuine-clients`.

They are installed once, into the cache of the user. One that cannot be installed is named with its
reason; the tests that need it are then skipped.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

CACHE: Final = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streaming-construct"
)
_CONFORMANCE: Final = CACHE / "conformance"
# The major version of npm's client for each managed runtime: its package, folder and files.
_NODE_CLIENTS: Final = {
    "nodejs24.x": ("aws-lambda-ric@4.0.2", "ric", "index.mjs", "rapid-client.node"),
    "nodejs22.x": ("aws-lambda-ric@3.3.0", "ric3", "bin/index.mjs", "../dist/rapid-client.node"),
}
_COMPILERS: Final = ("npm", "cmake", "g++", "make", "autoreconf", "libtoolize")
EMULATOR_VERSION: Final = "1.170.0"
_ADAPTER_VERSION: Final = "1.0.0-rc1"
_ADAPTER_NAMES: Final = ("lambda-adapter", "lambda_web_adapter")
# npm's client compiles for up to ten minutes on a slow machine, the adapter for a few.
_COMPILE_SECONDS: Final = 900
_DOWNLOAD_SECONDS: Final = 180


class ClientUnavailableError(Exception):
    """A program is not installed. The message has the command that installs it, or the reason."""


def main() -> None:
    """Install all programs, and print a line for each."""
    parts: dict[str, Callable[[], Path]] = {
        "npm's aws-lambda-ric 4": lambda: _install_node_client("nodejs24.x"),
        "npm's aws-lambda-ric 3": lambda: _install_node_client("nodejs22.x"),
        "the Runtime Interface Emulator": _install_emulator,
        "the Lambda Web Adapter": _install_web_adapter,
    }
    for name, install in parts.items():
        print(_result(name, install), flush=True)


def _result(name: str, install: Callable[[], Path]) -> str:
    try:
        return f"ready: {name}: {install()}"
    except ClientUnavailableError as reason:
        return f"SKIPPED: {name}: {reason}"


def find_node_client(runtime: str) -> Path:
    """Return the program of npm's client for a managed runtime.

    Raises:
        ClientUnavailableError: It is not installed.
    """
    package, name, program, addon = _NODE_CLIENTS[runtime]
    path = _CONFORMANCE / name / "node_modules/aws-lambda-ric" / program
    if not (path.parent / addon).is_file():
        raise ClientUnavailableError(f"{package} is not installed. Run `make genuine-clients`.")
    return path


def find_emulator_wheel() -> Path:
    """Return the wheel of aws-sam-cli that contains the emulator.

    Raises:
        ClientUnavailableError: It was not downloaded, or the emulator does not run here.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise ClientUnavailableError("the emulator in aws-sam-cli's wheel is for Linux on x86_64")
    wheel = _CONFORMANCE / "sam" / f"aws_sam_cli-{EMULATOR_VERSION}-py3-none-any.whl"
    if not wheel.is_file():
        raise ClientUnavailableError(f"{wheel.name} is not here. Run `make genuine-clients`.")
    return wheel


def find_web_adapter() -> Path:
    """Return the program of the real Lambda Web Adapter: on PATH, else the one in the cache.

    Raises:
        ClientUnavailableError: It was not built.
    """
    path = os.pathsep.join([os.environ["PATH"], str(CACHE / "lambda-web-adapter" / "bin")])
    for name in _ADAPTER_NAMES:
        if path_found := shutil.which(name, path=path):
            return Path(path_found)
    raise ClientUnavailableError(
        "the real Lambda Web Adapter is not here. Run `make genuine-clients`."
    )


def _install_node_client(runtime: str) -> Path:
    package, name, *_ = _NODE_CLIENTS[runtime]
    try:
        return find_node_client(runtime)
    except ClientUnavailableError:
        if missing := [command for command in _COMPILERS if not shutil.which(command)]:
            message = f"{', '.join(missing)} would be needed to compile {package}"
            raise ClientUnavailableError(message) from None
    folder = _CONFORMANCE / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True}), encoding="utf-8")
    _run(("npm", "install", "--no-audit", "--no-fund", package), _COMPILE_SECONDS, folder)
    return find_node_client(runtime)


def _install_emulator() -> Path:
    try:
        return find_emulator_wheel()
    except ClientUnavailableError:
        if sys.platform != "linux" or platform.machine() != "x86_64":
            raise
    options = ("--disable-pip-version-check", "--quiet", "--no-deps", "--only-binary", ":all:")
    target = ("--dest", str(_CONFORMANCE / "sam"), f"aws-sam-cli=={EMULATOR_VERSION}")
    _run((sys.executable, "-m", "pip", "download", *options, *target), _DOWNLOAD_SECONDS)
    return find_emulator_wheel()


def _install_web_adapter() -> Path:
    try:
        return find_web_adapter()
    except ClientUnavailableError:
        if not shutil.which("cargo"):
            message = "cargo would be needed to build lambda_web_adapter"
            raise ClientUnavailableError(message) from None
    target = ("--version", _ADAPTER_VERSION, "--root", str(CACHE / "lambda-web-adapter"))
    _run(("cargo", "install", "--quiet", "lambda_web_adapter", *target), _COMPILE_SECONDS)
    return find_web_adapter()


def _run(command: Sequence[str], seconds: float, cwd: Path | None = None) -> None:
    print(f"running: {' '.join(command)}", flush=True)
    try:
        subprocess.run(
            command, cwd=cwd, timeout=seconds, check=True, capture_output=True, text=True
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or [f"exit status {error.returncode}"]
        raise ClientUnavailableError(f"{command[0]} failed: {lines[-1]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ClientUnavailableError(str(error)) from error


if __name__ == "__main__":
    main()
