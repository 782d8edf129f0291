"""`RoleEndpoint`: receives the AWS calls of functions and checks them with their roles."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from streaming_construct.local.execution_role.aws_call import (
    SignedRequest,
    read_scope,
    split_target,
)
from streaming_construct.local.execution_role.error_responses import (
    ACCESS_DENIED,
    ErrorResponse,
    create_error_response,
    format_access_denied_message,
)
from streaming_construct.local.execution_role.forwarding import (
    AwsEndpoint,
    CustomEndpoint,
    Endpoint,
    ForwardingError,
    forward,
)
from streaming_construct.local.execution_role.policy_evaluation import (
    Decision,
    Evaluation,
    Permission,
    PolicyKind,
    evaluate,
)
from streaming_construct.local.execution_role.request_signing import EndpointCredentials
from streaming_construct.local.execution_role.services import read_call
from streaming_construct.local.http.client import Response
from streaming_construct.local.http.request import Request
from streaming_construct.local.http.response_writer import ResponseWriter
from streaming_construct.local.http.server import serve
from streaming_construct.model.api import ApiModel
from streaming_construct.model.execution_role import ExecutionRole
from streaming_construct.model.functions import Function

# https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
_ENDPOINT: Final = "AWS_ENDPOINT_URL"
_IGNORE_ENDPOINTS: Final = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
_KEY: Final = "AWS_ACCESS_KEY_ID"
_SECRET: Final = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - the name of a variable
_TOKEN: Final = "AWS_SESSION_TOKEN"  # noqa: S105 - the name of a variable
# Emulators accept any key.
_EMULATOR_KEY: Final = EndpointCredentials("test", "test")
_NOT_FORWARDED: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "trailer"})


@dataclass(frozen=True, kw_only=True)
class _Caller:
    """A function that calls AWS, with its own access key for this endpoint."""

    display_name: str
    name: str
    partition: str
    account: str
    role: ExecutionRole | None
    names: Mapping[str, str]
    credentials: EndpointCredentials

    @property
    def session_arn(self) -> str:
        """The ARN of the session of the role, as in the messages of AWS."""
        role = self.role.name if self.role else "?"
        return f"arn:{self.partition}:sts::{self.account}:assumed-role/{role}/{self.name}"

    @property
    def role_name(self) -> str:
        """The role in messages."""
        return self.role.origin.display_name if self.role else "?"


class RoleEndpoint:
    """Checks each call of a function, then forwards it or denies it.

    A function signs with an access key that no other program knows. The key names the function.
    There is one address for each endpoint that the user has set.
    """

    def __init__(
        self, stack: AsyncExitStack, console: Callable[[str], None], *, forwards_to_aws: bool
    ) -> None:
        self._stack = stack
        self._console = console
        self._forwards_to_aws = forwards_to_aws
        self._addresses: dict[Endpoint | None, str] = {}
        self._keys: dict[str, EndpointCredentials] = {}
        self._callers: dict[str, _Caller] = {}
        self._reported: set[str] = set()

    async def attach(self, api: ApiModel) -> ApiModel:
        """Return the API with functions that send their AWS calls to this endpoint."""
        functions = {
            function_id: await self._attach_function(function)
            for function_id, function in api.functions.items()
        }
        return replace(api, functions=functions)

    async def _attach_function(self, function: Function) -> Function:
        environment = dict(function.environment)
        credentials = EndpointCredentials(
            environment.pop(_KEY, _EMULATOR_KEY.access_key),
            environment.pop(_SECRET, _EMULATOR_KEY.secret_key),
            environment.pop(_TOKEN, None),
        )
        endpoint_credentials = self._keys.setdefault(
            function.id,
            EndpointCredentials(f"ASIA{secrets.token_hex(16).upper()}", secrets.token_hex(20)),
        )
        self._callers[endpoint_credentials.access_key] = _create_caller(function, credentials)
        for name in ("AWS_PROFILE", _IGNORE_ENDPOINTS):
            environment.pop(name, None)
        default = AwsEndpoint() if self._forwards_to_aws else None
        environment = {
            name: await self._build_address(CustomEndpoint(value))
            if name.startswith(f"{_ENDPOINT}_")
            else value
            for name, value in environment.items()
        }
        url = environment.get(_ENDPOINT)
        environment[_ENDPOINT] = await self._build_address(CustomEndpoint(url) if url else default)
        return replace(
            function,
            environment={
                **environment,
                _KEY: endpoint_credentials.access_key,
                _SECRET: endpoint_credentials.secret_key,
            },
        )

    async def _build_address(self, endpoint: Endpoint | None) -> str:
        """Return the address of this endpoint for calls that are forwarded to another one."""
        if endpoint not in self._addresses:
            server = await self._stack.enter_async_context(
                serve(partial(self._handle, endpoint), report_rejection=self._report_rejection)
            )
            self._addresses[endpoint] = f"http://127.0.0.1:{server.port}"
        return self._addresses[endpoint]

    def _report_rejection(self, line: str) -> None:
        self._console(f"a call of AWS is rejected: {line}. Use HTTP/1.1 in the AWS client.")

    async def _handle(
        self, endpoint: Endpoint | None, request: Request, writer: ResponseWriter
    ) -> None:
        body = b"".join([chunk async for chunk in request.body])
        path, query = split_target(request.target)
        headers = {name.lower(): value for name, value in request.headers}
        scope = read_scope(headers, query)
        caller = self._callers.get(scope.access_key) if scope else None
        if scope is None or caller is None:
            await _send(writer, _UNSIGNED)
            self._console(
                f"a call of AWS is rejected: {request.method} {path} is not signed with the key of "
                "a function. Remove credentials from the AWS client."
            )
            return
        call = SignedRequest(
            method=request.method,
            path=path,
            query=query,
            headers=headers,
            body=body,
            scope=scope,
            account=caller.account,
            partition=caller.partition,
            names=caller.names,
        )
        denial = self._check(caller, call)
        if denial is not None:
            await _send(writer, create_error_response(call, denial))
            return
        try:
            async with forward(request, body, scope, endpoint, caller.credentials) as response:
                await _send_on(writer, response)
        except ForwardingError as error:
            self._console(f"{caller.display_name}: a call of AWS failed: {error}.")
            if not writer.started:
                await _send(writer, create_error_response(call, f"{error}.", "LocalEndpoint"))

    def _check(self, caller: _Caller, request: SignedRequest) -> str | None:
        """Return the message for a call that the role does not allow; report unknown decisions."""
        call = read_call(request, caller.role.arn if caller.role else "")
        if caller.role is None:
            self._report_unknown(caller, call.operation, "the role is not in the template")
            return None
        for permission in call.permissions:
            evaluation = evaluate(caller.role, permission, caller.session_arn)
            if evaluation.decision is Decision.UNKNOWN:
                self._report_unknown(caller, call.operation, "; ".join(evaluation.reasons))
            elif evaluation.decision is not Decision.ALLOWED:
                self._console(_describe_denial(caller, permission, evaluation))
                return format_access_denied_message(caller.session_arn, permission, evaluation)
        if call.not_evaluated is not None:
            self._report_unknown(caller, call.operation, call.not_evaluated)
        return None

    def _report_unknown(self, caller: _Caller, operation: str, reason: str) -> None:
        line = (
            f"{caller.display_name}: {operation} was not checked with the role: {reason}. The call "
            "is forwarded."
        )
        if line not in self._reported:
            self._reported.add(line)
            self._console(line)


_UNSIGNED: Final = ErrorResponse(
    403,
    "application/json",
    json.dumps({"message": "The call is not signed with the key of a function."}).encode(),
    f"{ACCESS_DENIED}Exception",
)


@asynccontextmanager
async def serve_role_endpoint(
    console: Callable[[str], None], *, forwards_to_aws: bool
) -> AsyncIterator[RoleEndpoint]:
    """Serve an endpoint on loopback until the context ends.

    Args:
        console: Receives a line for each call that is denied, and for each kind of call that cannot
            be checked.
        forwards_to_aws: Whether allowed calls of functions without `AWS_ENDPOINT_URL` go to AWS,
            with the credentials of the user.
    """
    async with AsyncExitStack() as stack:
        yield RoleEndpoint(stack, console, forwards_to_aws=forwards_to_aws)


def list_role_notes(functions: Mapping[str, Function]) -> Iterator[str]:
    """Yield a line for each policy that is not evaluated."""
    for function in functions.values():
        role, name = function.execution_role, function.origin.display_name
        if role is None:
            yield (
                f"{name}: the role is not in the template. The gateway does not check the "
                "function's calls to AWS."
            )
            continue
        for reason in role.unknown_policies:
            yield (
                f"{name}: {reason}. The gateway forwards and reports calls that only this policy "
                "can allow."
            )
        boundary = role.permissions_boundary
        if boundary is not None and boundary.unknown is not None:
            yield (
                f"{name}: {boundary.unknown}. The gateway forwards and reports calls that the "
                "boundary can deny."
            )
    roles = [function.execution_role for function in functions.values()]
    ignored = dict.fromkeys(policy for role in roles if role for policy in role.ignored_policies)
    if ignored:
        yield (
            f"--with-role does not evaluate {', '.join(ignored)}. On AWS, such a policy can deny "
            "or allow a call."
        )


def _create_caller(function: Function, credentials: EndpointCredentials) -> _Caller:
    arn = (function.arn or "arn:aws:lambda:us-east-1:123456789012").split(":")
    replaced = {
        function.environment[name]: value
        for name, value in function.replaced_environment.items()
        if value and not name.startswith("AWS_")
    }
    return _Caller(
        display_name=function.origin.display_name,
        name=function.name or function.id,
        partition=arn[1],
        account=arn[4],
        role=function.execution_role,
        names=replaced,
        credentials=credentials,
    )


def _describe_denial(caller: _Caller, permission: Permission, evaluation: Evaluation) -> str:
    action, resource = permission.action, permission.resources[0]
    policy, name = evaluation.policy, caller.display_name
    subject = f"{name}: the role {caller.role_name}"
    if evaluation.kind is PolicyKind.BOUNDARY:
        subject = f"{name}: the permissions boundary {policy} of the role {caller.role_name}"
    elif evaluation.kind is PolicyKind.RESOURCE:
        subject = f"{name}: the resource policy {policy}"
    if evaluation.decision is Decision.EXPLICITLY_DENIED:
        origin = f" in the policy {policy}" if evaluation.kind is PolicyKind.IDENTITY else ""
        return (
            f"{subject} denies {action} on {resource}{origin}. Remove the action or the resource "
            "from the statement."
        )
    statement = json.dumps({"Effect": "Allow", "Action": action, "Resource": resource})
    return f"{subject} does not allow {action} on {resource}. Add the statement {statement}."


async def _send_on(writer: ResponseWriter, response: Response) -> None:
    """Send the response of an endpoint, chunk by chunk."""
    headers = [
        (name, value) for name, value in response.headers if name.lower() not in _NOT_FORWARDED
    ]
    await writer.start(response.status, headers)
    async for chunk in response.body:
        await writer.send(chunk)
    await writer.end()


async def _send(writer: ResponseWriter, response: ErrorResponse) -> None:
    headers = [
        ("Content-Type", response.content_type),
        ("Content-Length", str(len(response.body))),
    ]
    if response.error_type is not None:
        headers.append(("x-amzn-errortype", response.error_type))
    await writer.start(response.status, headers)
    await writer.send(response.body)
    await writer.end()
