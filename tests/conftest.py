"""What all tests share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_cdk import Stack

from streaming_construct.local.local_api import LocalApi
from tests.support.synthesis import new_stack

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make snapshot` rewrite the golden template."""
    parser.addoption(
        "--snapshot-update", action="store_true", help="rewrite the golden template of the sample"
    )


def pytest_configure() -> None:
    """Let children be interrupted, also where whoever started the tests ignores SIGINT."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def stack() -> Stack:
    """An empty stack in an app of its own."""
    return new_stack()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalApi]:
    """The sample, synthesized by its own command and served from that on loopback."""
    assembly = tmp_path_factory.mktemp("sample") / "cdk.out"
    variables = {**os.environ, "CDK_OUTDIR": str(assembly), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=variables, check=True)
    with LocalApi.from_assembly(assembly) as api:
        yield api
