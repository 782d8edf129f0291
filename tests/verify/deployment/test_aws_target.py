"""The deployed stack as a target: its credentials, its access log, and the values of its facts."""

from __future__ import annotations

import pytest

from streaming_construct.deployed.client import AwsWriteClient
from streaming_construct.verify import stack_outputs
from streaming_construct.verify.case import Credential
from streaming_construct.verify.deployment.aws_credentials import AwsCredentials
from streaming_construct.verify.deployment.cloudwatch_logs import CloudWatchLogs
from streaming_construct.verify.target import CredentialError
from tests.verify.deployment.aws_server import AwsServer
from tests.verify.deployment.conftest import Commands

OUTPUTS = {
    stack_outputs.API_KEY_ID: "key",
    stack_outputs.QUOTA_API_KEY_ID: "quota",
    stack_outputs.USER_POOL_ID: "us-east-1_p",
    stack_outputs.USER_POOL_CLIENT_ID: "client",
}
URL = "https://api.example/prod/any"


@pytest.fixture
def aws(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> AwsWriteClient:
    for name, value in commands.environment.items():
        monkeypatch.setenv(name, value)
    return AwsWriteClient()


def test_each_credential_has_its_header(aws: AwsWriteClient, account: AwsServer) -> None:
    credentials = AwsCredentials(aws, OUTPUTS)

    def headers(credential: Credential) -> dict[str, str]:
        return dict(credentials.create_headers(credential, "GET", URL, None))

    assert headers(Credential.NONE) == {}
    assert headers(Credential.API_KEY) == {"x-api-key": "the-value"}
    assert headers(Credential.QUOTA_API_KEY) == {"x-api-key": "the-value"}
    assert headers(Credential.COGNITO) == {"Authorization": "id"}
    assert headers(Credential.COGNITO_ACCESS) == {"Authorization": "access"}
    assert headers(Credential.JWT) == {"Authorization": "Bearer id"}
    assert headers(Credential.LAMBDA)["X-Token"] == "allow"
    assert "Credential=test/" in headers(Credential.IAM)["Authorization"]
    assert account.observed["AdminCreateUser"] == 1


def test_the_error_of_a_denied_credential_names_the_permission(
    aws: AwsWriteClient, account: AwsServer
) -> None:
    account.deny("GetApiKey", "apigateway:GET")

    with pytest.raises(CredentialError, match="the permission apigateway:GET is missing"):
        AwsCredentials(aws, OUTPUTS).create_headers(Credential.API_KEY, "GET", URL, None)


def test_a_record_is_found_by_its_request_id(aws: AwsWriteClient) -> None:
    logs = CloudWatchLogs(aws, "the-access-log", seconds=0)

    assert logs.read_access_log_record("r1") == {"requestId": "r1", "status": "200"}
    assert logs.read_access_log_record("r2") is None
