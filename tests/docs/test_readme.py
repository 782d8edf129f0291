"""The README is true: its code runs, its commands exist, its output is what comes out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Duration

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

# A command is run here where that is quick; else the test that runs it is named.
RUN_HERE = {
    "make demo": ["make", "--dry-run", "demo"],
    "make test": ["make", "--dry-run", "test"],
    "make local": ["make", "--dry-run", "local"],
    "streaming-construct local": [sys.executable, "-m", "streaming_construct", "local", "--help"],
    "streaming-construct doctor --stack Chat": [
        *(sys.executable, "-m", "streaming_construct", "doctor", "--help")
    ],
}
RUN_BY = {
    "streaming-construct lint template.yaml": "tests/docs/test_lint_page.py",
    'npx aws-cdk@2 synth --app "python3 your_app.py"': "tests/sample/test_deploy.py",
    ". .venv/bin/activate": "tests/sample/test_deploy.py",
    "npx aws-cdk@2 bootstrap": "tests/sample/test_deploy.py",
    "npx aws-cdk@2 deploy": "tests/sample/test_deploy.py",
    "pip install 'streaming-construct[aws]'": "tests/test_wheel.py",
    "streaming-construct probe https://abc123.execute-api.eu-west-1.amazonaws.com/prod/chat": (
        "tests/probe/test_command.py"
    ),
    "pip install 'streaming-construct[local]'": "tests/test_wheel.py",
    "pip install streaming-construct": "tests/test_wheel.py",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    lines = [line for block in blocks("console") for line in block.splitlines()]
    return [line[2:].split("  #")[0].strip() for line in lines if line.startswith("$ ")]


@pytest.mark.parametrize("code", blocks("python"), ids=lambda code: code.strip()[-24:])
def test_each_block_of_code_synthesizes_an_api_that_streams(code: str, tmp_path: Path) -> None:
    """As it stands, in a process of its own, where a reader has the sample's functions."""
    (tmp_path / "lambda_src").symlink_to(ROOT / "lambda_src")
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "CDK_OUTDIR": str(tmp_path / "cdk.out"), "CDK_VALIDATION": "false"},
        check=True,
        timeout=120,
    )

    (template,) = (
        json.loads(file.read_text()) for file in (tmp_path / "cdk.out").glob("*.template.json")
    )
    (api,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::ApiGateway::RestApi")
    root = api["Properties"]["Body"]["paths"]["/"]
    operation = root.get("x-amazon-apigateway-any-method") or root["get"]
    assert operation["x-amazon-apigateway-integration"]["responseTransferMode"] == "STREAM"


def test_the_refusal_is_the_one_shown() -> None:
    """Word for word."""
    scope: dict[str, Any] = {}
    exec(blocks("python")[1].replace("app.synth()", ""), scope)  # the README's own code

    with pytest.raises(ValueError, match="Chat/Api") as refused:
        scope["api"].add_route("/files/{path+}/meta", timeout=Duration.minutes(20))

    assert f"{refused.value}\n" in blocks("text")


@pytest.mark.parametrize("command", commands())
def test_each_command_exists(command: str) -> None:
    """It runs here, or in the test named for it."""
    if command in RUN_HERE:
        subprocess.run(RUN_HERE[command], cwd=ROOT, check=True, capture_output=True, timeout=60)
    else:
        assert (ROOT / RUN_BY[command]).is_file()


def test_the_pages_it_points_to_are_there() -> None:
    """Every relative link."""
    found = re.findall(r"\]\(([^)#]+)|src=\"([^\"]+)", README)
    links = [link for pair in found for link in pair if link and "://" not in link]

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
