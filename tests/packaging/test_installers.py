"""The command lines of the installers, and the meaning of their errors."""

from __future__ import annotations

from itertools import pairwise

import pytest

from streaming_construct.packaging.installers import (
    build_docker_command,
    build_pip_command,
    build_uv_command,
    is_missing_wheel_error,
)
from streaming_construct.packaging.lambda_target import LambdaTarget

TARGET = LambdaTarget(runtime="python3.13", architecture="arm64")


def value_after(command: list[str], option: str) -> list[str]:
    return [value for name, value in pairwise(command) if name == option]


def test_uv_resolves_and_installs_for_the_function() -> None:
    """Platform and version are those of the function, and nothing is built."""
    command = build_uv_command(TARGET, uv="uv", python="python", folder="out")
    assert value_after(command, "--python-platform") == ["aarch64-manylinux_2_34"]
    assert value_after(command, "--python-version") == ["3.13"]
    assert value_after(command, "--target") == ["out"]
    assert "--no-build" in command


def test_pip_receives_every_platform_and_only_wheels() -> None:
    """pip does not derive older platforms, so each one is named."""
    command = build_pip_command(TARGET, python="python", folder="out")
    assert value_after(command, "--platform") == [*TARGET.pip_platforms]
    assert value_after(command, "--python-version") == ["3.13"]
    assert value_after(command, "--only-binary") == [":all:"]


def test_docker_builds_in_the_image_of_aws_for_the_platform() -> None:
    """It runs as the current user, in the work folder, and may build."""
    command = build_docker_command(
        TARGET, docker="finch", work="/w", folder="layer/python", user="1:2"
    )
    assert command[:3] == ["finch", "run", "--rm"]
    assert value_after(command, "--platform") == ["linux/arm64"]
    assert value_after(command, "--user") == ["1:2"]
    assert value_after(command, "--volume") == ["/w:/build"]
    assert value_after(command, "--target") == ["layer/python"]
    assert "public.ecr.aws/sam/build-python3.13" in command
    assert "--only-binary" not in command


@pytest.mark.parametrize(
    "words",
    [
        "cause: Because demo==1.1.1 has no usable wheels and you require demo==1.1.1, we can ...",
        "ERROR: No matching distribution found for demo==1",
    ],
)
def test_a_missing_wheel_is_recognized_in_the_output_of_each_installer(words: str) -> None:
    """uv's and pip's, as they say it."""
    assert is_missing_wheel_error(words)


@pytest.mark.parametrize(
    "words",
    [
        "error: Failed to download `demo==1.0`\n  cause: Hash mismatch for `demo==1.0`",
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
        "error: error sending request for url (https://example.com/simple/demo/)",
    ],
)
def test_other_failures_are_not_a_missing_wheel(words: str) -> None:
    """Docker would fail in the same way, later."""
    assert not is_missing_wheel_error(words)
