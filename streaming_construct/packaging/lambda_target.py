"""Python version and platform of a Lambda function, as each installer names them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

OLDEST_MINOR: Final = 10
_RUNTIME: Final = re.compile(r"python3\.(\d+)", re.ASCII)
_MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}
_DOCKER_PLATFORMS: Final = {"arm64": "linux/arm64", "x86_64": "linux/amd64"}


@dataclass(frozen=True, kw_only=True)
class LambdaTarget:
    """A Python runtime and an architecture, as Lambda names them: `python3.14` and `arm64`."""

    runtime: str
    architecture: str

    @property
    def minor(self) -> int:
        """The minor version of Python."""
        minor = parse_python_minor(self.runtime)
        if minor is None:
            raise ValueError(f"runtime is {self.runtime}, not a Python runtime as in python3.14")
        return minor

    @property
    def python_version(self) -> str:
        """The version of Python for installers, as in `3.14`."""
        return f"3.{self.minor}"

    @property
    def machine(self) -> str:
        """The architecture as in the platform tags of Python."""
        return _MACHINES[self.architecture]

    @property
    def glibc_minor(self) -> int:
        """The newest minor version of glibc 2 that the runtime has and uv supports.

        Python 3.12 and newer run on Amazon Linux 2023 with glibc 2.34. Older versions run on Amazon
        Linux 2 with glibc 2.26; uv supports 2.17 of the levels up to that one.
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
        """
        return 34 if self.minor >= 12 else 17

    @property
    def uv_platform(self) -> str:
        """The value of `--python-platform` for uv, which includes every older level."""
        return f"{self.machine}-manylinux_2_{self.glibc_minor}"

    @property
    def pip_platforms(self) -> tuple[str, ...]:
        """The values of `--platform` for pip, best first; pip includes no older level."""
        levels = [f"manylinux_2_{minor}" for minor in range(self.glibc_minor, 16, -1)]
        legacy = ["manylinux2014"]
        if self.machine == "x86_64":
            levels += [f"manylinux_2_{minor}" for minor in range(16, 4, -1)]
            legacy += ["manylinux2010", "manylinux1"]
        return tuple(f"{level}_{self.machine}" for level in (*levels, *legacy, "linux"))

    @property
    def docker_platform(self) -> str:
        """The value of `--platform` for Docker."""
        return _DOCKER_PLATFORMS[self.architecture]

    @property
    def build_image(self) -> str:
        """The build image of AWS, which has this runtime and its compilers.

        https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-image-repositories.html
        """
        return f"public.ecr.aws/sam/build-{self.runtime}"

    @property
    def markers(self) -> dict[str, str]:
        """The values of environment markers, as in `sys_platform == "linux"`."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python_version}.0",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python_version}.0",
            "python_version": self.python_version,
            "sys_platform": "linux",
        }


def parse_python_minor(runtime: str) -> int | None:
    """Return the minor version of Python of a runtime, by Lambda's name; None for another one."""
    match = _RUNTIME.fullmatch(runtime)
    return int(match[1]) if match else None


def find_runtime_problems(runtime: str) -> Iterator[str]:
    """Yield why a runtime, by the name that Lambda gives it, cannot run a Python function."""
    minor = parse_python_minor(runtime)
    if minor is None or minor < OLDEST_MINOR:
        yield (
            f"runtime is {runtime}, which is not Python 3.{OLDEST_MINOR} or newer. "
            "Pass runtime=Runtime.PYTHON_3_14."
        )
