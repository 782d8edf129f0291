"""The environment variables that Lambda sets from the properties of a function."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from streaming_construct.local.local_api import LocalApi
from streaming_construct.model.functions import Layer
from streaming_construct.model.source_location import SourceLocation
from tests.support.running_functions import event, running_service, runtime_function, write_files

SOURCE = """
import json, logging, os
def handler(event, context):
    logging.getLogger().debug("a DEBUG entry")
    logging.getLogger().info("an INFO entry")
    names = ("AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL", "AWS_LAMBDA_LOG_GROUP_NAME")
    return {"statusCode": 200, "body": json.dumps([os.environ.get(name) for name in names])}
"""


def template(folder: Path, logging: dict[str, object] | None) -> Path:
    """A template with one buffered Python function behind one route."""
    function = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::123456789012:role/x",
        "Code": {"ZipFile": SOURCE},
        "FunctionName": "fn",
        **({"LoggingConfig": logging} if logging else {}),
    }
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": {"Fn::Sub": uri}}
    method = {"responses": {}, "x-amazon-apigateway-integration": integration}
    body = {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {"/": {"get": method}},
    }
    api = {"RestApiId": {"Ref": "Api"}}
    resources = {
        "Fn": ("AWS::Lambda::Function", function),
        "Api": ("AWS::ApiGateway::RestApi", {"Name": "t", "Body": body}),
        "Deployment": ("AWS::ApiGateway::Deployment", api),
        "Stage": (
            "AWS::ApiGateway::Stage",
            {**api, "DeploymentId": {"Ref": "Deployment"}, "StageName": "prod"},
        ),
    }
    document = {"Resources": {n: {"Type": t, "Properties": p} for n, (t, p) in resources.items()}}
    path = folder / "template.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    ("logging", "variables", "logged"),
    [
        (None, ["Text", None, "/aws/lambda/fn"], []),
        ({"LogFormat": "JSON"}, ["JSON", "INFO", "/aws/lambda/fn"], ["INFO"]),
        (
            {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "LogGroup": "/my/group"},
            ["JSON", "DEBUG", "/my/group"],
            ["DEBUG", "INFO"],
        ),
        ({"LogGroup": "/my/group"}, ["Text", None, "/my/group"], []),
    ],
)
def test_the_logging_configuration_reaches_the_function(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    logging: dict[str, object] | None,
    variables: list[str | None],
    logged: list[str],
) -> None:
    """The variables have format, level and group, and the log follows them."""
    caplog.set_level("INFO", logger="streaming_construct")
    with LocalApi.from_template(template(tmp_path, logging)) as api:
        response = httpx.get(api.url_for_path("/"), timeout=30)

    assert response.json() == variables
    entries = [line[line.index("{") :] for line in caplog.messages if '"level"' in line]
    assert [json.loads(entry)["level"] for entry in entries] == logged


@pytest.mark.anyio
@pytest.mark.parametrize("is_here", [True, False])
async def test_the_wrapper_of_another_vendor_starts_first(tmp_path: Path, *, is_here: bool) -> None:
    """If its layer is only an ARN, the function runs without it."""
    handler = "import os\ndef handler(event, context):\n    yield os.environ.get('FROM', '-')\n"
    layer = write_files(
        tmp_path / "layer", {"vendor": '#!/bin/sh\nexport FROM=vendor\nexec "$@"\n'}
    )
    function = runtime_function(
        tmp_path / "code",
        {"index.py": handler},
        "index.handler",
        environment={"STREAMING_EXEC_WRAPPER": "/opt/vendor"},
        layers=(Layer(origin=SourceLocation(), code=layer),) if is_here else (),
    )

    async with running_service(function) as service:
        invocation = await service.invoke("fn", event())
        body = b"".join([data async for data in invocation])

    assert body.endswith(b"vendor" if is_here else b"-")
