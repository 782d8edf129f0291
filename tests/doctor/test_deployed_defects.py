"""Each defect of a deployed API is found by its id; after the correction nothing is found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from streaming_construct.deployed import logs
from streaming_construct.lint.linter import lint_path
from tests.doctor.live_api import LiveApi, create_live_api, function_arn, set_cloudwatch_role
from tests.support.emulator import Emulator

Run = Callable[..., Result]


def finding_ids(result: Result) -> list[str]:
    """Return the rules in a report in JSON."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return [finding["rule"] for finding in json.loads(result.stdout)]


def run_doctor(run: Run, live: LiveApi, *arguments: str) -> list[str]:
    return finding_ids(run("--api", live.api_id, "--format", "json", *arguments))


def test_a_correct_api_has_no_findings(run: Run, sound_api: LiveApi) -> None:
    """The exit status is 0. Standard error names what the doctor has read."""
    result = run("--api", sound_api.api_id)

    assert (result.exit_code, result.stdout) == (0, "")
    assert "checking the deployment of the stage ..." in result.stderr
    assert "1 requests in the access log of the last 60 minutes" in result.stderr
    assert "no findings" in result.stderr
    assert "not checked" not in result.stderr


def add_undeployed_route(live: LiveApi) -> None:
    gateway = live.emulator.client("apigateway")
    method = {"restApiId": live.api_id, "resourceId": live.chat_id, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK")


def reserve_no_concurrency(live: LiveApi) -> None:
    live.emulator.client("lambda").put_function_concurrency(
        FunctionName=live.name, ReservedConcurrentExecutions=0
    )


def remove_reserved_concurrency(live: LiveApi) -> None:
    live.emulator.client("lambda").delete_function_concurrency(FunctionName=live.name)


def remove_cloudwatch_role(live: LiveApi) -> None:
    live.emulator.client("apigateway").update_account(
        patchOperations=[{"op": "remove", "path": "/cloudwatchRoleArn"}]
    )


def set_missing_cloudwatch_role(live: LiveApi) -> None:
    set_cloudwatch_role(live, f"{live.role}-gone")


def set_cloudwatch_role_of_another_service(live: LiveApi) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = live.emulator.client("iam").create_role(
        RoleName=f"{live.name}-other", AssumeRolePolicyDocument=json.dumps(trust)
    )["Role"]
    set_cloudwatch_role(live, role["Arn"])


def shorten_function_timeout(live: LiveApi) -> None:
    live.emulator.client("lambda").update_function_configuration(FunctionName=live.name, Timeout=60)


def restore_function_timeout(live: LiveApi) -> None:
    live.emulator.client("lambda").update_function_configuration(
        FunctionName=live.name, Timeout=300
    )


MISTAKES: dict[str, tuple[str, Callable[[LiveApi], object], Callable[[LiveApi], object]]] = {
    "a change that is not deployed": (
        "stage-outdated",
        add_undeployed_route,
        LiveApi.deploy,
    ),
    "a reserve of nothing": (
        "reserved-concurrency-zero",
        reserve_no_concurrency,
        remove_reserved_concurrency,
    ),
    "no role for logs": ("cloudwatch-role-missing", remove_cloudwatch_role, set_cloudwatch_role),
    "a role for logs that is gone": (
        "cloudwatch-role-missing",
        set_missing_cloudwatch_role,
        set_cloudwatch_role,
    ),
    "a role for logs of another service": (
        "cloudwatch-role-missing",
        set_cloudwatch_role_of_another_service,
        set_cloudwatch_role,
    ),
    "a function shorter than its route": (
        "function-timeout-shorter",
        shorten_function_timeout,
        restore_function_timeout,
    ),
}


@pytest.fixture(scope="module")
def changing_api(emulator: Emulator) -> LiveApi:
    """An API that each test breaks and restores."""
    return create_live_api(emulator, "changing")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_defect_is_found_until_it_is_corrected(
    mistake: str, run: Run, changing_api: LiveApi
) -> None:
    """The report has only its id, then no finding."""
    rule, break_, restore = MISTAKES[mistake]

    break_(changing_api)
    findings = run_doctor(run, changing_api)
    restore(changing_api)

    assert findings == [rule]
    assert run_doctor(run, changing_api) == []


LOGGED: dict[str, tuple[str, dict[str, str]]] = {
    "held back": ("requests-buffered", {"responseTransferMode": "BUFFERED"}),
    "throttled": ("requests-throttled", {"status": "429", "errorType": "THROTTLED"}),
    "over its quota": ("requests-throttled", {"status": "429", "errorType": "QUOTA_EXCEEDED"}),
    "blocked": ("requests-blocked", {"status": "403", "errorType": "WAF_FILTERED"}),
    "cut off": ("integration-timeouts", {"status": "504", "errorType": "INTEGRATION_TIMEOUT"}),
    "failed": ("requests-failed", {"status": "502", "errorMessage": "Internal server error"}),
    "without permission": (
        "permission-missing",
        {
            "status": "500",
            "integrationError": "The IAM role configured on the integration or API Gateway "
            "doesn't have permissions to call the integration",
        },
    ),
}


def test_failures_in_the_access_log_are_findings(run: Run, live: LiveApi) -> None:
    """It has one request of each kind, in the default format."""
    for _, fields in LOGGED.values():
        live.log_request(**fields)
    counts = Counter(rule for rule, _ in LOGGED.values())

    findings = json.loads(run("--api", live.api_id, "--format", "json").stdout)

    assert {finding["rule"] for finding in findings} == set(counts)
    for finding in findings:
        assert finding["subject"] == {"kind": "route", "name": "POST /chat"}
        assert f"{counts[finding['rule']]} of {1 + len(LOGGED)} recent" in finding["problem"]


FAILURES = {
    "function-not-started": "Runtime.InvalidEntrypoint fork/exec /var/task/run.sh: no such file",
    "function-timed-out": "2026-11-22T12:00:03Z 1f Task timed out after 3.00 seconds",
    "function-out-of-memory": "RequestId: 1f Error: Runtime exited with error: signal: killed",
    "function-not-ready": "INFO app is not ready after 2000ms url=http://127.0.0.1:8080/",
    "function-access-denied": "AccessDeniedException: User is not authorized to perform: "
    "bedrock:Invoke",
    "function-exited": "RequestId: 1f Error: Runtime exited with error: exit status 1",
    "function-unhandled-exception": "[ERROR] KeyError: 'model'\nTraceback (most recent call last):",
}


@pytest.fixture
def unfiltered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read logs without a filter pattern: the emulator has no optional terms."""
    monkeypatch.setattr(logs, "FILTER_PATTERN", "")


@pytest.mark.usefixtures("unfiltered")
def test_the_log_of_a_function_names_the_cause(run: Run, live: LiveApi) -> None:
    """The finding quotes the line. Lines without a cause and older lines are ignored."""
    live.log_function("START RequestId: 1f Version: $LATEST")
    for line in FAILURES.values():
        live.log_function(line)
    live.log_function("REPORT RequestId: 1f Duration: 12.00 ms")

    result = run("--api", live.api_id, "--format", "json", "--minutes", "60")

    problems = {finding["rule"]: finding["problem"] for finding in json.loads(result.stdout)}
    assert set(problems) == set(FAILURES)
    for rule, line in FAILURES.items():
        assert line.split("\n")[0] in problems[rule]
    assert result.exit_code == 1
    assert run_doctor(run, live, "--minutes", "0.0001") == []


def test_errors_fail_and_warnings_fail_with_the_option(run: Run, live: LiveApi) -> None:
    """All reporting commands do the same."""
    live.log_request(status="429", errorType="THROTTLED")

    assert run("--api", live.api_id).exit_code == 0
    assert run("--api", live.api_id, "--fail-on", "warning").exit_code == 1


def test_a_finding_has_the_arn_of_its_subject(run: Run, live: LiveApi) -> None:
    """Deployed resources have no file and no line: a route, a function, the stage."""
    add_undeployed_route(live)
    reserve_no_concurrency(live)
    live.log_request(status="502")

    findings = json.loads(run("--api", live.api_id, "--format", "json").stdout)

    api = f"arn:aws:apigateway:us-east-1::/restapis/{live.api_id}"
    assert {finding["rule"]: finding["location"] for finding in findings} == {
        "stage-outdated": {"arn": f"{api}/stages/prod"},
        "reserved-concurrency-zero": {"arn": function_arn(live.name)},
        "requests-failed": {"arn": f"{api}/resources/{live.chat_id}/methods/POST"},
    }


def test_a_defect_has_the_message_of_lint(run: Run, live: LiveApi, tmp_path: Path) -> None:
    """The template and the deployed API have the same defect."""
    live.update_integration(timeoutInMillis=900001)
    live.emulator.client("lambda").update_function_configuration(
        FunctionName=live.name, Timeout=3, Environment={"Variables": {}}, Layers=[]
    )
    live.deploy()
    deployed = json.loads(run("--api", live.api_id, "--format", "json").stdout)
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": live.uri,
        "responseTransferMode": "STREAM",
        "timeoutInMillis": 900001,
    }
    paths = {"/chat": {"post": {"x-amazon-apigateway-integration": integration}}}
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps({"openapi": "3.0.1", "paths": paths}))

    messages = {
        finding.rule.id: (finding.problem, finding.fix) for finding in lint_path(file).findings
    }
    problems = {finding["rule"]: (finding["problem"], finding["fix"]) for finding in deployed}

    assert "timeout-out-of-range" in messages
    assert {rule: problems.get(rule) for rule in messages} == messages
