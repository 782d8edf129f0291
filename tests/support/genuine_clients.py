"""The clients of the Runtime API that AWS publishes, installed into a cache where they can be."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from functools import lru_cache
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streaming-construct"
NODE_CLIENT = "aws-lambda-ric@4.0.2"
NODE_CLIENT_22 = "aws-lambda-ric@3.3.0"
WHEELS = CACHE / "conformance" / "sam"
_EMULATOR = "samcli/local/rapid/aws-lambda-rie-x86_64"
_NEEDED = ("npm", "cmake", "g++", "make", "autoreconf", "libtoolize")


@lru_cache(maxsize=1)
def node_client() -> Path:
    """The program of npm's aws-lambda-ric for nodejs24.x and later.

    Skips the test, with the reason, where it cannot be installed.
    """
    return _installed(NODE_CLIENT, "ric", "index.mjs", "rapid-client.node")


@lru_cache(maxsize=1)
def node_clients() -> dict[str, Path]:
    """The programs of npm's aws-lambda-ric, by the managed runtime that has that major version.

    Skips the test, with the reason, where they cannot be installed.
    """
    earlier = _installed(NODE_CLIENT_22, "ric3", "bin/index.mjs", "../dist/rapid-client.node")
    return {"nodejs22.x": earlier, "nodejs24.x": node_client()}


def _installed(package: str, name: str, program: str, addon: str) -> Path:
    """Install a package, which compiles its addon: once, in more than a minute."""
    folder = CACHE / "conformance" / name
    path = folder / "node_modules/aws-lambda-ric" / program
    if (path.parent / addon).is_file():
        return path
    if missing := [command for command in _NEEDED if not shutil.which(command)]:
        pytest.skip(f"{package} is not here, nor what compiles it: {', '.join(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True}))
    try:
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", package],
            cwd=folder,
            capture_output=True,
            timeout=600,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"{package} cannot be installed here: {error}")
    return path


def web_adapter() -> Path | None:
    """The folder of the real Lambda Web Adapter; None where it has not been built."""
    built = CACHE / "lambda-web-adapter" / "bin"
    folders = os.pathsep.join([os.environ["PATH"], str(built)])
    names = ("lambda-adapter", "lambda_web_adapter")
    found = next(filter(None, (shutil.which(name, path=folders) for name in names)), None)
    return Path(found).parent if found else None


def emulator(folder: Path) -> Path:
    """AWS's Runtime Interface Emulator: what AWS_LAMBDA_RIE names, or out of aws-sam-cli's wheel.

    Skips the test, with the reason, where there is neither.
    """
    if named := os.environ.get("AWS_LAMBDA_RIE"):
        return Path(named)
    wheel = max(WHEELS.glob("aws_sam_cli-*.whl"), default=None)
    if wheel is None or sys.platform != "linux":
        pytest.skip(
            "the emulator is not here: on Linux on x86_64, "
            f"pip download --no-deps --dest {WHEELS} aws-sam-cli, or name it in AWS_LAMBDA_RIE"
        )
    with zipfile.ZipFile(wheel) as archive:
        program = Path(archive.extract(_EMULATOR, folder))
    program.chmod(0o755)
    return program
