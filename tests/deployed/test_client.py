"""The client of AWS: pagination, retries of throttled calls, and errors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.stub import Stubber

from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.errors import (
    AccessDeniedError,
    AwsAccessError,
    AwsCallError,
    NotFoundError,
)


@pytest.fixture
def aws(
    botocore_loader: None,  # noqa: ARG001 - a fixture that has an effect
    monkeypatch: pytest.MonkeyPatch,
) -> AwsClient:
    """A client without a server."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    return AwsClient(region="eu-west-1")


def test_hundreds_of_routes_are_read_page_by_page(aws: AwsClient) -> None:
    """Each page starts where the one before ends."""
    resources = [{"id": str(number), "path": f"/{number}"} for number in range(700)]
    parameters = {"restApiId": "a1", "embed": ["methods"], "limit": 500}
    with Stubber(aws.client("apigateway")) as stub:
        stub.add_response(
            "get_resources", {"items": resources[:500], "position": "500"}, parameters
        )
        stub.add_response(
            "get_resources", {"items": resources[500:]}, {**parameters, "position": "500"}
        )

        items = aws.paginate(
            "apigateway", "get_resources", "items", restApiId="a1", embed=["methods"], limit=500
        )

        assert items == resources
        stub.assert_no_pending_responses()


def test_reading_stops_at_the_requested_number(aws: AwsClient) -> None:
    """The log of a busy API would be endless."""
    with Stubber(aws.client("logs")) as stub:
        events = [{"message": str(number)} for number in range(10)]
        stub.add_response("filter_log_events", {"events": events, "nextToken": "more"})

        items = aws.paginate("logs", "filter_log_events", "events", max_items=3, logGroupName="log")

        assert [event["message"] for event in items] == ["0", "1", "2"]


class ThrottlingServer(ThreadingHTTPServer):
    """Rejects the first two calls as API Gateway does, and responds to the third."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ThrottlingHandler)
        self.calls = 0


class _ThrottlingHandler(BaseHTTPRequestHandler):
    server: ThrottlingServer

    def do_GET(self) -> None:
        self.server.calls += 1
        rejected = self.server.calls <= 2
        body = json.dumps({"message": "Too many"} if rejected else {"apiKeyVersion": "4"}).encode()
        self.send_response(429 if rejected else 200)
        if rejected:
            self.send_header("x-amzn-ErrorType", "TooManyRequestsException")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def throttling_server() -> Iterator[ThrottlingServer]:
    server = ThrottlingServer()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_throttled_call_is_repeated(
    throttling_server: ThrottlingServer, aws: AwsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It succeeds in the end, over a real connection."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{throttling_server.server_port}")

    response = aws.call("apigateway", "get_account")

    assert response["apiKeyVersion"] == "4"
    assert throttling_server.calls == 3


@pytest.mark.parametrize(
    ("code", "message", "kind", "sentence"),
    [
        (
            "AccessDeniedException",
            "User: u is not authorized to perform: apigateway:GET on resource: r",
            AccessDeniedError,
            "the permission apigateway:GET is missing",
        ),
        (
            "AccessDenied",
            "no",
            AccessDeniedError,
            "the permission apigateway:GetAccount is missing",
        ),
        ("NotFoundException", "Invalid API identifier", NotFoundError, "Invalid API identifier"),
        (
            "ServiceUnavailable",
            "later",
            AwsCallError,
            "apigateway returned ServiceUnavailable: later",
        ),
        (
            "UnrecognizedClientException",
            "The security token is invalid",
            AwsAccessError,
            "AWS rejects these credentials (UnrecognizedClientException). Renew them.",
        ),
        (
            "OptInRequired",
            "",
            AwsAccessError,
            "the Region is not enabled in this account. Enable the Region, or choose another.",
        ),
    ],
)
def test_an_error_is_one_sentence(
    code: str, message: str, kind: type[Exception], sentence: str, aws: AwsClient
) -> None:
    """Some errors end the run, others leave one check out."""
    with Stubber(aws.client("apigateway")) as stub:
        stub.add_client_error("get_account", code, message)

        with pytest.raises(kind) as raised:
            aws.call("apigateway", "get_account")

    assert type(raised.value) is kind
    assert str(raised.value) == sentence


def test_a_response_that_is_not_of_aws_is_an_error(
    throttling_server: ThrottlingServer, aws: AwsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server responds to POST with a page, as a proxy can. STS responds in XML."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{throttling_server.server_port}")

    with pytest.raises(AwsCallError, match=r"sts returned no response of AWS .*Check the proxy"):
        aws.call("sts", "get_caller_identity")


def test_a_parameter_that_boto3_rejects_is_an_error(aws: AwsClient) -> None:
    """An empty id is an example. No request is sent."""
    with pytest.raises(AwsCallError, match=r"^apigateway: Parameter validation failed"):
        aws.call("apigateway", "get_rest_api", restApiId=5)


def test_the_region_is_an_option_or_a_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """AWS_REGION counts, as for the CDK."""
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")

    assert AwsClient().region == "eu-central-1"
    assert AwsClient(region="eu-west-1").region == "eu-west-1"

    monkeypatch.delenv("AWS_REGION")
    assert AwsClient().region == "us-west-2"
