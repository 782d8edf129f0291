"""Headers with credentials: whether CORS allows a page to send them.

Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Access-Control-Allow-Headers
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from streaming_construct.model.api import Route
from streaming_construct.model.authorization import Authorizer, AuthorizerType
from streaming_construct.model.cors import Cors
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.integrations import Integration
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

CORS_HEADER_MISSING: Final = Rule(
    id="cors-header-missing",
    severity=Severity.WARNING,
    title="Credential header not allowed by CORS",
    what=(
        "`allow_headers` lacks a header that carries credentials: `Authorization`, "
        "`X-Amz-Date`, `X-Amz-Security-Token`, `X-Api-Key`, or an identity source."
    ),
    why=(
        "The preflight response does not allow the header, so the browser does not send the "
        "request."
    ),
    fix=(
        "Add the header to `allow_headers`, or omit `allow_headers` to use CDK's defaults. "
        "Suppress the finding if no web page calls these routes."
    ),
    source_url="https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Access-Control-Allow-Headers",
    tags=frozenset({"cors", "synth", "lint"}),
)

_LITERAL: Final = re.compile(r"'[^']*'")
# The headers that AWS signers send in addition to Authorization.
_SIGNED: Final = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")


def check_credential_headers(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each header of credentials that a preflight response does not allow."""
    if not declaration.has_streaming_intent:
        return
    by_path: dict[str, list[Route]] = {}
    for route in declaration.api.routes:
        by_path.setdefault(route.path, []).append(route)
    for routes in by_path.values():
        preflight = next((route for route in routes if route.method == "OPTIONS"), None)
        allowed = _read_allowed_headers(preflight.integration) if preflight else None
        if allowed is not None:
            cors = Cors(allow_origins=("*",), allow_methods=("*",), allow_headers=allowed)
            yield from check_cors_access(routes, cors)


def _read_allowed_headers(integration: Integration) -> tuple[str, ...] | None:
    """Return the headers that a mock preflight allows; None if they are not literal."""
    default = integration.responses.get("default") if integration.type == "mock" else None
    headers = default.headers if default else {}
    by_name = {name.lower(): value for name, value in headers.items()}
    value = by_name.get("access-control-allow-headers")
    if "access-control-allow-origin" not in by_name or not _LITERAL.fullmatch(value or "''"):
        return None
    names = (value or "''").strip("'").split(",")
    return tuple(name.strip() for name in names if name.strip())


def check_cors_access(routes: Iterable[Route], cors: Cors | None) -> Iterator[Finding]:
    """Yield a warning for each kind of credentials whose headers `cors` does not allow.

    A browser then does not send the request.
    """
    if cors is None:
        return
    allowed = {header.lower() for header in cors.allow_headers}
    if "*" in allowed:
        # A wildcard covers all but one: https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
        required = {
            subject: headers & {"Authorization"}
            for subject, headers in _list_credential_headers(routes).items()
        }
    else:
        required = _list_credential_headers(routes)
    for subject, headers in required.items():
        missing = sorted(header for header in headers if header.lower() not in allowed)
        if missing:
            yield CORS_HEADER_MISSING.at(
                subject,
                f"a page of another origin may not send {' and '.join(missing)}, which cors does "
                "not allow",
            )


def _list_credential_headers(routes: Iterable[Route]) -> dict[Subject, set[str]]:
    """Return the headers of credentials of `routes`, by their authorizer or API key."""
    headers_by_subject: dict[Subject, set[str]] = {}
    for route in routes:
        if route.access.authorizer is not None:
            name = route.access.authorizer.name
            headers_by_subject[Subject("authorizer", name)] = set(
                _list_headers(route.access.authorizer)
            )
        if route.access.api_key_required:
            headers_by_subject[Subject("API key")] = {"X-Api-Key"}
    return headers_by_subject


def _list_headers(authorizer: Authorizer) -> Iterator[str]:
    if authorizer.type is AuthorizerType.IAM:
        yield from _SIGNED
    for source in authorizer.identity_sources:
        head, _, name = source.partition("request.header.")
        if head == "method.":
            yield name
