"""The platform of the function in the terms of each installer."""

from __future__ import annotations

import pytest

from streaming_construct.packaging.lambda_target import LambdaTarget, find_runtime_problems


def test_amazon_linux_2023_accepts_newer_wheels_than_amazon_linux_2() -> None:
    """Python 3.12 and newer have glibc 2.34. 3.11 and 3.10 are limited to 2.17."""
    new = LambdaTarget(runtime="python3.12", architecture="arm64")
    old = LambdaTarget(runtime="python3.11", architecture="arm64")
    assert new.uv_platform == "aarch64-manylinux_2_34"
    assert old.uv_platform == "aarch64-manylinux_2_17"
    assert new.pip_platforms[0] == "manylinux_2_34_aarch64"
    assert "manylinux_2_28_aarch64" in new.pip_platforms
    assert old.pip_platforms == (
        "manylinux_2_17_aarch64",
        "manylinux2014_aarch64",
        "linux_aarch64",
    )


def test_x86_64_accepts_the_oldest_manylinux_wheels() -> None:
    """It has had manylinux since glibc 2.5."""
    platforms = LambdaTarget(runtime="python3.14", architecture="x86_64").pip_platforms
    assert {"manylinux_2_5_x86_64", "manylinux1_x86_64", "manylinux2010_x86_64"} <= {*platforms}


def test_markers_describe_the_function_not_this_machine() -> None:
    """The markers of a requirement read these values."""
    markers = LambdaTarget(runtime="python3.13", architecture="arm64").markers
    assert markers["python_version"] == "3.13"
    assert markers["sys_platform"] == "linux"
    assert markers["platform_machine"] == "aarch64"


@pytest.mark.parametrize("runtime", ["nodejs24.x", "python3.9", "provided.al2023", "python2.7"])
def test_an_unsupported_runtime_is_a_problem(runtime: str) -> None:
    """The message names the given runtime."""
    (problem,) = find_runtime_problems(runtime)
    assert f"runtime is {runtime}" in problem


def test_supported_runtimes_are_no_problem() -> None:
    """Python 3.10 and newer."""
    for minor in (10, 11, 14, 15):
        assert list(find_runtime_problems(f"python3.{minor}")) == []
