"""The clients of the Runtime API that AWS publishes. Tests skip if theirs is not installed."""

from __future__ import annotations

import os
import zipfile
from functools import lru_cache
from pathlib import Path

import pytest

from tools.genuine_clients import (
    ClientUnavailableError,
    find_emulator_wheel,
    find_node_client,
    find_web_adapter,
)

_EMULATOR = "samcli/local/rapid/aws-lambda-rie-x86_64"


@lru_cache(maxsize=1)
def node_clients() -> dict[str, Path]:
    """Return the programs of npm's aws-lambda-ric, by the managed runtime of that major version.

    Skips the test, with the reason, where they are not installed.
    """
    try:
        return {runtime: find_node_client(runtime) for runtime in ("nodejs22.x", "nodejs24.x")}
    except ClientUnavailableError as reason:
        pytest.skip(str(reason))


def web_adapter() -> Path | None:
    """Return the folder of the real Lambda Web Adapter; None if it has not been built."""
    try:
        return find_web_adapter().parent
    except ClientUnavailableError:
        return None


def emulator_wheel() -> Path:
    """Return the wheel with AWS's Runtime Interface Emulator.

    Skips the test, with the reason, where it is not.
    """
    try:
        return find_emulator_wheel()
    except ClientUnavailableError as reason:
        pytest.skip(str(reason))


def interface_emulator(folder: Path) -> Path:
    """Return the path of AWS's Runtime Interface Emulator: AWS_LAMBDA_RIE, or that of aws-sam-cli's
    wheel.

    Skips the test, with the reason, where there is neither.
    """
    if path := os.environ.get("AWS_LAMBDA_RIE"):
        return Path(path)
    with zipfile.ZipFile(emulator_wheel()) as archive:
        program = Path(archive.extract(_EMULATOR, folder))
    program.chmod(0o755)
    return program
