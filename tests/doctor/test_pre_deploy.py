"""`--pre-deploy`: an account and a Region without an API."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from streaming_construct.deployed.client import AwsClient
from tests.doctor.test_deployed_defects import finding_ids
from tests.doctor.wire import Wire
from tests.support.emulator import Emulator

Run = Callable[..., Result]


@pytest.fixture
def ready_account(emulator: Emulator, wire: Wire) -> Wire:
    """An account that is ready: bootstrapped, with quotas, and without a role that is replaced."""
    emulator.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String", Overwrite=True
    )
    emulator.client("apigateway").update_account(
        patchOperations=[{"op": "remove", "path": "/cloudwatchRoleArn"}]
    )
    quota = {"ServiceCode": "apigateway", "QuotaCode": "L-E5AE38E3", "Value": 29_000.0}
    wire.responses["service-quotas", "GetServiceQuota"] = {"Quota": quota}
    return wire


def run_pre_deploy(run: Run) -> list[str]:
    return finding_ids(run("--pre-deploy", "--format", "json"))


@pytest.mark.usefixtures("ready_account")
def test_a_ready_account_is_reported_as_ready(run: Run) -> None:
    """The report has the quotas."""
    result = run("--pre-deploy")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "the CDK's resources are of version 21" in result.stderr
    assert "buffered integrations may take 29000 ms" in result.stderr
    assert "no findings" in result.stderr


@pytest.mark.parametrize("version", [None, "5"])
def test_missing_or_old_bootstrap_resources_are_findings(
    version: str | None, run: Run, ready_account: Wire
) -> None:
    """A deployment uploads the code of functions there."""
    if version is None:
        ready_account.errors["ssm", "GetParameter"] = ("ParameterNotFound", "")
    else:
        ready_account.responses["ssm", "GetParameter"] = {"Parameter": {"Value": version}}

    assert run_pre_deploy(run) == ["bootstrap-missing"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceNotFoundException", "Layer version does not exist"),
        (
            "AccessDeniedException",
            "not authorized to perform: lambda:GetLayerVersion because no resource-based policy is",
        ),
    ],
)
def test_an_unreadable_adapter_layer_is_a_finding(
    code: str, message: str, run: Run, ready_account: Wire
) -> None:
    """For both architectures."""
    ready_account.errors["lambda", "GetLayerVersionByArn"] = (code, message)

    assert run_pre_deploy(run) == ["adapter-layer-unavailable"] * 2


def test_a_denied_read_of_the_layer_is_no_finding(run: Run, ready_account: Wire) -> None:
    """Another role deploys."""
    ready_account.deny("lambda", "GetLayerVersion")
    ready_account.errors["lambda", "GetLayerVersionByArn"] = ready_account.errors[
        "lambda", "GetLayerVersion"
    ]

    result = run("--pre-deploy", "--format", "json")

    assert finding_ids(result) == []
    assert (
        "not checked: the layer of the Lambda Web Adapter: the permission lambda:GetLayerVersion"
        in result.stderr
    )


@pytest.mark.usefixtures("ready_account")
def test_a_partition_without_the_layer_is_a_finding(run: Run) -> None:
    """GovCloud is an example."""
    findings = json.loads(
        run("--pre-deploy", "--format", "json", "--region", "us-gov-west-1").stdout
    )

    (place,) = (
        finding["subject"]["name"]
        for finding in findings
        if finding["rule"] == "adapter-layer-unavailable"
    )
    assert place == "Region us-gov-west-1"


def test_an_existing_cloudwatch_role_is_a_finding(run: Run, ready_account: Wire) -> None:
    """`StreamingRestApi` creates a new one by default."""
    role = {
        "Path": "/",
        "RoleName": "Logs",
        "RoleId": "AROA1234567890123456",
        "Arn": "arn:aws:iam::000000000000:role/Logs",
        "CreateDate": "2026-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": "{}",
    }
    ready_account.responses["apigateway", "GetAccount"] = {"cloudwatchRoleArn": role["Arn"]}
    ready_account.responses["iam", "GetRole"] = {"Role": role}

    assert run_pre_deploy(run) == ["cloudwatch-role-replaced"]


def test_a_low_concurrency_quota_is_a_finding(run: Run, ready_account: Wire) -> None:
    """New accounts have one."""
    limit = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    ready_account.responses["lambda", "GetAccountSettings"] = {"AccountLimit": limit}

    assert run_pre_deploy(run) == ["concurrency-low"]


@pytest.mark.usefixtures("ready_account")
def test_a_boto3_without_transfer_modes_is_an_error(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would drop the field, and every route would be buffered."""
    monkeypatch.setattr(AwsClient, "has_member", lambda *_: False)

    assert run_pre_deploy(run) == ["sdk-outdated"]


@pytest.mark.usefixtures("ready_account")
def test_a_region_without_the_services_is_an_error(run: Run) -> None:
    """Its name has the right form, but the Region does not exist."""
    assert "region-unknown" in finding_ids(
        run("--pre-deploy", "--format", "json", "--region", "eu-west-11")
    )
