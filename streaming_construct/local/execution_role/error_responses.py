"""The error responses to calls of AWS, in the protocol of the call. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import Final

from streaming_construct.local.execution_role.aws_call import SignedRequest
from streaming_construct.local.execution_role.policy_evaluation import (
    Decision,
    Evaluation,
    Permission,
    PolicyKind,
)

ACCESS_DENIED: Final = "AccessDenied"


@dataclass(frozen=True)
class ErrorResponse:
    """An error response: status, content type, error type for a header, and body."""

    status: int
    content_type: str
    body: bytes
    error_type: str | None = None


def format_access_denied_message(
    session_arn: str, permission: Permission, evaluation: Evaluation
) -> str:
    """Return the message of AWS for an action that the policies do not allow."""
    action, resource = permission.action, permission.resources[0]
    kind = evaluation.kind.value
    article = "an" if evaluation.kind is PolicyKind.IDENTITY else "a"
    reason = (
        f"with an explicit deny in {article} {kind}"
        if evaluation.decision is Decision.EXPLICITLY_DENIED
        else f"because no {kind} allows the {action} action"
    )
    on = "" if resource == "*" else f" on resource: {resource}"
    return f"User: {session_arn} is not authorized to perform: {action}{on} {reason}"


def create_error_response(
    request: SignedRequest, message: str, code: str = ACCESS_DENIED
) -> ErrorResponse:
    """Return the error response for a request, with a status that SDKs do not retry."""
    if request.headers.get("x-amz-target") is not None:
        body = {"__type": f"{code}Exception", "message": message, "Message": message}
        content_type = request.headers.get("content-type", "application/x-amz-json-1.0")
        return ErrorResponse(400, content_type, json.dumps(body).encode())
    if request.operation is not None:
        return ErrorResponse(403, "text/xml", _format_query_error(code, message).encode())
    if request.scope.service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        return ErrorResponse(403, "application/xml", text.encode())
    body = {"message": message}
    return ErrorResponse(403, "application/json", json.dumps(body).encode(), f"{code}Exception")


def _format_query_error(code: str, message: str) -> str:
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
        f"<Message>{escape(message)}</Message></Error></ErrorResponse>"
    )
