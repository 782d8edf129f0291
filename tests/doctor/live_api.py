"""A REST API on the emulator as a deployment leaves it. Tests change it."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from streaming_construct.observability.access_log_format import build_streaming_access_log_format
from tests.support.emulator import REGION, Emulator

ACCOUNT = "000000000000"
STREAMING = "2021-11-15/functions/{arn}/response-streaming-invocations"
BUFFERED = "2015-03-31/functions/{arn}/invocations"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "apigateway.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass(frozen=True)
class LiveApi:
    """An API with one streamed route, `POST /chat`, and its function `name`."""

    emulator: Emulator
    name: str
    api_id: str
    chat_id: str
    role: str

    @property
    def access_log_group(self) -> str:
        return f"/aws/apigateway/{self.name}"

    @property
    def uri(self) -> str:
        return integration_uri(STREAMING, function_arn(self.name))

    def stage(self) -> dict[str, Any]:
        """Return the stage in botocore's shape, as the emulator describes it."""
        stage: dict[str, Any] = self.emulator.client("apigateway").get_stage(
            restApiId=self.api_id, stageName="prod"
        )
        return {name: value for name, value in stage.items() if name != "ResponseMetadata"}

    def update_integration(self, **values: object) -> None:
        """Change the integration of `POST /chat` without deploying it."""
        operations = [
            {"op": "replace", "path": f"/{name}", "value": str(value)}
            for name, value in values.items()
        ]
        self.emulator.client("apigateway").update_integration(
            restApiId=self.api_id,
            resourceId=self.chat_id,
            httpMethod="POST",
            patchOperations=operations,
        )

    def update_stage(self, **values: object) -> None:
        operations = [
            {"op": "replace", "path": f"/{name}", "value": str(value)}
            for name, value in values.items()
        ]
        self.emulator.client("apigateway").update_stage(
            restApiId=self.api_id, stageName="prod", patchOperations=operations
        )

    def deploy(self) -> None:
        """Deploy the API to its stage."""
        self.emulator.client("apigateway").create_deployment(
            restApiId=self.api_id, stageName="prod"
        )

    def log_request(self, **fields: str) -> None:
        """Write one line of the access log, in the default format."""
        line = dict.fromkeys(json.loads(build_streaming_access_log_format()), "-")
        usual = {"httpMethod": "POST", "resourcePath": "/chat", "status": "200", "requestId": "1"}
        self.log(
            self.access_log_group, json.dumps({**line, **usual, **fields}, separators=(",", ":"))
        )

    def log_function(self, line: str) -> None:
        """Write one line of the function's log."""
        self.log(f"/aws/lambda/{self.name}", line)

    def log(self, group: str, line: str) -> None:
        logs = self.emulator.client("logs")
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=group)
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=group, logStreamName="one")
        event = {"timestamp": int(time.time() * 1000), "message": line}
        logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[event])


def create_live_api(emulator: Emulator, name: str) -> LiveApi:
    """Create a correct API."""
    iam, gateway = emulator.client("iam"), emulator.client("apigateway")
    function_arn = _function(emulator, name)
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=name, PolicyName="Invoke", PolicyDocument=json.dumps(_allow_invoke(function_arn))
    )
    api_id = gateway.create_rest_api(name=name, endpointConfiguration={"types": ["REGIONAL"]})["id"]
    (root,) = gateway.get_resources(restApiId=api_id)["items"]
    chat = gateway.create_resource(restApiId=api_id, parentId=root["id"], pathPart="chat")["id"]
    method = {"restApiId": api_id, "resourceId": chat, "httpMethod": "POST"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(
        **method,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=integration_uri(STREAMING, function_arn),
        credentials=role,
        timeoutInMillis=29000,
    )
    live = LiveApi(emulator, name, api_id, chat, role)
    set_cloudwatch_role(live)
    # The emulator drops these where an integration is put, and keeps them where it is updated.
    live.update_integration(responseTransferMode="STREAM", timeoutInMillis=300000)
    live.deploy()
    _log_access(live)
    return live


def set_cloudwatch_role(live: LiveApi, arn: str | None = None) -> None:
    """Set the CloudWatch role of the account, by default that of the API."""
    live.emulator.client("apigateway").update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn or live.role}]
    )


def integration_uri(version: str, function_arn: str) -> str:
    return f"arn:aws:apigateway:{REGION}:lambda:path/{version.format(arn=function_arn)}"


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def _function(emulator: Emulator, name: str) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.mjs", "export const handler = 1;\n")
    emulator.client("lambda").create_function(
        FunctionName=name,
        Runtime="nodejs24.x",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/{name}",
        Code={"ZipFile": package.getvalue()},
        Timeout=300,
        MemorySize=256,
        Architectures=["arm64"],
    )
    return function_arn(name)


def _allow_invoke(function: str) -> Mapping[str, Any]:
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _log_access(live: LiveApi) -> None:
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{live.access_log_group}"
    live.update_stage(
        **{
            "accessLogSettings/destinationArn": group,
            "accessLogSettings/format": build_streaming_access_log_format(),
            "*/*/throttling/rateLimit": "100",
            "*/*/throttling/burstLimit": "50",
        }
    )
    live.log_request(responseTransferMode="STREAMED")
