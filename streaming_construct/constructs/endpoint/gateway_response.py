"""`GatewayResponse`: a customization of a response that API Gateway creates itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from aws_cdk.aws_apigateway import ResponseType

from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.endpoint import GATEWAY_RESPONSE_INVALID

_EXPRESSION: Final = re.compile(
    r"'[^']*'|method\.request\.(header|querystring|path|body)\..+|context\..+|stageVariables\..+"
)
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, kw_only=True)
class GatewayResponse:
    """A customization of one type of gateway response; a part that is None stays as it is.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html

    Attributes:
        status_code: The HTTP status. Default: that of the type.
        response_headers: The mapping expression of each header: a literal in single quotes
            (`"'no-store'"`), or a reference such as `method.request.header.Origin`. Default: none.
        templates: The template of the body by media type. Default: a JSON object with `message`.
    """

    status_code: int | None = None
    response_headers: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


def check_gateway_responses(
    responses: Mapping[ResponseType, GatewayResponse] | None,
) -> Iterator[Finding]:
    """Yield a finding for each customization that API Gateway rejects."""
    if responses is not None and not isinstance(responses, Mapping):
        yield _create_error("API", f"gateway_responses is {responses!r}, not a mapping")
        return
    for kind, response in (responses or {}).items():
        if not isinstance(kind, ResponseType) or not isinstance(response, GatewayResponse):
            yield _create_error("API", f"gateway_responses has {kind!r}: {response!r}")
            continue
        name = kind.response_type
        status = response.status_code
        if status is not None and not 200 <= status <= 599:
            yield _create_error(name, f"its status is {status}", "Use 200 to 599.")
        for header, expression in response.response_headers.items():
            if not _HEADER.fullmatch(header):
                yield _create_error(name, f"{header!r} is no header", "Use the name of a header.")
            if not isinstance(expression, str) or not _EXPRESSION.fullmatch(expression):
                yield _create_error(
                    name,
                    f"header {header} is {expression!r}, which is no mapping expression",
                    "Put a literal in single quotes, as in \"'no-store'\".",
                )


def to_gateway_response_models(
    responses: Mapping[ResponseType, GatewayResponse] | None, shared: Mapping[str, str]
) -> dict[str, TemplatedResponse]:
    """Return the customizations by type, each with the `shared` headers that it does not set."""
    return {
        kind.response_type: TemplatedResponse(
            status=response.status_code,
            headers=merge_headers(shared, response.response_headers),
            templates=dict(response.templates),
        )
        for kind, response in (responses or {}).items()
        if isinstance(kind, ResponseType)
    }


def merge_headers(shared: Mapping[str, str], overrides: Mapping[str, str]) -> dict[str, str]:
    """Return both; a header of `overrides` replaces one of `shared`, in whatever case."""
    names = {name.lower() for name in overrides}
    return {
        **{name: value for name, value in shared.items() if name.lower() not in names},
        **overrides,
    }


def _create_error(name: str, problem: str, fix: str | None = None) -> Finding:
    kind = "gateway response" if name != "API" else "API"
    return GATEWAY_RESPONSE_INVALID.at(
        Subject(kind, "" if name == "API" else name), problem, fix=fix
    )
