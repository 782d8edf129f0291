"""The base path of a synthesized API, served: the app receives its paths without it."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import DomainNameOptions
from aws_cdk.aws_certificatemanager import Certificate

from streaming_construct import StreamingRestApi, WebAdapter
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.local_api import LocalApi

RUN_SH = f'#!/bin/sh\nexec {sys.executable} -m uvicorn --port "$AWS_LWA_PORT" app:app\n'
APP = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": scope["path"].encode()})
"""


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An API under `/v1` of its domain, its function a web app behind the adapter."""
    code = tmp_path_factory.mktemp("code")
    (code / "app.py").write_text(APP)
    (code / "run.sh").write_text(RUN_SH)
    (code / "run.sh").chmod(0o755)
    folder = tmp_path_factory.mktemp("assembly") / "cdk.out"
    app = App(outdir=str(folder), builtin_cloud_formation_validation=False)
    stack = Stack(app, "Chat", env=Environment(account="111122223333", region="eu-west-1"))
    web = lambda_.Function(
        stack,
        "Web",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="run.sh",
        code=lambda_.Code.from_asset(str(code)),
        timeout=Duration.seconds(30),
    )
    WebAdapter().attach(web)
    arn = "arn:aws:acm:eu-west-1:111122223333:certificate/0f"
    name = DomainNameOptions(
        domain_name="api.example.com",
        certificate=Certificate.from_certificate_arn(stack, "Certificate", arn),
        base_path="v1",
    )
    StreamingRestApi(stack, "Api", handler=web, domain_name=name)
    app.synth()
    return folder


@pytest.mark.parametrize(("base_path", "prefix"), [("v1", "/v1/"), (None, "/prod/")])
def test_the_app_receives_the_path_without_the_base_path(
    assembly: Path, base_path: str | None, prefix: str
) -> None:
    """Under the domain name, and under the URL of the API with its stage."""
    with LocalApi.from_assembly(assembly, options=GatewayOptions(base_path=base_path)) as api:
        url = api.url_for_path("/chat/7")
        path = httpx.get(url, timeout=30).text

    assert prefix in url
    assert path == "/chat/7"
