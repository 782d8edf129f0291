"""`streaming-construct token`: the local gateway accepts the printed token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from click.testing import CliRunner

from streaming_construct.local.gateway.authorizers.signing_keys import SigningKeys
from streaming_construct.local.session import get_keys_folder
from streaming_construct.local.token_command import token
from tests.templates.reader.test_api_reader import get_att, operation, resources

ISSUER = "https://id.example.com"
CONFIGURATION = {
    "issuers": [{"issuer": ISSUER, "audiences": ["chat"]}],
    "defaultAlgorithms": ["ES256"],
}


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template with a JWT authorizer. The keys are in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    scheme = {
        "type": "apiKey",
        "name": "X-Token",
        "in": "header",
        "x-amazon-apigateway-authorizer": {"type": "jwt", "jwtConfiguration": CONFIGURATION},
    }
    template = resources({"/": {"get": {**operation(get_att()), "security": [{"Id": []}]}}})
    body = template["Api"]["Properties"]["Body"]
    body["components"] = {"securitySchemes": {"Id": scheme}}
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": template}))
    return file


def claims(text: str) -> dict[str, Any]:
    """Return the claims after a check with the stored key, as the gateway checks them."""
    key = SigningKeys(get_keys_folder()).find_public_key(jwt.get_unverified_header(text)["kid"])
    assert key is not None
    decoded: dict[str, Any] = jwt.decode(
        text, key, algorithms=["ES256"], audience="chat", issuer=ISSUER
    )
    return decoded


def test_a_token_and_a_curl_command_are_printed(template: Path) -> None:
    """They have the scopes and claims. JSON values keep their types."""
    arguments = [str(template), "--scope", "chat/write", "--claim", "level=3", "--claim", "sub=me"]
    result = CliRunner().invoke(token, arguments)

    payload = claims(result.stdout.strip())
    assert (payload["scope"], payload["level"], payload["sub"]) == ("chat/write", 3, "me")
    assert result.stderr == (
        f"curl -N -H 'X-Token: Bearer {result.stdout.strip()}' http://127.0.0.1:3000/prod/\n"
    )
    assert {file.stat().st_mode & 0o777 for file in get_keys_folder().iterdir()} == {0o600}


def test_an_issuer_that_the_api_does_not_accept_is_a_usage_error(template: Path) -> None:
    """The error lists the issuers that it accepts."""
    result = CliRunner().invoke(token, [str(template), "--issuer", "https://other.example.com"])

    assert result.exit_code == 2
    assert ISSUER in result.stderr


def test_an_api_without_an_authorizer_needs_no_token(tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": resources({"/": {"get": operation(get_att())}})}))
    result = CliRunner().invoke(token, [str(file)])

    assert result.exit_code == 2
    assert "has a Cognito or JWT authorizer, so the API needs no token" in result.stderr
