"""The real CDK CLI bootstraps, deploys, updates and destroys the sample, against an emulator.

MiniStack, on loopback, takes CloudFormation and its resources as AWS does in shape, and runs the
buffered function. It does not stream, and drops the transfer mode when it imports the body: that
the deployed API streams is not shown here.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from tests.support.emulator import Emulator, started_emulator

ROOT = Path(__file__).parents[2]
# The npm tag `latest` of aws-cdk is not a 2.x.
CDK_CLI = "aws-cdk@2.1148.0"
STACK = "StreamingSample"

pytestmark = [pytest.mark.deploy, pytest.mark.slow]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """MiniStack, for all tests of this file."""
    with started_emulator(tmp_path_factory.mktemp("ministack")) as started:
        yield started


def synthesize_update(folder: Path) -> Path:
    """Synthesize the sample with two more routes."""
    sample = runpy.run_path(str(ROOT / "app.py"))["StreamingSample"]
    app = App(outdir=str(folder), builtin_cloud_formation_validation=False)
    api = sample(app, STACK).api
    api.add_route("/added", methods=["GET"])
    api.add_route("/reports/{id}", methods=["GET", "DELETE"])
    app.synth()
    return folder


def cdk(emulator: Emulator, *arguments: str) -> None:
    """Run the CDK CLI as a user does. If it fails, the error has its output."""
    npx = shutil.which("npx", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert npx, "npx is missing: `make install` puts one into .venv"
    done = subprocess.run(
        [npx, "--yes", CDK_CLI, *arguments],
        cwd=ROOT,
        env=dict(emulator.environment),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sample_is_bootstrapped_deployed_updated_and_destroyed(
    emulator: Emulator, sample_assembly: Path, tmp_path: Path
) -> None:
    """The test needs only an account: the unmodified CLI does every step."""
    gateway, cloudformation = emulator.client("apigateway"), emulator.client("cloudformation")
    # The CLI writes beside an assembly that it deploys, and other tests read the sample's.
    first_app = str(shutil.copytree(sample_assembly, tmp_path / "cdk.out"))
    second_app = str(synthesize_update(tmp_path / "updated"))
    deploy = ("deploy", "--require-approval", "never", "--app")

    cdk(emulator, "bootstrap", "aws://000000000000/us-east-1")
    cdk(emulator, *deploy, first_app)
    first = read_deployed_api(gateway, cloudformation)

    assert {"/", "/{proxy+}", "/stream", "/node", "/words", "/health"} <= first.paths
    assert health(emulator, first.api)["status"] == "ok"
    assert "TimeToFirstContent" in metrics(emulator)

    cdk(emulator, *deploy, second_app)
    second = read_deployed_api(gateway, cloudformation)

    assert second.paths - first.paths == {"/added", "/reports", "/reports/{id}"}
    assert second.deployment != first.deployment

    cdk(emulator, "destroy", "--force", "--app", second_app)

    assert STACK not in {stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]}
    assert gateway.get_rest_apis()["items"] == []
    assert metrics(emulator) == set()


@dataclass(frozen=True)
class DeployedApi:
    """The properties of the API that a client can see."""

    api: str
    deployment: str
    paths: set[str]


def read_deployed_api(gateway: Any, cloudformation: Any) -> DeployedApi:
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    (api,) = (
        r["PhysicalResourceId"]
        for r in resources
        if r["ResourceType"] == "AWS::ApiGateway::RestApi"
    )
    return DeployedApi(
        api=api,
        deployment=gateway.get_stage(restApiId=api, stageName="prod")["deploymentId"],
        paths={item["path"] for item in gateway.get_resources(restApiId=api)["items"]},
    )


def metrics(emulator: Emulator) -> set[str]:
    """Return the names of the metrics that filters create from logs."""
    filters = emulator.client("logs").describe_metric_filters()["metricFilters"]
    return {
        metric_transformation["metricName"]
        for metric_filter in filters
        for metric_transformation in metric_filter["metricTransformations"]
    }


def health(emulator: Emulator, api: str) -> dict[str, Any]:
    """Request the buffered route, which the emulator runs in a process on this machine."""
    url = f"{emulator.url}/restapis/{api}/prod/_user_request_/health"
    with urllib.request.urlopen(url, timeout=30) as response:
        status: dict[str, Any] = json.load(response)
    return status
