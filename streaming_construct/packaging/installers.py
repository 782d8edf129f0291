"""Command lines that install for the function's platform, and what their failures mean."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streaming_construct.packaging.requirements import NAME

if TYPE_CHECKING:
    from streaming_construct.packaging.lambda_target import Target

# uv and pip, in this order, on a requirement that has only a source distribution for the target.
_MISSING_WHEEL: Final = re.compile(
    r"has no usable wheels"
    r"|no wheels with a matching"
    r"|has no wheels"
    r"|building from source is disabled"
    r"|No matching distribution found",
    re.IGNORECASE,
)
# uv trusts the machine's certificates, as pip does, only when it is told; a company's proxy is not
# known otherwise. The second name is that of older versions.
UV_DEFAULTS: Final = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
_TARGET_PIP: Final = Path(__file__).with_name("pip_for_target.py")

# The container sees the work folder here; pip inside it reads the same indexes as pip outside.
_WORK: Final = "/build"
_PASSED_ON: Final = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")


def uv_command(target: Target, *, uv: str, python: str, folder: str) -> list[str]:
    """Return uv's command; `requirements.txt` is in the working directory, as for all of them."""
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


def pip_command(target: Target, *, python: str, folder: str) -> list[str]:
    """Return the command of pip in the environment of `python`."""
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


def docker_command(target: Target, *, docker: str, work: str, folder: str, user: str) -> list[str]:
    """Return Docker's command, which may build what has no wheel.

    `folder` is relative to `work`; what is made belongs to `user` (`uid:gid`).
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
    """Say whether an installer's words can mean that a package has no wheel for the target."""
    return _MISSING_WHEEL.search(output) is not None
