"""Errors of routes, by the rules of lint: AWS does not deploy the route, or it returns 500.

The gateway applies only these rules, so that lint reports each route that it rejects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from streaming_construct.aws.integration_uri import parse_integration_uri
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.rules.checks.integrations import (
    INTEGRATION_MEMBER_MISPLACED,
    REQUEST_FAILURES,
    check_route_integration,
)
from streaming_construct.rules.checks.transfer_modes import check_route_mode
from streaming_construct.rules.rule import Finding


@dataclass(frozen=True)
class RouteErrors:
    """The reasons, with the ids of their rules, why a route does not work on AWS.

    With one of `deployment`, AWS rejects the deployment or ignores a part of the declaration. With
    one of `requests`, API Gateway returns 500 for every request.
    """

    deployment: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()


def list_route_errors(api: ApiModel) -> Mapping[tuple[str, str], RouteErrors]:
    """Return the errors of each route that has any, by method and path."""
    errors = {(route.method, route.path): find_route_errors(route, api) for route in api.routes}
    return {key: error for key, error in errors.items() if error.deployment or error.requests}


def find_route_errors(route: Route, api: ApiModel) -> RouteErrors:
    """Return the errors of one route."""
    findings = [*check_route_integration(route, api), *check_route_mode(route)]
    uri = parse_integration_uri(route.integration.uri or "")
    if uri is not None and uri.transfer_mode is route.integration.transfer_mode:
        # API Gateway ignores the member, and serves the route as if it were not there.
        findings = [
            finding for finding in findings if finding.rule is not INTEGRATION_MEMBER_MISPLACED
        ]
    return RouteErrors(
        tuple(
            _format_reason(finding) for finding in findings if finding.rule not in REQUEST_FAILURES
        ),
        tuple(_format_reason(finding) for finding in findings if finding.rule in REQUEST_FAILURES),
    )


def _format_reason(finding: Finding) -> str:
    return f"{finding.problem} [{finding.rule.id}]"
