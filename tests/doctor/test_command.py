"""`streaming-construct doctor`: options, and errors as one sentence with exit status 2."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.docs.code_blocks import list_blocks
from tests.doctor.live_api import LiveApi
from tests.doctor.test_deployed_defects import finding_ids
from tests.doctor.wire import Wire
from tests.support.emulator import Emulator

Run = Callable[..., Result]
PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"


def error_of(result: Result) -> str:
    """Run the doctor; return its error."""
    assert result.exit_code == 2, result.output
    (sentence,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert "Traceback" not in result.output
    return sentence.removeprefix("Error: ")


@pytest.mark.parametrize(
    "arguments", [(), ("--pre-deploy", "--api", "a1b2c3"), ("--stage", "prod")]
)
def test_a_target_is_required(arguments: tuple[str, ...], run: Run) -> None:
    """An API, a stack, or an account with `--pre-deploy`."""
    assert (
        error_of(run(*arguments)) == "Pass --api ID or --stack NAME, or --pre-deploy without them."
    )


def test_an_unknown_api_is_an_error(run: Run) -> None:
    """The error names the Region."""
    error = error_of(run("--api", "nowhere"))

    assert error == (
        "REST API nowhere does not exist in account 000000000000, us-east-1."
        " Check --api, --region and --profile."
    )


def test_an_http_api_is_an_error(run: Run, emulator: Emulator) -> None:
    """It is another product of API Gateway, with ids of the same form."""
    http_api = emulator.client("apigatewayv2").create_api(Name="Chat", ProtocolType="HTTP")

    result = run("--api", http_api["ApiId"], "--format", "json")

    assert result.exit_code == 1
    assert finding_ids(result) == ["http-api-cannot-stream"]


def test_a_websocket_api_is_an_error(run: Run, emulator: Emulator) -> None:
    """It does not stream HTTP responses."""
    websocket_api = emulator.client("apigatewayv2").create_api(
        Name="Chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )

    error = error_of(run("--api", websocket_api["ApiId"]))

    assert (
        error == f"{websocket_api['ApiId']} is a WEBSOCKET API, and only REST APIs stream responses"
    )


def test_the_error_for_an_unknown_stage_lists_the_stages(run: Run, sound_api: LiveApi) -> None:
    """Those that there are, are named."""
    error = error_of(run("--api", sound_api.api_id, "--stage", "dev"))

    assert error == f"API {sound_api.api_id} has no stage dev: its stages are prod"


def test_one_of_several_stages_must_be_named(run: Run, live: LiveApi) -> None:
    """With its name the doctor reads it."""
    live.emulator.client("apigateway").create_deployment(restApiId=live.api_id, stageName="dev")

    assert "has several stages" in error_of(run("--api", live.api_id))
    assert run("--api", live.api_id, "--stage", "prod").exit_code == 0


def test_an_unknown_stack_is_an_error(run: Run) -> None:
    """CloudFormation returns a validation error."""
    assert error_of(run("--stack", "Nowhere")).startswith("stack Nowhere does not exist in account")


def test_an_unknown_profile_is_an_error(run: Run) -> None:
    """No call is made."""
    error = error_of(run("--pre-deploy", "--profile", "absent"))

    assert "(absent) could not be found. Run `aws configure list-profiles`" in error


def test_missing_credentials_are_an_error(run: Run, tmp_path: Path) -> None:
    """They are neither in the environment nor in a file."""
    nothing = str(tmp_path / "none")
    error = error_of(
        run(
            "--pre-deploy",
            AWS_ACCESS_KEY_ID="",
            AWS_SECRET_ACCESS_KEY="",
            AWS_SHARED_CREDENTIALS_FILE=nothing,
            AWS_CONFIG_FILE=nothing,
            AWS_EC2_METADATA_DISABLED="true",
        )
    )

    assert error.startswith("AWS credentials are missing (Unable to locate credentials")


def test_a_missing_region_is_an_error(run: Run, tmp_path: Path) -> None:
    """Neither the environment, the profile nor an option sets it."""
    nothing = {"AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_CONFIG_FILE": str(tmp_path / "no")}

    assert error_of(run("--pre-deploy", **nothing)) == (
        "no Region is configured. Pass --region, or set AWS_REGION."
    )


def test_rejected_credentials_are_an_error(run: Run, wire: Wire) -> None:
    """They have expired, for example."""
    wire.errors["sts", "GetCallerIdentity"] = ("ExpiredToken", "The security token is expired")

    assert (
        error_of(run("--pre-deploy")) == "AWS rejects these credentials (ExpiredToken). Renew them."
    )


def test_credentials_that_expire_leave_the_findings_so_far(
    run: Run, live: LiveApi, wire: Wire
) -> None:
    """No later check runs, and the exit status shows it."""
    live.emulator.client("lambda").update_function_configuration(FunctionName=live.name, Timeout=60)
    wire.errors["iam", "GetRole"] = ("ExpiredToken", "The security token is expired")

    result = run("--api", live.api_id, "--format", "json")

    assert "AWS rejects these credentials" in error_of(result)
    assert finding_ids(result) == ["function-timeout-shorter"]
    assert "not checked: the access log: interrupted" in result.stderr


def test_an_unreachable_endpoint_is_an_error(run: Run) -> None:
    """The error comes soon."""
    with socket.socket() as closed_port:
        closed_port.bind(("127.0.0.1", 0))
        begun = time.monotonic()
        error = error_of(
            run("--pre-deploy", AWS_ENDPOINT_URL=f"http://127.0.0.1:{closed_port.getsockname()[1]}")
        )

    assert error.startswith("sts cannot be reached (Could not connect to the endpoint URL")
    assert error.endswith(". Check the network and the Region.")
    assert time.monotonic() - begun < 20


def test_ctrl_c_leaves_the_findings_so_far(run: Run, live: LiveApi, wire: Wire) -> None:
    """The output names the checks that did not run."""
    live.emulator.client("lambda").update_function_configuration(FunctionName=live.name, Timeout=60)
    wire.interrupted = ("cloudwatch", "GetMetricData")

    result = run("--api", live.api_id, "--format", "json")

    assert result.exit_code == 130
    assert [finding["rule"] for finding in json.loads(result.stdout)] == [
        "function-timeout-shorter"
    ]
    assert "not checked: throttled invocations: interrupted" in result.stderr
    assert "not checked: the access log: interrupted" in result.stderr


def test_quiet_prints_only_findings(run: Run, sound_api: LiveApi) -> None:
    """A correct API has no output at all."""
    assert run("--api", sound_api.api_id, "--quiet").output == ""


def test_a_rule_is_explained_without_a_call(run: Run, wire: Wire) -> None:
    """The text is that of the page of rules."""
    result = run("--explain", "stage-outdated")

    assert result.exit_code == 0
    assert result.stdout.startswith("# stage-outdated\n")
    assert wire.calls == []


def test_a_suppressed_finding_is_left_out(
    run: Run, live: LiveApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The suppression is in the pyproject.toml of the working folder."""
    live.log_request(status="429", errorType="THROTTLED")
    (table,) = list_blocks(PAGE.read_text(), "toml")
    (tmp_path / "pyproject.toml").write_text(table)
    assert finding_ids(run("--api", live.api_id, "--format", "json")) == ["requests-throttled"]

    monkeypatch.chdir(tmp_path)
    assert finding_ids(run("--api", live.api_id, "--format", "json")) == []


def test_importing_the_command_imports_neither_boto3_nor_cdk() -> None:
    """Help is printed at once, without Node.js."""
    code = (
        "import sys; import streaming_construct.doctor.command;"
        "print([name for name in ('boto3', 'botocore', 'aws_cdk', 'jsii', 'yaml')"
        " if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_error_for_a_missing_boto3_is_one_line(tmp_path: Path) -> None:
    """It names the extra to install."""
    (tmp_path / "boto3.py").write_text("raise ModuleNotFoundError(name='boto3')\n")
    code = "from streaming_construct.doctor.command import doctor; doctor(['--pre-deploy'])"

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (
        "Error: boto3 is not installed. Run pip install 'streaming-construct[aws]'.\n"
    )
