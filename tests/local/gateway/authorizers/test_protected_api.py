"""A protected API from the template to real functions, over real sockets."""

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
    if token == "unknown":
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
    """Write the assembly of the other tests with each kind of authorization before its plain
    function."""
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
    document = template()
    resources, body = document["Resources"], document["Resources"]["Api"]["Properties"]["Body"]
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
    return document


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalApi]:
    """One gateway for all tests."""
    folder = write_protected_assembly(tmp_path_factory.mktemp("app") / "cdk.out")
    with LocalApi.from_assembly(folder) as api:
        yield api


def send_request(api: LocalApi, path: str, **headers: str) -> httpx.Response:
    return httpx.get(api.url_for_path(path), headers=headers, timeout=30)


@pytest.mark.parametrize(
    ("token", "status"), [("good", 200), ("bad", 403), ("unknown", 401), ("", 401)]
)
def test_a_lambda_authorizer_decides_in_its_process(api: LocalApi, token: str, status: int) -> None:
    """Its context reaches the other function."""
    response = send_request(api, "/guard", Authorization=token)

    assert response.status_code == status
    if status == 200:
        context = response.json()["requestContext"]["authorizer"]
        assert (context["principalId"], context["tenant"]) == ("good", "acme")


def test_the_gateway_signs_tokens_for_tests(api: LocalApi) -> None:
    """A test of a user can create the token that it sends."""
    response = send_request(
        api, "/users", Authorization=api.create_token(claims={"email": "me@example.com"})
    )

    assert response.json()["requestContext"]["authorizer"]["claims"]["email"] == "me@example.com"
    assert send_request(api, "/users").status_code == 401
    with pytest.raises(LookupError, match="accepts tokens of user pool other"):
        api.create_token("other")


def test_signatures_and_keys_are_checked(api: LocalApi) -> None:
    """Without them it is a 403. A key of the template's plan is accepted."""
    assert send_request(api, "/signed").json() == {"message": "Missing Authentication Token"}
    assert send_request(api, "/key").json() == {"message": "Forbidden"}
    assert send_request(api, "/key", **{"x-api-key": "a-key-of-the-template"}).status_code == 200


def test_an_unknown_authorizer_disables_its_route(api: LocalApi) -> None:
    """No route becomes open because its authorizer is unknown."""
    response = send_request(api, "/lost", Authorization="good")

    assert response.status_code == 501
    assert "elsewhere" in response.json()["message"]


@pytest.mark.parametrize("path", ["/guard", "/users", "/signed", "/key", "/lost"])
def test_preflights_stay_open(api: LocalApi, path: str) -> None:
    """The preflight of a browser has no credentials."""
    assert httpx.options(api.url_for_path(path)).status_code == 204


def test_the_printed_commands_work_unchanged(tmp_path: Path) -> None:
    """The startup prints, before the URL, a command for each authorizer and key."""
    folder = write_protected_assembly(tmp_path / "cdk.out")
    with started(str(folder), "--port", "0", "--base-path", "v1", "--time-scale", "2") as (
        _,
        lines,
    ):
        hints = {line.partition(" ")[0]: line for line in lines if "curl" in line}
        header = hints["COGNITO_USER_POOLS"].split("'")[1].partition(": ")
        response = httpx.get(lines[-1] + "users", headers={header[0]: header[2]}, timeout=30)
        url, user = lines[-1] + "signed", hints["AWS_IAM"].partition("--user ")[2].split()[0]
        signed = httpx.get(url, headers=sign(url, user), timeout=30)

    assert lines[-1].endswith("/v1/")
    assert response.json()["path"] == "/v1/users"
    assert hints["TOKEN"].endswith(f"curl -H 'Authorization: ...' '{lines[-1]}guard'")
    assert "--aws-sigv4 aws:amz:us-east-1:execute-api --user AKIDLOCAL" in hints["AWS_IAM"]
    assert signed.json()["requestContext"]["identity"]["userArn"].endswith("user/local")
    assert any("its routes return 501: " in line and "lost" in line for line in lines)


def test_functions_time_out_in_scaled_time(tmp_path: Path) -> None:
    """A function that sleeps beyond its scaled timeout fails as on AWS."""
    folder = write_assembly(tmp_path / "cdk.out")
    (folder / "asset.plain" / "index.py").write_text(
        "import time\n\ndef handler(event, context):\n    time.sleep(20)\n"
    )
    with LocalApi.from_assembly(folder, options=GatewayOptions(time_scale=30)) as scaled:
        response = httpx.get(scaled.url_for_path("/plain"), timeout=15)

    assert response.status_code in (502, 504)


def sign(url: str, user: str) -> dict[str, str]:
    """Sign as any AWS SDK does; `user` has the form of curl's option."""
    access_key, _, secret_key = user.partition(":")
    request = botocore.awsrequest.AWSRequest(method="GET", url=url)
    credentials = botocore.credentials.Credentials(access_key, secret_key)
    botocore.auth.SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
    return dict(request.prepare().headers.items())
