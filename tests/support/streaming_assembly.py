"""A cloud assembly as CDK writes it: an API with a web app, a Node.js and a plain function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WEB_APP = '''\
"""A web app of the standard library: five chunks, 0.1 s or `?pause=` seconds apart."""
import json, os, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.path == "/break":
            self.chunk(b"partial")
            self.close_connection = True
            self.connection.close()
            return
        if self.path == "/pid":
            self.chunk(str(os.getpid()).encode())
        elif self.path != "/health":
            (pause,) = parse_qs(urlsplit(self.path).query).get("pause", ["0.1"])
            for number in range(5):
                self.chunk(b"data: %d\\n\\n" % number)
                time.sleep(float(pause))
        self.wfile.write(b"0\\r\\n\\r\\n")

    def chunk(self, data):
        self.wfile.write(b"%x\\r\\n%b\\r\\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *args):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
'''

RUN_SH = "#!/bin/sh\nexec python app.py\n"

NODE_HANDLER = """\
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, {
    statusCode: 200,
    headers: { "Content-Type": "text/plain" },
  });
  const pause = 1000 * (event.queryStringParameters?.pause ?? 0.1);
  for (let number = 0; number < 5; number++) {
    stream.write(`${event.path} ${number}\\n`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  stream.end();
});
"""

PLAIN_HANDLER = """\
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""

ADAPTER = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:30"


def write_assembly(folder: Path) -> Path:
    """Write the assembly into a new folder; return the folder."""
    folder.mkdir(parents=True)
    _asset(folder, "web", {"app.py": WEB_APP, "run.sh": RUN_SH})
    _asset(folder, "node", {"index.js": NODE_HANDLER})
    _asset(folder, "plain", {"index.py": PLAIN_HANDLER})
    (folder / "Chat.template.json").write_text(json.dumps(template()))
    files = {
        name: {
            "source": {"path": f"asset.{name}", "packaging": "zip"},
            "destinations": {"here": {"bucketName": "assets", "objectKey": f"{name}.zip"}},
        }
        for name in ("web", "node", "plain")
    }
    (folder / "Chat.assets.json").write_text(json.dumps({"version": "55.0.0", "files": files}))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "Chat.template.json"},
        "displayName": "Chat",
    }
    manifest = {"version": "55.0.0", "artifacts": {"Chat": stack}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def template() -> dict[str, Any]:
    """Return the template, with the intrinsic functions that CDK writes."""
    return {
        "Resources": {
            "Web": _function(
                "web",
                Runtime="python3.13",
                Handler="run.sh",
                Timeout=30,
                Layers=[ADAPTER],
                Environment={
                    "Variables": {
                        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
                        "AWS_LWA_INVOKE_MODE": "response_stream",
                        "AWS_LWA_READINESS_CHECK_PATH": "/health",
                    }
                },
            ),
            "Node": _function("node", Runtime="nodejs22.x", Handler="index.handler", Timeout=30),
            "Plain": _function("plain", Runtime="python3.13", Handler="index.handler", Timeout=30),
            "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
            "Api": {
                "Type": "AWS::ApiGateway::RestApi",
                "Properties": {
                    "Name": "Chat",
                    "EndpointConfiguration": {"Types": ["REGIONAL"]},
                    "Body": _body(),
                },
            },
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod"},
            },
        }
    }


def _body() -> dict[str, Any]:
    return {
        "openapi": "3.0.1",
        "info": {"title": "Chat", "version": "1"},
        "paths": {
            "/{proxy+}": {
                "x-amazon-apigateway-any-method": _operation("Web"),
                "options": {"x-amazon-apigateway-integration": _preflight()},
            },
            "/node/{name}": {"get": _operation("Node")},
            "/plain": {"get": _operation("Plain", streamed=False)},
        },
        "x-amazon-apigateway-gateway-responses": {
            "DEFAULT_5XX": {
                "responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
            }
        },
    }


def _operation(function: str, *, streamed: bool = True) -> dict[str, Any]:
    version, action = (
        ("2021-11-15", "response-streaming-invocations")
        if streamed
        else ("2015-03-31", "invocations")
    )
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "responseTransferMode": "STREAM" if streamed else "BUFFERED",
        "uri": {
            "Fn::Join": [
                "",
                [
                    "arn:",
                    {"Ref": "AWS::Partition"},
                    ":apigateway:",
                    {"Ref": "AWS::Region"},
                    f":lambda:path/{version}/functions/",
                    {"Fn::GetAtt": [function, "Arn"]},
                    f"/{action}",
                ],
            ]
        },
        "credentials": {"Fn::GetAtt": ["Role", "Arn"]},
        "timeoutInMillis": 29000,
    }
    return {"x-amazon-apigateway-integration": integration}


def _preflight() -> dict[str, Any]:
    return {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 204}'},
        "responses": {
            "default": {
                "statusCode": "204",
                "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"},
            }
        },
    }


def _function(asset: str, **properties: Any) -> dict[str, Any]:
    code = {"S3Bucket": {"Fn::Sub": "assets-${AWS::Region}"}, "S3Key": f"{asset}.zip"}
    return {"Type": "AWS::Lambda::Function", "Properties": {"Code": code, **properties}}


def _asset(folder: Path, name: str, files: dict[str, str]) -> None:
    asset = folder / f"asset.{name}"
    asset.mkdir()
    for file, content in files.items():
        (asset / file).write_text(content)
        (asset / file).chmod(0o755)
