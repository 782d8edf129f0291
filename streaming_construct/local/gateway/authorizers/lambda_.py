"""Lambda authorizers: functions that say, by an IAM policy, who may call what.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.arns import method_arn
from streaming_construct.local.gateway.authorizers.cache import TtlCache
from streaming_construct.local.gateway.authorizers.iam_policy import (
    PolicyDecision,
    PolicyError,
    evaluate_policy,
)
from streaming_construct.local.gateway.context import (
    AuthorizerResult,
    GatewayResponseError,
    RequestContext,
)
from streaming_construct.local.gateway.limits import GatewayLimits
from streaming_construct.local.gateway.parameter_mapping import mapped_value
from streaming_construct.local.gateway.proxy_event import proxy_event, request_context
from streaming_construct.local.gateway.router import Match
from streaming_construct.local.lambda_.invocation import (
    FunctionError,
    FunctionNotRunnableError,
    Functions,
)
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import Authorizer, AuthorizerType


class LambdaAuthorizer:
    """One authorizer with the answers that it keeps."""

    def __init__(
        self, api: ApiModel, authorizer: Authorizer, functions: Functions, limits: GatewayLimits
    ) -> None:
        self._api = api
        self._authorizer = authorizer
        self._functions = functions
        self._seconds = limits.authorizer_seconds
        self._cache: TtlCache[Mapping[str, Any]] = TtlCache(
            authorizer.ttl_seconds * limits.time_factor
        )

    async def authorize(self, call: RequestContext, match: Match) -> None:
        """Let a call pass, and note in it what the authorizer says of the caller.

        Raises:
            Refused: Its identity is missing, the authorizer does not allow it, or failed.
        """
        arn = method_arn(self._api, call.request.method, call.request.path)
        identity = self._identity(call, match)
        answer = self._cache.get(identity) if identity else None
        latency = 0
        if answer is None:
            began = time.monotonic()
            try:
                answer = await self._invoke(call, self._event(call, match, identity, arn))
            finally:
                latency = round((time.monotonic() - began) * 1000)
                call.access_log_record.authorizer_latency = latency
        try:
            call.authorizer_result = _grant(answer, latency)
            verdict = evaluate_policy(answer.get("policyDocument"), arn)
        except ValueError as error:
            raise self._broken(str(error)) from error
        if identity:
            self._cache.put(identity, answer)
        if verdict is PolicyDecision.DENIED:
            raise GatewayResponseError(
                gateway_responses.EXPLICIT_DENY, f"authorizer {self._authorizer.name} denies {arn}"
            )
        if verdict is PolicyDecision.NOT_MENTIONED:
            why = f"the policy of authorizer {self._authorizer.name} does not allow {arn}"
            raise GatewayResponseError(gateway_responses.IMPLICIT_DENY, why)

    def _identity(self, call: RequestContext, match: Match) -> tuple[str, ...]:
        """Gather what the answer is kept by; all of it must be there."""
        context = request_context(self._api, match.route, call.request)
        found: list[str] = []
        for source in self._authorizer.identity_sources:
            expression = source.removeprefix("$")
            value = mapped_value(expression, call.request, context, self._api.stage.variables)
            if not value:
                raise GatewayResponseError(
                    gateway_responses.UNAUTHORIZED, f"the request has no {source}"
                )
            found.append(value)
        wanted = self._authorizer.validation_expression
        is_token = self._authorizer.type is AuthorizerType.TOKEN
        if is_token and wanted and not re.fullmatch(wanted, found[0]):
            raise GatewayResponseError(
                gateway_responses.UNAUTHORIZED, f"the token does not match {wanted}"
            )
        return tuple(found)

    def _event(
        self, call: RequestContext, match: Match, identity: tuple[str, ...], arn: str
    ) -> dict[str, Any]:
        if self._authorizer.type is AuthorizerType.TOKEN:
            return {"type": "TOKEN", "methodArn": arn, "authorizationToken": identity[0]}
        event = proxy_event(self._api, match, call.request, b"")
        del event["body"], event["isBase64Encoded"]
        members = {name: {} if value is None else value for name, value in event.items()}
        return {"type": "REQUEST", "methodArn": arn, **members}

    async def _invoke(self, call: RequestContext, event: Mapping[str, Any]) -> Mapping[str, Any]:
        payload = json.dumps(event, separators=(",", ":")).encode()
        try:
            output = await asyncio.wait_for(self._output(call, payload), self._timeout)
            call.access_log_record.authorizer_status = 200
            answer = json.loads(output)
        except FunctionNotRunnableError as error:
            raise GatewayResponseError(
                gateway_responses.not_served(f"its authorizer: {error}")
            ) from error
        except FunctionError as error:
            call.access_log_record.authorizer_status = 500
            if error.message == "Unauthorized":
                raise GatewayResponseError(
                    gateway_responses.UNAUTHORIZED, "the authorizer says so"
                ) from error
            raise self._broken(f"it failed: {error}") from error
        except asyncio.TimeoutError as error:
            raise self._broken(f"it took more than {self._seconds:g} s") from error
        except ValueError as error:
            raise self._broken("its output is not JSON") from error
        if not isinstance(answer, dict):
            raise self._broken(f"its output is not an object but {answer!r}")
        return answer

    @property
    def _timeout(self) -> float | None:
        return None if self._seconds == float("inf") else self._seconds

    async def _output(self, call: RequestContext, payload: bytes) -> bytes:
        invocation = await self._functions.invoke(
            self._authorizer.function or "", payload, trace_id=call.request.trace_id
        )
        call.access_log_record.authorizer_request_id = invocation.request_id
        try:
            return b"".join([data async for data in invocation])
        finally:
            await invocation.aclose()

    def _broken(self, why: str) -> GatewayResponseError:
        return GatewayResponseError(
            gateway_responses.AUTHORIZER_CONFIGURATION_ERROR,
            f"authorizer {self._authorizer.name}: {why}",
        )


def _grant(answer: Mapping[str, Any], latency_ms: int) -> AuthorizerResult:
    """Read what an authorizer says of a caller; functions are given text.

    Raises:
        PolicyError: It is not what an authorizer has to answer.
    """
    principal, context = answer.get("principalId"), answer.get("context") or {}
    if not isinstance(principal, str) or not principal:
        raise PolicyError(f"principalId is not a string but {principal!r}")
    if not isinstance(context, Mapping):
        raise PolicyError(f"context is not an object but {context!r}")
    for name, value in context.items():
        if not isinstance(value, str | int | float | None):
            raise PolicyError(f"context: {name} is not text, number or boolean but {value!r}")
    key = answer.get("usageIdentifierKey")
    return AuthorizerResult(
        authorizer={
            **{name: _text(value) for name, value in context.items()},
            "principalId": principal,
            "integrationLatency": latency_ms,
        },
        usage_identifier_key=key if isinstance(key, str) else None,
    )


def _text(value: object) -> object:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
