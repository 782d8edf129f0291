"""An account on loopback, a scripted CDK CLI on PATH, and the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streaming_construct.verify.command import verify
from tests.verify.deployment.aws_server import AwsServer, started_server

CASE = "gateway-unknown-path"
SCRIPT = Path(__file__).with_name("scripted_cdk.py")


@dataclass(frozen=True)
class Commands:
    """`verify --deploy` and the CDK CLI that it finds."""

    account: AwsServer
    folder: Path
    environment: Mapping[str, str]

    @property
    def report(self) -> Path:
        return self.folder / "report.json"

    @property
    def arguments(self) -> list[str]:
        return ["--deploy", "--yes", "--case", CASE, "--report", str(self.report)]

    @property
    def state_files(self) -> list[Path]:
        return list(self.folder.glob("cache/streaming-construct/verify/*.json"))

    @property
    def cdk_runs(self) -> list[list[str]]:
        """The arguments of each run of the CDK CLI."""
        files = sorted((self.folder / "runs").iterdir())
        return [json.loads(file.read_text()) for file in files]

    def run(self, *arguments: str, cdk: tuple[str, ...] = (), **environment: str | None) -> Result:
        """Run the command in this process."""
        variables = {**self.environment, "FAKE_CDK": json.dumps(cdk), **environment}
        return CliRunner().invoke(verify, arguments or self.arguments, env=variables)

    def start(self, *arguments: str, cdk: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Start the command as a process, for signals."""
        return subprocess.Popen(
            [sys.executable, "-m", "streaming_construct", "verify", *(arguments or self.arguments)],
            env={**os.environ, **self.environment, "FAKE_CDK": json.dumps(cdk)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def account(
    botocore_loader: None,  # noqa: ARG001 - a fixture that has an effect
) -> Iterator[AwsServer]:
    with started_server() as account:
        yield account


@pytest.fixture
def commands(account: AwsServer, tmp_path: Path) -> Commands:
    programs = tmp_path / "bin"
    programs.mkdir()
    (tmp_path / "runs").mkdir()
    for name, script in (("cdk", f'exec "{sys.executable}" -S "{SCRIPT}" "$@"'), ("node", "")):
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    environment = {
        "PATH": str(programs),
        "AWS_ENDPOINT_URL": account.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "FAKE_CDK_RUNS": str(tmp_path / "runs"),
    }
    return Commands(account, tmp_path, environment)
