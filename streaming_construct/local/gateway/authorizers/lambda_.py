"""Lambda authorizers: functions that return an IAM policy for the client.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streaming_construct.aws.function_arn import parse_function_arn
from streaming_construct.aws.integration_uri import parse_integration_uri
from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.arns import build_method_arn
from streaming_construct.local.gateway.authorizers.cache import TtlCache
from streaming_construct.local.gateway.authorizers.iam_policy import (
    PolicyDecision,
    PolicyError,
    evaluate_policy,
)
from streaming_construct.local.gateway.authorizers.token_expression import is_matching_expression
from streaming_construct.local.gateway.context import (
    AuthorizerInvocation,
    AuthorizerResult,
    RequestContext,
)
from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.parameter_mapping import get_mapped_value
from streaming_construct.local.gateway.proxy_event import build_proxy_event, build_request_context
from streaming_construct.local.gateway.workers.worker_pool import (
    LARGE_BYTES,
    WorkerPool,
    WorkTimeoutError,
)
from streaming_construct.local.lambda_.invocation import (
    FunctionError,
    FunctionNotRunnableError,
    Functions,
)
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import Authorizer, AuthorizerType


class LambdaAuthorizer:
    """One TOKEN or REQUEST authorizer with its cache."""

    def __init__(
        self,
        api: ApiModel,
        authorizer: Authorizer,
        functions: Functions,
        limits: GatewayLimits,
        workers: WorkerPool,
    ) -> None:
        self._workers = workers
        self._api = api
        self._authorizer = authorizer
        self._functions = functions
        self._timeout_seconds = limits.authorizer_seconds
        uri = parse_integration_uri(authorizer.uri or "")
        arn = parse_function_arn(uri.function_arn) if uri else None
        self._qualifier = arn.qualifier if arn else None
        self._cache: TtlCache[Mapping[str, Any]] = TtlCache(
            authorizer.ttl_seconds * limits.time_factor
        )

    async def authorize(self, context: RequestContext) -> AuthorizerResult:
        """Return the result of the authorizer function, from the cache if it is there.

        The result has a `denial` if its policy does not allow the method or is not valid.

        Raises:
            GatewayResponseError: An identity source is missing, or the function failed.
        """
        arn = build_method_arn(self._api, context.request.method, context.request.path)
        identity = self._read_identity(context)
        await self._validate_token(identity)
        output = self._cache.get(identity) if identity else None
        latency_ms = 0
        if output is None:
            invocation = context.authorizer_invocation = AuthorizerInvocation()
            try:
                output = await self._invoke(
                    context, invocation, self._build_event(context, identity, arn)
                )
            finally:
                latency_ms = round((time.monotonic() - invocation.started_at) * 1000)
                invocation.latency_ms = latency_ms
        result = AuthorizerResult()
        try:
            result = _read_result(output, latency_ms)
            decision = await asyncio.to_thread(evaluate_policy, output.get("policyDocument"), arn)
        except ValueError as error:
            return replace(result, denial=self._create_configuration_error(str(error)))
        if identity:
            self._cache.put(identity, output)
        return replace(result, denial=self._create_denial(decision, arn))

    def _create_denial(self, decision: PolicyDecision, arn: str) -> GatewayResponseError | None:
        subject = f"the policy of authorizer {self._authorizer.name}"
        if decision is PolicyDecision.DENIED:
            return GatewayResponseError(gateway_responses.EXPLICIT_DENY, f"{subject} denies {arn}")
        if decision is PolicyDecision.NOT_MENTIONED:
            reason = f"{subject} does not allow {arn}"
            return GatewayResponseError(gateway_responses.IMPLICIT_DENY, reason)
        return None

    def _read_identity(self, context: RequestContext) -> tuple[str, ...]:
        """Return the values of the identity sources, which are the key of the cache."""
        variables = build_request_context(self._api, context.route, context.request)
        values: list[str] = []
        for source in self._authorizer.identity_sources:
            expression = source.removeprefix("$")
            value = get_mapped_value(
                expression, context.request, variables, self._api.stage.variables
            )
            if not value:
                raise GatewayResponseError(
                    gateway_responses.UNAUTHORIZED, f"the request has no {source}"
                )
            values.append(value)
        return tuple(values)

    async def _validate_token(self, identity: tuple[str, ...]) -> None:
        """Match the token of a TOKEN authorizer; a client can make the expression backtrack."""
        pattern = self._authorizer.validation_expression
        if self._authorizer.type is not AuthorizerType.TOKEN or not pattern:
            return
        try:
            is_match = await self._workers.run(is_matching_expression, pattern, identity[0])
        except WorkTimeoutError as error:
            raise self._create_configuration_error(f"the expression {pattern}: {error}") from error
        if not is_match:
            raise GatewayResponseError(
                gateway_responses.UNAUTHORIZED, f"the token does not match {pattern}"
            )

    def _build_event(
        self, context: RequestContext, identity: tuple[str, ...], arn: str
    ) -> dict[str, Any]:
        if self._authorizer.type is AuthorizerType.TOKEN:
            return {"type": "TOKEN", "methodArn": arn, "authorizationToken": identity[0]}
        event = build_proxy_event(self._api, context.required_match, context.request)
        del event["body"], event["isBase64Encoded"]
        members = {name: {} if value is None else value for name, value in event.items()}
        return {"type": "REQUEST", "methodArn": arn, **members}

    async def _invoke(
        self, context: RequestContext, invocation: AuthorizerInvocation, event: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        payload = json.dumps(event, separators=(",", ":")).encode()
        try:
            response = await asyncio.wait_for(
                self._read_response(payload, invocation, trace_id=context.request.trace_id),
                None if self._timeout_seconds == float("inf") else self._timeout_seconds,
            )
            invocation.status = 200
            if len(response) < LARGE_BYTES:
                output = json.loads(response)
            else:
                output = await self._workers.run(json.loads, response)
        except FunctionNotRunnableError as error:
            reason = f"authorizer {self._authorizer.name}: {error}"
            raise GatewayResponseError(
                gateway_responses.create_not_served_response(reason)
            ) from error
        except FunctionError as error:
            invocation.status = 500
            if error.message == "Unauthorized":
                reason = f"authorizer {self._authorizer.name} failed with Unauthorized"
                raise GatewayResponseError(gateway_responses.UNAUTHORIZED, reason) from error
            raise self._create_configuration_error(
                f"the function failed: {error.summary}"
            ) from error
        except asyncio.TimeoutError as error:
            reason = f"the function took more than {self._timeout_seconds:g} s"
            raise self._create_configuration_error(reason) from error
        except (ValueError, RecursionError, WorkTimeoutError) as error:
            raise self._create_configuration_error("the output is not JSON") from error
        if not isinstance(output, dict):
            raise self._create_configuration_error(
                f"the output is not an object but {output!r:.60}"
            )
        return output

    async def _read_response(
        self, payload: bytes, invocation: AuthorizerInvocation, *, trace_id: str
    ) -> bytes:
        stream = await self._functions.invoke(
            self._authorizer.function or "",
            payload,
            trace_id=trace_id,
            qualifier=self._qualifier,
        )
        invocation.request_id = stream.request_id
        try:
            return b"".join([data async for data in stream])
        finally:
            await stream.aclose()

    def _create_configuration_error(self, reason: str) -> GatewayResponseError:
        return GatewayResponseError(
            gateway_responses.AUTHORIZER_CONFIGURATION_ERROR,
            f"authorizer {self._authorizer.name}: {reason}",
        )


def _read_result(output: Mapping[str, Any], latency_ms: int) -> AuthorizerResult:
    """Return the result in an authorizer's output; functions get context values as text.

    Raises:
        PolicyError: The output is not that of an authorizer.
    """
    principal, context = output.get("principalId"), output.get("context") or {}
    if not isinstance(principal, str) or not principal:
        raise PolicyError(f"principalId is not a string but {principal!r}")
    if not isinstance(context, Mapping):
        raise PolicyError(f"context is not an object but {context!r}")
    for name, value in context.items():
        if not isinstance(value, str | int | float | None):
            raise PolicyError(f"context: {name} is not a string, number or boolean but {value!r}")
    key = output.get("usageIdentifierKey")
    return AuthorizerResult(
        authorizer={
            **{name: _format_value(value) for name, value in context.items()},
            "principalId": principal,
            "integrationLatency": latency_ms,
        },
        usage_identifier_key=key if isinstance(key, str) else None,
    )


def _format_value(value: object) -> object:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
