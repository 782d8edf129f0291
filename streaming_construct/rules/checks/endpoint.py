"""Rules on the endpoint: its idle timeout and its access.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import (
    BUFFERED_TIMEOUT_MAX_MS,
    STREAM_IDLE_SECONDS_EDGE,
    STREAM_IDLE_SECONDS_REGIONAL,
    STREAM_TIMEOUT_MAX_MS,
)
from streaming_construct.model.api import ApiModel, EndpointType
from streaming_construct.model.authorization import AuthorizerType
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

STAGE_NAME_INVALID: Final = Rule(
    id="stage-name-invalid",
    severity=Severity.ERROR,
    title="Invalid stage name",
    what=(
        "The stage name has characters other than letters, digits, `-`, and `_`, or more "
        "than 128 characters."
    ),
    why="API Gateway does not create the stage.",
    fix="Use at most 128 letters, digits, `-`, and `_`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html",
    tags=frozenset({"endpoint", "synth", "lint", "doctor"}),
)

INTEGRATION_TIMEOUT_QUOTA_INVALID: Final = Rule(
    id="integration-timeout-quota-invalid",
    severity=Severity.ERROR,
    title="Invalid integration timeout quota",
    what=(
        "`integration_timeout_quota` is at most 29 seconds, more than 15 minutes, or set for an "
        "edge-optimized API."
    ),
    why=(
        "AWS raises the integration timeout quota of 29 seconds for Regional and private APIs only."
    ),
    fix="Set the quota that AWS granted to the account, or omit `integration_timeout_quota`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
    tags=frozenset({"timeout", "synth"}),
)

ENDPOINT_TYPE_INVALID: Final = Rule(
    id="endpoint-type-invalid",
    severity=Severity.ERROR,
    title="Invalid endpoint type",
    what="API Gateway does not support the endpoint type.",
    why="API Gateway does not create the API.",
    fix="Write `REGIONAL`, `EDGE`, or `PRIVATE`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html",
    tags=frozenset({"endpoint", "lint"}),
)

ENDPOINT_INVALID: Final = Rule(
    id="endpoint-invalid",
    severity=Severity.ERROR,
    title="Invalid endpoint configuration",
    what=(
        "An API that is not private has VPC endpoints, or a private API has no resource policy. "
        "In CDK, `vpc_endpoints` stand for a policy."
    ),
    why=(
        "API Gateway rejects the deployment of a private API without a resource policy. Clients "
        "reach it through the VPC endpoints that the policy allows."
    ),
    fix="Add a resource policy to the private API, or remove the VPC endpoints of the other one.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html",
    tags=frozenset({"endpoint", "synth", "lint", "doctor"}),
)

RESOURCE_POLICY_DENIES_ALL: Final = Rule(
    id="resource-policy-denies-all",
    severity=Severity.ERROR,
    title="Resource policy that denies all requests",
    what=(
        "The resource policy denies `execute-api:Invoke` to all callers without a condition, or "
        "it allows nothing."
    ),
    why="API Gateway returns 403 for every request.",
    fix="Allow `execute-api:Invoke`, and add a condition to the statement that denies it.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html",
    tags=frozenset({"access", "lint", "doctor"}),
)

EDGE_IDLE_TIMEOUT: Final = Rule(
    id="edge-idle-timeout",
    severity=Severity.WARNING,
    title="Idle timeout of an edge-optimized endpoint",
    what="An edge-optimized endpoint serves streamed routes.",
    why=(
        "It truncates a stream that is idle for 30 seconds. Regional and private endpoints "
        "wait 5 minutes."
    ),
    fix=(
        "Use a Regional endpoint (in CDK, `EndpointType.REGIONAL`), or send a heartbeat at "
        "least every 15 seconds."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"timeout", "synth", "lint", "doctor"}),
)

_STAGE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


def endpoint_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield what may surprise about the endpoint of `api`."""
    api = declaration.api
    yield from _stage_name(api)
    yield from _raised_quota(api)
    if declaration.invalid_endpoint_type is not None:
        yield ENDPOINT_TYPE_INVALID.at(
            Subject("API"),
            f"its endpoint type is {declaration.invalid_endpoint_type!r}, which is not valid",
            fix=f"Write {' or '.join(EndpointType.__members__)}.",
            location=api.origin,
        )
    yield from _access(declaration)
    streams = any(r.integration.transfer_mode is TransferMode.STREAM for r in api.routes)
    if api.endpoint_type is EndpointType.EDGE and streams:
        yield EDGE_IDLE_TIMEOUT.at(
            Subject("API"),
            "an edge-optimized endpoint closes a stream that is idle for "
            f"{STREAM_IDLE_SECONDS_EDGE} s; a Regional one waits {STREAM_IDLE_SECONDS_REGIONAL} s",
            fix=(
                "Make it REGIONAL (in CDK, EndpointType.REGIONAL), or send a heartbeat at "
                "least every "
                f"{STREAM_IDLE_SECONDS_EDGE // 2} s."
            ),
            location=api.origin,
        )


def _access(declaration: Declaration) -> Iterator[Finding]:
    api, subject = declaration.api, Subject("API")
    is_private = api.endpoint_type is EndpointType.PRIVATE
    # Without a stage, the policy may be elsewhere too. Constructs check their own arguments.
    if api.stage.complete and is_private and not _has_policy(api):
        yield ENDPOINT_INVALID.at(
            subject,
            "it is private, and it has no resource policy",
            fix="Add a resource policy that allows execute-api:Invoke from the VPC endpoint.",
            location=api.origin,
        )
    if declaration.vpc_endpoints and not is_private:
        yield ENDPOINT_INVALID.at(
            subject,
            f"it has VPC endpoints, and its endpoint type is {api.endpoint_type.value}",
            fix="Set the endpoint type to PRIVATE, or remove the VPC endpoints.",
            location=api.origin,
        )
    if api.resource_policy is not None and _denies_all(api):
        yield RESOURCE_POLICY_DENIES_ALL.at(
            subject, "its resource policy allows no request", location=api.origin
        )


def _has_policy(api: ApiModel) -> bool:
    # A policy that cannot be read counts as an access control.
    return api.resource_policy is not None or "the resource policy" in api.access_controls


def _denies_all(api: ApiModel) -> bool:
    statements = (api.resource_policy or {}).get("Statement", ())
    listed = statements if isinstance(statements, list | tuple) else [statements]
    known = [each for each in listed if isinstance(each, Mapping)]
    if len(known) < len(listed) or not known:
        return False
    if any(_is_denial_of_all(each, api) for each in known):
        return True
    is_signed = any(
        route.access.authorizer is not None and route.access.authorizer.type is AuthorizerType.IAM
        for route in api.routes
    )
    return not is_signed and all(each.get("Effect") == "Deny" for each in known)


def _is_denial_of_all(statement: Mapping[str, object], api: ApiModel) -> bool:
    """Return whether a statement denies each request to the API, from all callers."""
    if statement.get("Effect") != "Deny" or statement.get("Condition"):
        return False
    actions, resources = _texts(statement.get("Action")), _texts(statement.get("Resource"))
    principal = statement.get("Principal")
    callers = _texts(principal.get("AWS") if isinstance(principal, Mapping) else principal)
    everything = ("*", "execute-api:/*", "execute-api:/*/*", "execute-api:/*/*/*")
    return (
        "*" in callers
        and any(action in {"*", "execute-api:*", "execute-api:Invoke"} for action in actions)
        and any(each in everything or each.endswith(f":{api.id}/*") for each in resources)
    )


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list | tuple) else [value]
    return [each for each in listed if isinstance(each, str)]


def _stage_name(api: ApiModel) -> Iterator[Finding]:
    # https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
    if not _STAGE_NAME.fullmatch(api.stage.name):
        yield STAGE_NAME_INVALID.at(
            Subject("stage"),
            f"{api.stage.name!r} is not a valid stage name",
            location=api.stage.origin,
        )


def _raised_quota(api: ApiModel) -> Iterator[Finding]:
    raised = api.integration_timeout_max_ms
    if raised is None:
        return
    if raised < BUFFERED_TIMEOUT_MAX_MS or raised > STREAM_TIMEOUT_MAX_MS:
        yield INTEGRATION_TIMEOUT_QUOTA_INVALID.at(
            Subject("API"),
            f"a quota of {raised} ms for buffered integrations is not above the default",
            fix=f"Pass the quota of the account, which is more than {BUFFERED_TIMEOUT_MAX_MS} ms.",
        )
    elif api.endpoint_type is EndpointType.EDGE:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
        yield INTEGRATION_TIMEOUT_QUOTA_INVALID.at(
            Subject("API"),
            "AWS raises the timeout of buffered integrations only for Regional and private APIs",
            fix="Use EndpointType.REGIONAL, or remove integration_timeout_quota.",
        )
