"""`--pre-deploy`: an account and a Region without an API."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from streaming_construct.deployed.client import AwsClient
from tests.doctor.test_deployed_defects import ids
from tests.doctor.wire import Wire
from tests.support.emulator import Emulator

Run = Callable[..., Result]


@pytest.fixture
def ready(emulator: Emulator, wire: Wire) -> Wire:
    """An account that is ready: bootstrapped, with quotas, and without a role that is replaced."""
    emulator.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String", Overwrite=True
    )
    emulator.client("apigateway").update_account(
        patchOperations=[{"op": "remove", "path": "/cloudwatchRoleArn"}]
    )
    quota = {"ServiceCode": "apigateway", "QuotaCode": "L-E5AE38E3", "Value": 29_000.0}
    wire.answers["service-quotas", "GetServiceQuota"] = {"Quota": quota}
    return wire


def examined(run: Run) -> list[str]:
    return ids(run("--pre-deploy", "--format", "json"))


@pytest.mark.usefixtures("ready")
def test_an_account_that_is_ready_is_said_to_be(run: Run) -> None:
    """With the numbers that matter."""
    result = run("--pre-deploy")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "the CDK's resources are of version 21" in result.stderr
    assert "buffered integrations may take 29000 ms" in result.stderr
    assert "no findings" in result.stderr


@pytest.mark.parametrize("version", [None, "5"])
def test_resources_of_the_cdk_are_missing_or_old(
    version: str | None, run: Run, ready: Wire
) -> None:
    """A deploy puts the functions' code there."""
    if version is None:
        ready.errors["ssm", "GetParameter"] = ("ParameterNotFound", "")
    else:
        ready.answers["ssm", "GetParameter"] = {"Parameter": {"Value": version}}

    assert examined(run) == ["bootstrap-missing"]


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
def test_a_layer_that_nobody_may_read_is_no_use(
    code: str, message: str, run: Run, ready: Wire
) -> None:
    """Of both architectures."""
    ready.errors["lambda", "GetLayerVersionByArn"] = (code, message)

    assert examined(run) == ["adapter-layer-unavailable"] * 2


def test_that_the_caller_may_not_read_the_layer_says_nothing_of_it(run: Run, ready: Wire) -> None:
    """The role that deploys is another."""
    ready.deny("lambda", "GetLayerVersion")
    ready.errors["lambda", "GetLayerVersionByArn"] = ready.errors["lambda", "GetLayerVersion"]

    result = run("--pre-deploy", "--format", "json")

    assert ids(result) == []
    assert (
        "not checked: the layer of the Lambda Web Adapter: the permission lambda:GetLayerVersion"
        in result.stderr
    )


@pytest.mark.usefixtures("ready")
def test_a_partition_without_the_layer_is_told(run: Run) -> None:
    """GovCloud, say."""
    found = json.loads(run("--pre-deploy", "--format", "json", "--region", "us-gov-west-1").stdout)

    (place,) = (
        each["subject"]["name"] for each in found if each["rule"] == "adapter-layer-unavailable"
    )
    assert place == "Region us-gov-west-1"


def test_a_role_of_others_would_be_replaced(run: Run, ready: Wire) -> None:
    """`StreamingRestApi` makes one, unless told not to."""
    role = {
        "Path": "/",
        "RoleName": "Logs",
        "RoleId": "AROA1234567890123456",
        "Arn": "arn:aws:iam::000000000000:role/Logs",
        "CreateDate": "2026-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": "{}",
    }
    ready.answers["apigateway", "GetAccount"] = {"cloudwatchRoleArn": role["Arn"]}
    ready.answers["iam", "GetRole"] = {"Role": role}

    assert examined(run) == ["cloudwatch-role-replaced"]


def test_few_concurrent_executions_are_few_streams(run: Run, ready: Wire) -> None:
    """As a new account has."""
    limit = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    ready.answers["lambda", "GetAccountSettings"] = {"AccountLimit": limit}

    assert examined(run) == ["concurrency-low"]


@pytest.mark.usefixtures("ready")
def test_a_boto3_that_knows_no_transfer_mode_is_too_old(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would drop the field, and every route look buffered."""
    monkeypatch.setattr(AwsClient, "has_member", lambda *_: False)

    assert examined(run) == ["sdk-outdated"]


@pytest.mark.usefixtures("ready")
def test_a_region_without_the_services_is_told(run: Run) -> None:
    """One whose name is of the right form, and that is none."""
    assert "region-unknown" in ids(
        run("--pre-deploy", "--format", "json", "--region", "eu-west-11")
    )
