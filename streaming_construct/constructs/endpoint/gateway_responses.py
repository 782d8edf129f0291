"""`GatewayResponses`: the responses that API Gateway creates itself, as an API customizes them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from aws_cdk import Token
from aws_cdk.aws_apigateway import ResponseType

from streaming_construct.constructs.cdk.validation import check_argument_types
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.endpoint import GATEWAY_RESPONSE_INVALID

_EXPRESSION: Final = re.compile(
    r"'[^']*'|method\.request\.(header|querystring|path|body)\..+|context\..+|stageVariables\..+"
)
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_UNAUTHORIZED: Final = "UNAUTHORIZED"
_TEXTS_FIX: Final = "Pass a dict of str to str."


class GatewayResponses:
    """The customized gateway responses of an API, which may be added until synthesis.

    `challenge` is the mapping expression of `WWW-Authenticate` in the response UNAUTHORIZED; None
    without one.
    """

    def __init__(self) -> None:
        self._by_type: dict[str, TemplatedResponse] = {}
        self._listeners: list[Callable[[], None]] = []
        self.challenge: str | None = None

    def check(self, response_type: object, response: TemplatedResponse) -> Iterator[Finding]:
        """Yield what keeps `response` from being added: a wrong type, or API Gateway."""
        subject = Subject("gateway response")
        yield from check_argument_types(subject, type=(response_type, ResponseType))
        if response_type is None:
            yield GATEWAY_RESPONSE_INVALID.at(
                subject,
                "the type is missing",
                fix="Pass a ResponseType, such as ResponseType.THROTTLED.",
            )
        if isinstance(response_type, ResponseType):
            subject = Subject("gateway response", response_type.response_type)
            if response_type.response_type in self._by_type:
                yield GATEWAY_RESPONSE_INVALID.at(
                    subject,
                    "the API already has a gateway response of this type",
                    fix="Merge both calls of add_gateway_response into one.",
                )
        yield from _check_response(subject, response)

    def add(self, response_type: ResponseType, response: TemplatedResponse) -> None:
        """Add a response that `check` accepts."""
        self._by_type[response_type.response_type] = replace(
            response, headers=dict(response.headers), templates=dict(response.templates)
        )
        self._notify()

    def set_challenge(self, expression: str) -> None:
        """Set the header `WWW-Authenticate` of the response UNAUTHORIZED."""
        self.challenge = expression
        self._notify()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` each time that a response changes."""
        self._listeners.append(listener)

    def merge(
        self, defaults: Mapping[str, TemplatedResponse], headers: Mapping[str, str]
    ) -> dict[str, TemplatedResponse]:
        """Return `defaults` and the customized responses by type, which get `headers`, too.

        A header of a customized response precedes one of `headers` and the challenge.
        """
        responses = dict(defaults)
        for name, response in self._by_type.items():
            merged = merge_headers(headers, response.headers)
            responses[name] = replace(response, headers=merged)
        if self.challenge is not None:
            unauthorized = responses.get(_UNAUTHORIZED, TemplatedResponse(headers=headers))
            challenge = {"WWW-Authenticate": self.challenge}
            responses[_UNAUTHORIZED] = replace(
                unauthorized, headers=merge_headers(challenge, unauthorized.headers)
            )
        return responses

    def _notify(self) -> None:
        for listener in self._listeners:
            listener()


def merge_headers(shared: Mapping[str, str], overrides: Mapping[str, str]) -> dict[str, str]:
    """Return both; a header of `overrides` replaces one of `shared`, in whatever case."""
    names = {name.lower() for name in overrides}
    return {
        **{name: value for name, value in shared.items() if name.lower() not in names},
        **overrides,
    }


def _check_response(subject: Subject, response: TemplatedResponse) -> Iterator[Finding]:
    """Yield a finding for each part that API Gateway rejects. A token has no known value yet."""
    status = response.status
    is_status = isinstance(status, int) and 200 <= status <= 599
    if status is not None and not is_status and not Token.is_unresolved(status):
        yield GATEWAY_RESPONSE_INVALID.at(
            subject, f"status_code is {status!r}", fix="Pass a number from 200 to 599."
        )
    for header, expression in _list_items(response.headers):
        if not isinstance(header, str) or not _HEADER.fullmatch(header):
            yield GATEWAY_RESPONSE_INVALID.at(
                subject, f"{header!r} is no header", fix="Use the name of a header."
            )
        is_expression = isinstance(expression, str) and _EXPRESSION.fullmatch(expression)
        if not is_expression and not Token.is_unresolved(expression):
            yield GATEWAY_RESPONSE_INVALID.at(
                subject,
                f"header {header} is {expression!r}, which is no mapping expression",
                fix="Put a literal in single quotes, as in \"'no-store'\".",
            )
    for media_type, template in _list_items(response.templates):
        if not isinstance(media_type, str) or not isinstance(template, str):
            yield GATEWAY_RESPONSE_INVALID.at(
                subject, f"templates has {media_type!r}: {template!r}", fix=_TEXTS_FIX
            )
    for name, mapping in (
        ("response_headers", response.headers),
        ("templates", response.templates),
    ):
        if not isinstance(mapping, Mapping):
            yield GATEWAY_RESPONSE_INVALID.at(subject, f"{name} is {mapping!r}", fix=_TEXTS_FIX)


def _list_items(mapping: object) -> list[tuple[object, object]]:
    """Return the items; none of a value that is no mapping."""
    return list(mapping.items()) if isinstance(mapping, Mapping) else []
