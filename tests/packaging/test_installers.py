"""The installers' command lines, and what their words mean."""

from __future__ import annotations

from itertools import pairwise

import pytest

from streaming_construct.packaging.installers import (
    build_docker_command,
    build_pip_command,
    build_uv_command,
    is_missing_wheel_error,
)
from streaming_construct.packaging.lambda_target import Target

TARGET = Target(runtime="python3.13", architecture="arm64")


def following(command: list[str], option: str) -> list[str]:
    return [value for name, value in pairwise(command) if name == option]


def test_uv_resolves_and_installs_for_the_function() -> None:
    """Platform and version are the function's, and nothing is built."""
    command = build_uv_command(TARGET, uv="uv", python="python", folder="out")
    assert following(command, "--python-platform") == ["aarch64-manylinux_2_34"]
    assert following(command, "--python-version") == ["3.13"]
    assert following(command, "--target") == ["out"]
    assert "--no-build" in command


def test_pip_is_given_every_level_and_only_wheels() -> None:
    """pip takes platforms literally, so each level is named."""
    command = build_pip_command(TARGET, python="python", folder="out")
    assert following(command, "--platform") == [*TARGET.pip_platforms]
    assert following(command, "--python-version") == ["3.13"]
    assert following(command, "--only-binary") == [":all:"]


def test_docker_builds_in_awss_image_for_the_functions_platform() -> None:
    """As the user who synthesizes, in the work folder, allowed to build."""
    command = build_docker_command(
        TARGET, docker="finch", work="/w", folder="layer/python", user="1:2"
    )
    assert command[:3] == ["finch", "run", "--rm"]
    assert following(command, "--platform") == ["linux/arm64"]
    assert following(command, "--user") == ["1:2"]
    assert following(command, "--volume") == ["/w:/build"]
    assert following(command, "--target") == ["layer/python"]
    assert "public.ecr.aws/sam/build-python3.13" in command
    assert "--only-binary" not in command


@pytest.mark.parametrize(
    "words",
    [
        "cause: Because demo==1.1.1 has no usable wheels and you require demo==1.1.1, we can ...",
        "ERROR: No matching distribution found for demo==1",
    ],
)
def test_missing_wheel_is_recognised_in_each_installers_words(words: str) -> None:
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
def test_other_failures_are_not_taken_for_it(words: str) -> None:
    """Docker would fail the same way, only later."""
    assert not is_missing_wheel_error(words)
