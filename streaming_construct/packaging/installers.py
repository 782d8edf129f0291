"""Command lines for uv, pip and Docker, which install for the platform of the function."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streaming_construct.packaging.requirements import NAME

if TYPE_CHECKING:
    from streaming_construct.packaging.lambda_target import LambdaTarget

# Messages of uv and pip for a requirement that has no wheel for the target.
_MISSING_WHEEL: Final = re.compile(
    r"has no usable wheels"
    r"|no wheels with a matching"
    r"|has no wheels"
    r"|building from source is disabled"
    r"|building source distributions .*is disabled"
    r"|No matching distribution found",
    re.IGNORECASE,
)
# With these variables uv trusts the certificates of the machine, as pip does; a company's proxy may
# need them. Older versions of uv read the second name.
UV_DEFAULTS: Final = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
_TARGET_PIP: Final = Path(__file__).with_name("pip_for_target.py")

# The path of the work folder in the container. Its pip uses the same indexes as pip outside.
_WORK: Final = "/build"
_PASSED_ON: Final = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")


def build_uv_command(target: LambdaTarget, *, uv: str, python: str, folder: str) -> list[str]:
    """Return the command of uv, which reads `requirements.txt` in the working directory."""
    return [
        uv, "pip", "install", "--quiet", "--no-progress",
        "--python", python,
        "--target", folder,
        "--python-version", target.python_version,
        "--python-platform", target.uv_platform,
        "--no-build",
        "--link-mode", "copy",
        "--requirement", NAME,
    ]  # fmt: skip


def build_pip_command(target: LambdaTarget, *, python: str, folder: str) -> list[str]:
    """Return the command of the pip of `python`, which reads `requirements.txt` likewise."""
    platforms = [part for name in target.pip_platforms for part in ("--platform", name)]
    return [
        python, str(_TARGET_PIP), target.runtime, target.architecture,
        "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile",
        "--target", folder,
        "--implementation", "cp",
        "--python-version", target.python_version,
        *platforms,
        "--only-binary", ":all:",
        "--requirement", NAME,
    ]  # fmt: skip


def build_docker_command(
    target: LambdaTarget, *, docker: str, work: str, folder: str, user: str
) -> list[str]:
    """Return the command of Docker, whose pip builds packages without a wheel.

    `folder` is relative to `work`. The files belong to `user`, in the form `uid:gid`.
    """
    passed_on = [part for name in _PASSED_ON for part in ("--env", name)]
    return [
        docker, "run", "--rm",
        "--platform", target.docker_platform,
        "--user", user,
        "--volume", f"{work}:{_WORK}",
        "--workdir", _WORK,
        "--env", "HOME=/tmp",
        *passed_on,
        target.build_image,
        "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
        "--no-compile",
        "--target", folder,
        "--requirement", NAME,
    ]  # fmt: skip


def is_missing_wheel_error(output: str) -> bool:
    """Return whether the output of an installer can mean that the target lacks a wheel."""
    return _MISSING_WHEEL.search(output) is not None
