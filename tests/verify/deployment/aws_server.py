"""AWS on loopback with the operations of `verify --deploy`, in AWS's protocols and error
formats."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore import xform_name

ACCOUNT = "111122223333"
WAIT_SECONDS = 60


@dataclass
class AwsServer:
    """The account: at most one stack, its log groups, and its API.

    The scripted CDK CLI changes it by requests below `/test/`. Tests wait for `observed` names:
    operations, and what the CLI and the API see.
    """

    url: str = ""
    stack_status: str | None = None
    failed_resources: list[tuple[str, str]] = field(default_factory=list)
    failed_events: list[str] = field(default_factory=list)
    log_groups: list[str] = field(default_factory=list)
    role_for_logs: str | None = "arn:aws:iam::111122223333:role/logs"
    bootstrap_version: str | None = "21"
    errors: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    observed: Counter[str] = field(default_factory=Counter)
    holds_requests: bool = False
    released: Event = field(default_factory=Event)
    _changed: Condition = field(default_factory=Condition)

    def observe(self, name: str) -> None:
        with self._changed:
            self.observed[name] += 1
            self._changed.notify_all()

    def wait_for(self, name: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.observed[name], WAIT_SECONDS), name

    def deny(self, operation: str, action: str) -> None:
        """Deny an operation as a policy of the caller does."""
        message = f"User: arn:aws:iam::{ACCOUNT}:user/u is not authorized to perform: {action}"
        self.errors[operation] = [("AccessDenied", message)] * 20

    def change(self, name: str) -> None:
        """Change the account as the CDK CLI does."""
        if name == "deployed":
            self.stack_status = "CREATE_COMPLETE"
        elif name == "creating":
            self.stack_status = "CREATE_IN_PROGRESS"
        elif name == "failed":
            self.stack_status = "ROLLBACK_COMPLETE"
        elif name == "destroyed":
            self.stack_status = None
            self.failed_events = []
        elif name == "destroy-failed":
            self.stack_status = "DELETE_FAILED"
        self.observe(name)

    def respond(self, operation: str) -> tuple[int, Any]:
        """Return the status and the body of an operation: a string is XML."""
        self.observe(operation)
        if self.errors.get(operation):
            code, message = self.errors[operation].pop(0)
            return 400, (code, message)
        result: tuple[int, Any] = getattr(self, xform_name(operation))()
        return result

    def get_caller_identity(self) -> tuple[int, Any]:
        return 200, f"<Account>{ACCOUNT}</Account><Arn>arn</Arn><UserId>u</UserId>"

    def describe_stacks(self) -> tuple[int, Any]:
        if self.stack_status is None:
            return 400, ("ValidationError", "Stack with id s does not exist")
        return 200, (
            "<Stacks><member><StackName>s</StackName><CreationTime>2026-11-30T00:00:00Z"
            f"</CreationTime><StackStatus>{self.stack_status}</StackStatus></member></Stacks>"
        )

    def list_stack_resources(self) -> tuple[int, Any]:
        members = "".join(
            f"<member><LogicalResourceId>L</LogicalResourceId><PhysicalResourceId>{name}"
            "</PhysicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType>"
            "<LastUpdatedTimestamp>2026-11-30T00:00:00Z</LastUpdatedTimestamp>"
            f"<ResourceStatus>DELETE_FAILED</ResourceStatus><ResourceStatusReason>{reason}"
            "</ResourceStatusReason></member>"
            for name, reason in self.failed_resources
        )
        return 200, f"<StackResourceSummaries>{members}</StackResourceSummaries>"

    def describe_stack_events(self) -> tuple[int, Any]:
        members = "".join(
            "<member><StackId>i</StackId><EventId>e</EventId><StackName>s</StackName>"
            "<Timestamp>2026-11-30T00:00:00Z</Timestamp><ResourceStatus>CREATE_FAILED"
            f"</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason></member>"
            for reason in self.failed_events
        )
        return 200, f"<StackEvents>{members}</StackEvents>"

    def get_parameter(self) -> tuple[int, Any]:
        if self.bootstrap_version is None:
            return 400, ("ParameterNotFound", "")
        return 200, {"Parameter": {"Value": self.bootstrap_version}}

    def get_account(self) -> tuple[int, Any]:
        return 200, {"cloudwatchRoleArn": self.role_for_logs} if self.role_for_logs else {}

    def describe_log_groups(self) -> tuple[int, Any]:
        return 200, {"logGroups": [{"logGroupName": name} for name in self.log_groups]}

    def filter_log_events(self) -> tuple[int, Any]:
        return 200, {"events": [{"message": '{"requestId": "r1", "status": "200"}'}]}

    def get_api_key(self) -> tuple[int, Any]:
        return 200, {"id": "k", "value": "the-value"}

    def admin_create_user(self) -> tuple[int, Any]:
        return 200, {"User": {}}

    def admin_set_user_password(self) -> tuple[int, Any]:
        return 200, {}

    def admin_initiate_auth(self) -> tuple[int, Any]:
        return 200, {"AuthenticationResult": {"IdToken": "id", "AccessToken": "access"}}


class _Handler(BaseHTTPRequestHandler):
    account: AwsServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/prod/"):
            self._invoke(path)
        elif path.startswith("/apikeys/"):
            self._json(*self.account.respond("GetApiKey"))
        else:
            assert path == "/account", path
            self._json(*self.account.respond("GetAccount"))

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target")
        if path.startswith("/prod/"):
            self._invoke(path)
        elif path.startswith("/test/"):
            self.account.change(path.removeprefix("/test/"))
            self._send(200, b"", "text/plain")
        elif target:
            self._json(*self.account.respond(target.rpartition(".")[2]))
        else:
            self._xml(parse_qs(body.decode())["Action"][0])

    def _invoke(self, path: str) -> None:
        if path != "/prod/any":
            self.account.observe("battery")
            if self.account.holds_requests:
                self.account.released.wait(WAIT_SECONDS)
        event = {"requestContext": {"identity": {"sourceIp": "127.0.0.1"}}}
        self._send(200, json.dumps(event).encode(), "application/json")

    def _json(self, status: int, value: Any) -> None:
        if status != 200:
            value = {"__type": value[0], "message": value[1]}
        self._send(status, json.dumps(value).encode(), "application/x-amz-json-1.1")

    def _xml(self, action: str) -> None:
        status, value = self.account.respond(action)
        if status != 200:
            error = f"<Error><Code>{value[0]}</Code><Message>{value[1]}</Message></Error>"
            text = f"<ErrorResponse>{error}</ErrorResponse>"
        else:
            text = f"<{action}Response><{action}Result>{value}</{action}Result></{action}Response>"
        self._send(status, text.encode(), "text/xml")

    def _send(self, status: int, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def started_server() -> Iterator[AwsServer]:
    """Serve an empty account until the context ends."""
    account = AwsServer()
    handler = type("Handler", (_Handler,), {"account": account})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    account.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield account
    finally:
        account.released.set()
        server.shutdown()
        server.server_close()
