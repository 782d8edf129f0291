"""Rules on the endpoint: its idle timeout and its access.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import (
    BUFFERED_TIMEOUT_MAX_MS,
    STREAM_IDLE_SECONDS_EDGE,
    STREAM_IDLE_SECONDS_REGIONAL,
    STREAM_TIMEOUT_MAX_MS,
)
from streaming_construct.model.api import ApiModel, EndpointType, Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.security_policy import check_security_policy
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
        "An API that is not private has VPC endpoints, or an API has several endpoint types. Or a "
        "private API has no resource policy or takes IPv4 addresses only. "
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

EDGE_IDLE_TIMEOUT: Final = Rule(
    id="edge-idle-timeout",
    severity=Severity.WARNING,
    title="Idle timeout of an edge-optimized endpoint",
    what="An edge-optimized endpoint serves streamed routes.",
    why=(
        "Such an endpoint truncates a stream that is idle for 30 seconds. Regional and private "
        "endpoints wait 5 minutes."
    ),
    fix=(
        "Use a Regional endpoint (in CDK, `EndpointType.REGIONAL`), or send a heartbeat at "
        "least every 15 seconds."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"timeout", "synth", "lint", "doctor"}),
)

_STAGE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


def check_endpoint(declaration: Declaration) -> Iterator[Finding]:
    """Yield what may surprise about the endpoint of `api`."""
    api = declaration.api
    yield from _check_stage_name(api)
    yield from _check_raised_quota(api)
    if declaration.invalid_endpoint_type is not None:
        yield ENDPOINT_TYPE_INVALID.at(
            Subject("API"),
            f"the endpoint type is {declaration.invalid_endpoint_type!r}, which is not valid",
            fix=f"Write {' or '.join(EndpointType.__members__)}.",
            location=api.origin,
        )
    yield from _check_access(declaration)
    yield from _check_domains(declaration)
    yield from check_security_policy(
        declaration.security_policy,
        declaration.endpoint_access_mode,
        api.endpoint_type,
        Subject("API"),
    )
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


def _check_access(declaration: Declaration) -> Iterator[Finding]:
    api = declaration.api
    is_private = api.endpoint_type is EndpointType.PRIVATE
    # Without a stage, the policy may be elsewhere too. Constructs check their own arguments.
    if api.stage.is_complete and is_private and not _has_policy(api):
        yield create_private_api_policy_error(location=api.origin)
    if len(declaration.endpoint_types) > 1:
        yield create_endpoint_types_error(len(declaration.endpoint_types), location=api.origin)
    if is_private and (declaration.ip_address_type or "").lower() == "ipv4":
        yield create_private_address_type_error(location=api.origin)
    if declaration.vpc_endpoints and not is_private:
        yield create_vpc_endpoints_error([api.endpoint_type.value], location=api.origin)


def create_private_api_policy_error(*, location: SourceLocation = UNKNOWN_LOCATION) -> Finding:
    """Return the finding that a private API has no resource policy."""
    return ENDPOINT_INVALID.at(
        Subject("API"),
        "the API is private and has no resource policy",
        fix=(
            "Add a resource policy that allows execute-api:Invoke from the VPC endpoint (in CDK, "
            "pass vpc_endpoints or a policy)."
        ),
        location=location,
    )


def create_vpc_endpoints_error(
    endpoint_types: Iterable[str], *, location: SourceLocation = UNKNOWN_LOCATION
) -> Finding:
    """Return the finding that an API of another endpoint type than PRIVATE has VPC endpoints."""
    return ENDPOINT_INVALID.at(
        Subject("API"),
        f"the endpoint type is {', '.join(endpoint_types)}, and only a PRIVATE API can have VPC "
        "endpoints",
        fix="Set the endpoint type to PRIVATE, or remove the VPC endpoints.",
        location=location,
    )


def create_endpoint_types_error(
    count: int, *, location: SourceLocation = UNKNOWN_LOCATION
) -> Finding:
    """Return the finding that a REST API has another number of endpoint types than one."""
    return ENDPOINT_INVALID.at(
        Subject("API"),
        f"the endpoint configuration has {count} types, and a REST API has one",
        fix="Write one of REGIONAL, EDGE or PRIVATE.",
        location=location,
    )


def create_private_address_type_error(*, location: SourceLocation = UNKNOWN_LOCATION) -> Finding:
    """Return the finding that a private API takes addresses of IPv4 only.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-ip-address-type.html
    """
    return ENDPOINT_INVALID.at(
        Subject("API"),
        "the IP address type of a private API cannot be IPV4",
        fix="Set the IP address type to dualstack, or remove it.",
        location=location,
    )


def _check_domains(declaration: Declaration) -> Iterator[Finding]:
    """Yield the errors of the domain names and web ACLs of a template."""
    api = declaration.api
    for origin in declaration.unsupported_web_acls:
        yield create_web_acl_scope_error(location=origin)
    if not declaration.has_streaming_intent or not api.stage.is_complete:
        return
    if "mutual TLS" in api.access_controls and not declaration.is_execute_api_disabled:
        yield create_mutual_tls_bypassed_warning(location=api.origin)
    for base_path in api.base_paths:
        for route in api.routes:
            if f"{route.path}/".startswith(f"/{base_path}/"):
                yield create_duplicate_base_path_warning(
                    route, f"/{base_path}", location=route.origin
                )


def create_web_acl_scope_error(*, location: SourceLocation = UNKNOWN_LOCATION) -> Finding:
    """Return the finding that a web ACL for CloudFront is associated with a REST API."""
    return WEB_ACL_INVALID.at(
        Subject("web ACL"),
        "the scope is CLOUDFRONT, and a REST API takes only web ACLs of scope REGIONAL",
        fix=(
            "Use a web ACL of scope REGIONAL, or associate this one with a CloudFront "
            "distribution in front of the API."
        ),
        location=location,
    )


def create_mutual_tls_bypassed_warning(*, location: SourceLocation = UNKNOWN_LOCATION) -> Finding:
    """Return the finding that the execute-api endpoint requires no client certificate."""
    return MUTUAL_TLS_BYPASSED.at(
        Subject("API"),
        "the execute-api endpoint accepts clients without a certificate, although the domain "
        "name requires one",
        location=location,
    )


def create_duplicate_base_path_warning(
    route: Route, base_path: str, *, location: SourceLocation = UNKNOWN_LOCATION
) -> Finding:
    """Return the finding that a route's path begins with `base_path` (`/v1`)."""
    return DUPLICATE_BASE_PATH.at(
        Subject("route", str(route)),
        "the path starts with the base path of the custom domain name, so that its URL there is "
        f"{base_path}{route.path}",
        location=location,
    )


def _has_policy(api: ApiModel) -> bool:
    # A policy that cannot be read counts as an access control.
    return api.resource_policy is not None or "the resource policy" in api.access_controls


def _check_stage_name(api: ApiModel) -> Iterator[Finding]:
    # https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
    if not _STAGE_NAME.fullmatch(api.stage.name):
        yield STAGE_NAME_INVALID.at(
            Subject("stage"),
            f"{api.stage.name!r} is not a valid stage name",
            location=api.stage.origin,
        )


def check_integration_timeout_quota(subject: Subject, quota_ms: int) -> Iterator[Finding]:
    """Yield an error if no account can have the quota for buffered integrations."""
    if not BUFFERED_TIMEOUT_MAX_MS <= quota_ms <= STREAM_TIMEOUT_MAX_MS:
        yield INTEGRATION_TIMEOUT_QUOTA_INVALID.at(
            subject,
            f"a quota of {quota_ms} ms for buffered integrations is out of range",
            fix=(
                f"Pass the quota of the account: more than {BUFFERED_TIMEOUT_MAX_MS} ms, and at "
                f"most {STREAM_TIMEOUT_MAX_MS} ms."
            ),
        )


def _check_raised_quota(api: ApiModel) -> Iterator[Finding]:
    raised = api.integration_timeout_max_ms
    if raised is None:
        return
    invalid = list(check_integration_timeout_quota(Subject("API"), raised))
    yield from invalid
    if not invalid and api.endpoint_type is EndpointType.EDGE:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
        yield INTEGRATION_TIMEOUT_QUOTA_INVALID.at(
            Subject("API"),
            "AWS raises the timeout of buffered integrations only for Regional and private APIs",
            fix="Use EndpointType.REGIONAL, or remove integration_timeout_quota.",
        )


MUTUAL_TLS_BYPASSED: Final = Rule(
    id="mutual-tls-bypassed",
    severity=Severity.WARNING,
    title="Mutual TLS bypassed",
    what=(
        "The domain name requires mutual TLS, and the `execute-api` endpoint is not disabled "
        "(`DisableExecuteApiEndpoint`)."
    ),
    why=(
        "Only the domain name requires a client certificate. The `execute-api` endpoint "
        "accepts all callers."
    ),
    fix=(
        "Set `DisableExecuteApiEndpoint` to true. In CDK, omit `disable_execute_api_endpoint`. "
        "Acknowledge the warning during a migration."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
    tags=frozenset({"endpoint", "synth", "lint"}),
)


DUPLICATE_BASE_PATH: Final = Rule(
    id="duplicate-base-path",
    severity=Severity.WARNING,
    title="Duplicate base path",
    what="The path of a route begins with the base path of the custom domain name.",
    why=(
        "The base path precedes the route's path, so the URL contains it twice. A function "
        "that strips it also strips it from `execute-api` URLs."
    ),
    fix=(
        "Remove the base path from the path of the route, or acknowledge the warning if you "
        "intend it."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html",
    tags=frozenset({"endpoint", "synth", "lint"}),
)


WEB_ACL_INVALID: Final = Rule(
    id="web-acl-invalid",
    severity=Severity.ERROR,
    title="Invalid web ACL",
    what=(
        "AWS WAF cannot associate the web ACL with a REST API. Its scope is CLOUDFRONT, it is in "
        "another Region, it is not a web ACL, or its rate limit is below 10."
    ),
    why="The association fails after all other resources are deployed.",
    fix="Use a web ACL of scope REGIONAL in the Region of the API.",
    source_url="https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-associating-aws-resource.html",
    tags=frozenset({"access", "synth", "lint"}),
)
