"""A mistake in what is deployed is found by its id; mended, nothing is found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from streaming_construct.deployed import logs
from streaming_construct.lint.linter import lint_path
from tests.doctor.live_api import LiveApi, function_arn, make_live_api, set_role_for_logs
from tests.support.emulator import Emulator

Run = Callable[..., Result]


def ids(result: Result) -> list[str]:
    """Return the rules that a report in JSON names."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return [finding["rule"] for finding in json.loads(result.stdout)]


def examined(run: Run, live: LiveApi, *arguments: str) -> list[str]:
    return ids(run("--api", live.api_id, "--format", "json", *arguments))


def test_nothing_is_found_about_a_sound_api(run: Run, sound_api: LiveApi) -> None:
    """And the exit status says so; what was looked at is told on standard error."""
    result = run("--api", sound_api.api_id)

    assert (result.exit_code, result.stdout) == (0, "")
    assert "checking the deployment of the stage ..." in result.stderr
    assert "1 requests in the access log of the last 60 minutes" in result.stderr
    assert "no findings" in result.stderr
    assert "not checked" not in result.stderr


def a_route_that_is_not_deployed(live: LiveApi) -> None:
    gateway = live.emulator.client("apigateway")
    method = {"restApiId": live.api_id, "resourceId": live.chat_id, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK")


def a_reserve_of_nothing(live: LiveApi) -> None:
    live.emulator.client("lambda").put_function_concurrency(
        FunctionName=live.name, ReservedConcurrentExecutions=0
    )


def no_reserve(live: LiveApi) -> None:
    live.emulator.client("lambda").delete_function_concurrency(FunctionName=live.name)


def no_role_for_logs(live: LiveApi) -> None:
    live.emulator.client("apigateway").update_account(
        patchOperations=[{"op": "remove", "path": "/cloudwatchRoleArn"}]
    )


def a_role_for_logs_that_is_gone(live: LiveApi) -> None:
    set_role_for_logs(live, f"{live.role}-gone")


def a_role_for_logs_of_another_service(live: LiveApi) -> None:
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
    set_role_for_logs(live, role["Arn"])


def a_short_function(live: LiveApi) -> None:
    live.emulator.client("lambda").update_function_configuration(FunctionName=live.name, Timeout=60)


def a_longer_function(live: LiveApi) -> None:
    live.emulator.client("lambda").update_function_configuration(
        FunctionName=live.name, Timeout=300
    )


MISTAKES: dict[str, tuple[str, Callable[[LiveApi], object], Callable[[LiveApi], object]]] = {
    "a change that is not deployed": (
        "stage-outdated",
        a_route_that_is_not_deployed,
        LiveApi.deploy,
    ),
    "a reserve of nothing": ("reserved-concurrency-zero", a_reserve_of_nothing, no_reserve),
    "no role for logs": ("cloudwatch-role-missing", no_role_for_logs, set_role_for_logs),
    "a role for logs that is gone": (
        "cloudwatch-role-missing",
        a_role_for_logs_that_is_gone,
        set_role_for_logs,
    ),
    "a role for logs of another service": (
        "cloudwatch-role-missing",
        a_role_for_logs_of_another_service,
        set_role_for_logs,
    ),
    "a function shorter than its route": (
        "function-timeout-shorter",
        a_short_function,
        a_longer_function,
    ),
}


@pytest.fixture(scope="module")
def changing_api(emulator: Emulator) -> LiveApi:
    """An API that each test breaks and restores."""
    return make_live_api(emulator, "changing")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_until_it_is_mended(
    mistake: str, run: Run, changing_api: LiveApi
) -> None:
    """Once by its id and nothing else, then not at all."""
    rule, break_, restore = MISTAKES[mistake]

    break_(changing_api)
    found = examined(run, changing_api)
    restore(changing_api)

    assert found == [rule]
    assert examined(run, changing_api) == []


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


def test_the_access_log_tells_what_became_of_requests(run: Run, live: LiveApi) -> None:
    """Of one request of each kind, in the format of this library."""
    for _, fields in LOGGED.values():
        live.log_request(**fields)
    counts = Counter(rule for rule, _ in LOGGED.values())

    found = json.loads(run("--api", live.api_id, "--format", "json").stdout)

    assert {finding["rule"] for finding in found} == set(counts)
    for finding in found:
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
    """The emulator knows no optional terms, and would want all of them in one line."""
    monkeypatch.setattr(logs, "FILTER_PATTERN", "")


@pytest.mark.usefixtures("unfiltered")
def test_the_log_of_a_function_names_the_cause(run: Run, live: LiveApi) -> None:
    """The finding quotes the line; lines that name none, and older lines, are passed over."""
    live.log_function("START RequestId: 1f Version: $LATEST")
    for line in FAILURES.values():
        live.log_function(line)
    live.log_function("REPORT RequestId: 1f Duration: 12.00 ms")

    result = run("--api", live.api_id, "--format", "json", "--minutes", "60")

    problems = {each["rule"]: each["problem"] for each in json.loads(result.stdout)}
    assert set(problems) == set(FAILURES)
    for rule, line in FAILURES.items():
        assert line.split("\n")[0] in problems[rule]
    assert result.exit_code == 1
    assert examined(run, live, "--minutes", "0.0001") == []


def test_an_error_fails_and_a_warning_does_where_it_is_asked_to(run: Run, live: LiveApi) -> None:
    """As every command that reports."""
    live.log_request(status="429", errorType="THROTTLED")

    assert run("--api", live.api_id).exit_code == 0
    assert run("--api", live.api_id, "--fail-on", "warning").exit_code == 1


def test_a_finding_says_where_it_is_by_its_arn(run: Run, live: LiveApi) -> None:
    """What is deployed has no file and no line: of a route, a function, the stage."""
    a_route_that_is_not_deployed(live)
    a_reserve_of_nothing(live)
    live.log_request(status="502")

    found = json.loads(run("--api", live.api_id, "--format", "json").stdout)

    api = f"arn:aws:apigateway:us-east-1::/restapis/{live.api_id}"
    assert {each["rule"]: each["location"] for each in found} == {
        "stage-outdated": {"arn": f"{api}/stages/prod"},
        "reserved-concurrency-zero": {"arn": function_arn(live.name)},
        "requests-failed": {"arn": f"{api}/resources/{live.chat_id}/methods/POST"},
    }


def test_a_mistake_has_the_words_that_lint_has_for_it(
    run: Run, live: LiveApi, tmp_path: Path
) -> None:
    """The template that says the same, and the API as it is deployed."""
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

    written = {each.rule.id: (each.problem, each.fix) for each in lint_path(file).findings}
    found = {each["rule"]: (each["problem"], each["fix"]) for each in deployed}

    assert "timeout-out-of-range" in written
    assert {rule: found.get(rule) for rule in written} == written
