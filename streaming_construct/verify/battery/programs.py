"""Requests for the functions that run the program of the request."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from streaming_construct.verify.case import CaseRequest

DOCS: Final = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
TRANSFER_MODE: Final = f"{DOCS}response-transfer-mode.html"
PROXY_STREAM: Final = f"{DOCS}response-transfer-mode-lambda.html"
KNOWN_ISSUES: Final = f"{DOCS}api-gateway-known-issues.html"
GATEWAY_RESPONSES: Final = f"{DOCS}supported-gateway-response-types.html"
PROXY_BUFFERED: Final = f"{DOCS}set-up-lambda-proxy-integrations.html"
QUOTAS: Final = f"{DOCS}api-gateway-execution-service-limits-table.html"
LAMBDA_ERRORS: Final = (
    "https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html"
)
LAMBDA_LIMITS: Final = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"


def create_program_request(
    path: str = "/program",
    *,
    method: str = "POST",
    headers: tuple[tuple[str, str], ...] = (),
    read_seconds: float | None = None,
    **members: Any,
) -> CaseRequest:
    """Return a request whose function runs the program with these members.

    The program is in the query of a HEAD or GET request, else in the body. See
    `verify/functions/node/program.mjs` and `buffered.mjs` for the members.
    """
    text = json.dumps(members)
    if method in ("GET", "HEAD"):
        return CaseRequest(
            path=f"{path}?program={quote(text, safe='')}",
            method=method,
            headers=headers,
            read_seconds=read_seconds,
        )
    return CaseRequest(
        path=path,
        method=method,
        headers=(("Content-Type", "application/json"), *headers),
        body=text.encode(),
        read_seconds=read_seconds,
    )


def create_text_prelude(status: int = 200, **headers: str) -> dict[str, Any]:
    """Return a prelude with a text body; `_` in the name of a header stands for `-`."""
    header_fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"statusCode": status, "headers": {"Content-Type": "text/plain", **header_fields}}


def create_writes(*texts: str, after_ms: int = 0) -> list[dict[str, Any]]:
    """Return the writes of a program, with a pause before each."""
    return [{"text": text, "after_ms": after_ms} for text in texts]
