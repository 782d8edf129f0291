"""The real CDK CLI deploys and deletes the stack of `verify` on an emulator.

MiniStack does not stream: this shows the deployment, a request, the report and the deletion.
It shows nothing about streams, and the check of a ready API is skipped, which needs one. The stack
has no JWT authorizers: MiniStack does not know the attribute `ProviderURL` of a user pool.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_construct.deployed.client import AwsWriteClient
from streaming_construct.verify import stack_outputs
from streaming_construct.verify.command import verify
from streaming_construct.verify.deployment import aws_target, deploy_command
from streaming_construct.verify.deployment.preflight import Preflight, check_before_deployment
from streaming_construct.verify.deployment.stack_options import StackOptions
from streaming_construct.verify.report_parser import parse_report
from streaming_construct.verify.target import Target
from tests.support.emulator import Emulator, started_emulator

CDK_CLI = "aws-cdk@2.1148.0"

pytestmark = [pytest.mark.deploy, pytest.mark.slow]


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    folder = tmp_path / "ministack"
    folder.mkdir()
    with started_emulator(folder) as started:
        yield started


def test_the_stack_is_deployed_requested_and_deleted(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**emulator.environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    npx = shutil.which("npx")
    assert npx, "npx is missing: `make install` puts one into .venv"
    bootstrap = [npx, "--yes", CDK_CLI, "bootstrap", "aws://000000000000/us-east-1"]
    subprocess.run(bootstrap, env=environment, cwd=tmp_path, check=True, timeout=300)
    target = aws_target.create_deployed_target

    def emulated_target(
        aws: AwsWriteClient, options: StackOptions, outputs: Mapping[str, str]
    ) -> Target:
        url = f"{emulator.url}/restapis/{outputs[stack_outputs.API_ID]}/prod/_user_request_"
        return target(aws, options, {**outputs, stack_outputs.API_URL: url})

    def preflight(**options: str | None) -> Preflight:
        result = check_before_deployment(**options)  # type: ignore[arg-type] # `name_prefix` is given
        return replace(result, options=replace(result.options, jwt_authorizers=False))

    monkeypatch.setattr(aws_target, "_wait_for_event", lambda _: {})
    monkeypatch.setattr(deploy_command, "check_before_deployment", preflight)
    monkeypatch.setattr(
        "streaming_construct.verify.deployment.lifecycle.create_deployed_target", emulated_target
    )
    report = tmp_path / "report.json"
    arguments = ["--deploy", "--yes", "--report", str(report), "--case", "gateway-unknown-path"]
    result = CliRunner().invoke(verify, arguments, env=environment)

    assert "The stack and its log groups are deleted." in result.output, result.output
    assert report.exists(), result.output
    assert len(parse_report(report.read_text()).results) == 1
    stacks = emulator.client("cloudformation").describe_stacks()["Stacks"]
    assert stack_outputs.DEFAULT_NAME_PREFIX not in {stack["StackName"] for stack in stacks}
    assert emulator.client("apigateway").get_rest_apis()["items"] == []
