"""The sample stack, as `cdk deploy` would deploy it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from streaming_construct.local.api import LocalApi
from tests.filter_pattern import extract

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "snapshots" / "StreamingSample.template.json"


def synthesize(folder: Path, *, app: Path = ROOT) -> dict[str, Any]:
    """Run the sample as a user does, in a process of its own; return its template."""
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=app,
        env={**os.environ, "CDK_OUTDIR": str(folder), "CDK_VALIDATION": "false"},
        check=True,
        timeout=120,
    )
    template: dict[str, Any] = json.loads((folder / "StreamingSample.template.json").read_text())
    return template


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the sample."""
    folder = tmp_path_factory.mktemp("sample") / "cdk.out"
    synthesize(folder)
    return folder


@pytest.fixture(scope="module")
def template(assembly: Path) -> dict[str, Any]:
    """The template of the sample."""
    found: dict[str, Any] = json.loads((assembly / "StreamingSample.template.json").read_text())
    return found


def test_the_template_is_the_golden_one(
    template: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """Whatever changes it is seen in a review: `make snapshot` rewrites it."""
    text = json.dumps(template, indent=1) + "\n"
    if request.config.getoption("--snapshot-update"):
        GOLDEN.write_text(text)

    assert text == GOLDEN.read_text()


def test_another_directory_makes_no_difference(template: dict[str, Any], tmp_path: Path) -> None:
    """A copy of the sources elsewhere, all files newer, gives the same bytes."""
    copy = tmp_path / "elsewhere" / "clone"
    copy.mkdir(parents=True)
    (copy / "app.py").write_bytes((ROOT / "app.py").read_bytes())
    for folder in ("lambda_src", "streaming_construct"):
        left_out = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / folder, copy / folder, copy_function=shutil.copy, ignore=left_out)

    assert synthesize(tmp_path / "cdk.out", app=copy) == template


@pytest.mark.slow
def test_every_stream_of_it_is_seen_to_arrive(assembly: Path) -> None:
    """What `make demo` does: serve the template that is deployed, and watch each route."""
    done = subprocess.run(
        [sys.executable, "clients/watch_streams.py", str(assembly)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("\nstreamed: ") == 7


@pytest.mark.slow
def test_its_metric_filters_find_its_own_streams(
    assembly: Path, template: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The filters that are deployed, on what the gateway logs of requests to each function."""
    caplog.set_level(logging.INFO, logger="streaming_construct.local")
    with LocalApi.from_assembly(assembly) as api, httpx.Client(timeout=60) as client:
        for path in ("/node", "/words", "/stream", "/health"):
            assert client.get(api.url(path)).status_code == 200
        time.sleep(0.5)
    lines = [message for message in caplog.messages if message.startswith('{"requestId"')]
    filters = [
        (filter_["Properties"]["FilterPattern"], *transformations)
        for filter_ in template["Resources"].values()
        if filter_["Type"] == "AWS::Logs::MetricFilter"
        for transformations in [filter_["Properties"]["MetricTransformations"]]
    ]
    found = {
        made["MetricName"]: [
            value
            for line in lines
            if (value := extract(pattern, line, made["MetricValue"])) is not None
        ]
        for pattern, made in filters
    }

    assert len(lines) == 4
    assert found["Streamed"] == [1, 1, 1]
    assert found["Buffered"] == [1]
    assert found["Aborted"] == found["Throttled"] == []
    for first, end in zip(found["TimeToFirstContent"], found["StreamDuration"], strict=True):
        assert first + 300 < end


def test_the_routes_are_those_the_readme_names(template: dict[str, Any]) -> None:
    """Python on every path and `/stream`, handlers on `/node`, `/words` and `/health`."""
    (api,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::ApiGateway::RestApi")
    modes = {
        (path, method.removeprefix("x-amazon-apigateway-")): operation[
            "x-amazon-apigateway-integration"
        ].get("responseTransferMode")
        for path, item in api["Properties"]["Body"]["paths"].items()
        for method, operation in item.items()
        if method not in ("parameters", "options")
    }

    assert modes == {
        ("/", "any-method"): "STREAM",
        ("/{proxy+}", "any-method"): "STREAM",
        ("/stream", "get"): "STREAM",
        ("/node", "get"): "STREAM",
        ("/words", "get"): "STREAM",
        ("/health", "get"): "BUFFERED",
    }
