"""Requests with AWS Signature Version 4, checked by a gateway."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.startup_messages import list_credential_messages
from streaming_construct.local.local_api import LocalApi
from streaming_construct.probe.command import probe
from streaming_construct.probe.http.request import Request, RequestError
from streaming_construct.probe.http.sigv4 import sign
from tests.local.gateway.authorizers.test_protected_api import write_protected_assembly


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The URL of a route that requires a signature, and variables with credentials."""
    folder = write_protected_assembly(tmp_path_factory.mktemp("app") / "cdk.out")
    with LocalApi.from_assembly(folder) as api:
        hints = list_credential_messages(api.model, api.url_for_path("/"), UserPools())
        (hint,) = (line for line in hints if "--aws-sigv4" in line)
        access_key, _, secret_key = hint.partition("--user ")[2].split()[0].partition(":")
        keys = {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key}
        yield api.url_for_path("/signed"), keys


def run(*arguments: str, **environment: str) -> Result:
    """Run `probe` without what the environment says of AWS."""
    hidden = {name: None for name in os.environ if name.startswith("AWS_")}
    return CliRunner().invoke(probe, arguments, env={**hidden, "COLUMNS": "5000", **environment})


@pytest.mark.parametrize("query", ["", "?b=2&a=1&empty=&text=a%20b%2Fc+d", "?q=é"])
def test_a_signed_request_is_accepted(gateway: tuple[str, dict[str, str]], query: str) -> None:
    """The signature covers the request as it is sent, with any query."""
    url, keys = gateway
    done = run(f"{url}{query}", "--aws-sigv4", "us-east-1", "-H", "X-Own: 1", **keys)

    assert " 200 application/json" in done.stdout, done.output


def test_a_signature_with_other_keys_is_named(
    gateway: tuple[str, dict[str, str]],
) -> None:
    """The configuration sets the Region. The option may precede the URL."""
    url, keys = gateway
    wrong = {**keys, "AWS_SECRET_ACCESS_KEY": "other", "AWS_DEFAULT_REGION": "us-east-1"}
    done = run("--aws-sigv4", url, "-q", **wrong)

    assert done.exit_code == 1
    assert "[invalid-signature]" in done.stdout


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("abc123.execute-api.eu-west-1.amazonaws.com", "eu-west-1/execute-api"),
        ("abc123.execute-api.cn-north-1.amazonaws.com.cn", "cn-north-1/execute-api"),
        ("xyz.lambda-url.ap-south-1.on.aws", "ap-south-1/lambda"),
        ("api.example.com", "us-west-2/execute-api"),
    ],
)
@pytest.mark.usefixtures("keys")
def test_region_and_service_are_those_of_the_host(
    host: str, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the configured Region applies."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    request = sign(Request(f"https://{host}/prod/x", "POST", {"X-Own": "1"}, b"body"))

    assert f"/{scope}/aws4_request" in request.headers["Authorization"]
    assert "x-own" in request.headers["Authorization"]
    assert request.headers["X-Amz-Security-Token"] == "session"
    assert request.body == b"body"


@pytest.mark.usefixtures("keys")
def test_without_a_region_the_error_names_the_option() -> None:
    """A custom domain name has no Region."""
    with pytest.raises(RequestError, match="AWS Region is missing"):
        sign(Request("https://api.example.com/x"))


def test_without_botocore_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "botocore.auth", None)

    with pytest.raises(RequestError, match=r"pip install 'streaming-construct\[aws\]'"):
        sign(Request("https://api.example.com/x"))
