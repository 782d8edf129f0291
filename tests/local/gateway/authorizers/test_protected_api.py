"""A protected API through the whole chain: template, authorizers, real functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import httpx
import pytest

from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.local_api import LocalApi
from tests.local.test_command import started
from tests.support.streaming_assembly import template, write_assembly

GUARD = """\
def handler(event, context):
    token = event["authorizationToken"]
    if token == "nobody":
        raise Exception("Unauthorized")
    effect = "Allow" if token.startswith("good") else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {
        "principalId": token,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"tenant": "acme"},
    }
"""
HEADER = {"type": "apiKey", "name": "Authorization", "in": "header"}


def write_protected_assembly(folder: Path) -> Path:
    """The assembly of the other tests, its plain function behind every kind of protection."""
    write_assembly(folder)
    (folder / "asset.guard").mkdir()
    (folder / "asset.guard" / "index.py").write_text(GUARD)
    assets = json.loads((folder / "Chat.assets.json").read_text())
    assets["files"]["guard"] = {
        "source": {"path": "asset.guard", "packaging": "zip"},
        "destinations": {"here": {"bucketName": "assets", "objectKey": "guard.zip"}},
    }
    (folder / "Chat.assets.json").write_text(json.dumps(assets))
    (folder / "Chat.template.json").write_text(json.dumps(protected_template()))
    return folder


def protected_template() -> dict[str, Any]:
    whole = template()
    resources, body = whole["Resources"], whole["Resources"]["Api"]["Properties"]["Body"]
    resources["Guard"] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Key": "guard.zip"},
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Timeout": 30,
        },
    }
    resources["Users"] = {"Type": "AWS::Cognito::UserPool", "Properties": {}}
    resources["Key"] = {
        "Type": "AWS::ApiGateway::ApiKey",
        "Properties": {"Enabled": True, "Value": "a-key-of-the-template"},
    }
    stages = [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Stage"}}]
    resources["Plan"] = {"Type": "AWS::ApiGateway::UsagePlan", "Properties": {"ApiStages": stages}}
    resources["Member"] = {
        "Type": "AWS::ApiGateway::UsagePlanKey",
        "Properties": {
            "KeyId": {"Ref": "Key"},
            "KeyType": "API_KEY",
            "UsagePlanId": {"Ref": "Plan"},
        },
    }
    uri = {
        "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions"
        "/${Guard.Arn}/invocations"
    }
    body["components"] = {
        "securitySchemes": {
            "guard": {
                **HEADER,
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": uri},
            },
            "users": {
                **HEADER,
                "x-amazon-apigateway-authtype": "cognito_user_pools",
                "x-amazon-apigateway-authorizer": {
                    "type": "cognito_user_pools",
                    "providerARNs": [{"Fn::GetAtt": ["Users", "Arn"]}],
                },
            },
            "signed": {**HEADER, "x-amazon-apigateway-authtype": "awsSigv4"},
            "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            "lost": {
                **HEADER,
                "x-amazon-apigateway-authorizer": {
                    "type": "token",
                    "authorizerUri": {"Fn::ImportValue": "elsewhere"},
                },
            },
        }
    }
    plain = body["paths"]["/plain"]["get"]
    for name in body["components"]["securitySchemes"]:
        body["paths"][f"/{name}"] = {
            "get": {**plain, "security": [{name: []}]},
            "options": body["paths"]["/{proxy+}"]["options"],
        }
    return whole


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalApi]:
    """One gateway for all of these tests."""
    folder = write_protected_assembly(tmp_path_factory.mktemp("app") / "cdk.out")
    with LocalApi.from_assembly(folder) as api:
        yield api


def ask(api: LocalApi, path: str, **headers: str) -> httpx.Response:
    return httpx.get(api.url(path), headers=headers, timeout=30)


@pytest.mark.parametrize(
    ("token", "status"), [("good", 200), ("bad", 403), ("nobody", 401), ("", 401)]
)
def test_a_lambda_authorizer_really_runs(api: LocalApi, token: str, status: int) -> None:
    """A function in a process of its own decides; what it says reaches the other function."""
    answer = ask(api, "/guard", Authorization=token)

    assert answer.status_code == status
    if status == 200:
        context = answer.json()["requestContext"]["authorizer"]
        assert (context["principalId"], context["tenant"]) == ("good", "acme")


def test_tokens_for_tests_are_signed_by_the_gateway(api: LocalApi) -> None:
    """A team's test mints the token that it sends."""
    answer = ask(api, "/users", Authorization=api.token(claims={"email": "me@example.com"}))

    assert answer.json()["requestContext"]["authorizer"]["claims"]["email"] == "me@example.com"
    assert ask(api, "/users").status_code == 401
    with pytest.raises(LookupError, match="accepts tokens of user pool other"):
        api.token("other")


def test_signatures_and_keys_are_checked(api: LocalApi) -> None:
    """Without them it is a 403; a key of the template's plan passes."""
    assert ask(api, "/signed").json() == {"message": "Missing Authentication Token"}
    assert ask(api, "/key").json() == {"message": "Forbidden"}
    assert ask(api, "/key", **{"x-api-key": "a-key-of-the-template"}).status_code == 200


def test_an_authorizer_from_elsewhere_closes_its_route(api: LocalApi) -> None:
    """Nothing becomes open because something is not known."""
    answer = ask(api, "/lost", Authorization="good")

    assert answer.status_code == 501
    assert "elsewhere" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/guard", "/users", "/signed", "/key", "/lost"])
def test_preflights_stay_open(api: LocalApi, path: str) -> None:
    """A browser's preflight carries no credentials."""
    assert httpx.options(api.url(path)).status_code == 204


def test_what_is_printed_at_start_works_as_it_stands(tmp_path: Path) -> None:
    """The command prints, before the URL, how each authorizer and key is satisfied."""
    folder = write_protected_assembly(tmp_path / "cdk.out")
    with started(str(folder), "--port", "0", "--base-path", "v1", "--time-scale", "2") as (
        _,
        lines,
    ):
        hints = {line.partition(" ")[0]: line for line in lines if "curl" in line}
        header = hints["COGNITO_USER_POOLS"].split("'")[1].partition(": ")
        answer = httpx.get(lines[-1] + "users", headers={header[0]: header[2]}, timeout=30)
        url, user = lines[-1] + "signed", hints["AWS_IAM"].partition("--user ")[2].split()[0]
        signed = httpx.get(url, headers=sign(url, user), timeout=30)

    assert lines[-1].endswith("/v1/")
    assert answer.json()["path"] == "/v1/users"
    assert hints["TOKEN"].endswith(f"curl -H 'Authorization: ...' '{lines[-1]}guard'")
    assert "--aws-sigv4 aws:amz:us-east-1:execute-api --user AKIDLOCAL" in hints["AWS_IAM"]
    assert signed.json()["requestContext"]["identity"]["userArn"].endswith("user/local")
    assert any("its routes return 501: " in line and "lost" in line for line in lines)


def test_functions_time_out_in_scaled_time(tmp_path: Path) -> None:
    """A function that sleeps beyond its scaled timeout fails as it would in full time."""
    folder = write_assembly(tmp_path / "cdk.out")
    (folder / "asset.plain" / "index.py").write_text(
        "import time\n\ndef handler(event, context):\n    time.sleep(20)\n"
    )
    with LocalApi.from_assembly(folder, options=GatewayOptions(time_scale=30)) as scaled:
        answer = httpx.get(scaled.url("/plain"), timeout=15)

    assert answer.status_code in (502, 504)


def sign(url: str, user: str) -> dict[str, str]:
    """Sign as any AWS SDK does; `user` is as curl takes it."""
    access_key, _, secret_key = user.partition(":")
    request = botocore.awsrequest.AWSRequest(method="GET", url=url)
    credentials = botocore.credentials.Credentials(access_key, secret_key)
    botocore.auth.SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
    return dict(request.prepare().headers.items())
