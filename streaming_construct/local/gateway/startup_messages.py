"""The lines before the gateway serves: routes, credentials and limitations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from streaming_construct.aws.limits import INTEGRATION_TIMEOUT_DEFAULT_MS
from streaming_construct.aws.rest_paths import ANY
from streaming_construct.local.gateway.arns import find_location
from streaming_construct.local.gateway.authorizers.api_keys import list_usage_plan_keys
from streaming_construct.local.gateway.authorizers.authorization import (
    find_unavailable_reason,
    list_authorizers,
)
from streaming_construct.local.gateway.authorizers.issuer_keys import is_on_loopback
from streaming_construct.local.gateway.authorizers.resource_policy import find_not_enforced_reason
from streaming_construct.local.gateway.authorizers.signing_keys import create_example_token
from streaming_construct.local.gateway.authorizers.sigv4 import Credentials
from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.client_checks.host_check import is_loopback
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.request_validation import describe_unvalidated_bodies
from streaming_construct.local.gateway.route_errors import find_route_errors
from streaming_construct.model.api import ApiModel, Route, Stage
from streaming_construct.model.authorization import Authorizer, AuthorizerType
from streaming_construct.model.integrations import Integration
from streaming_construct.model.unknown_element import describe_unknown
from streaming_construct.model.unresolved import describe_unresolved
from streaming_construct.model.usage_plans import ApiKeySource, UsagePlan

_TOKEN_SECONDS = 12 * 3600


def list_startup_messages(
    api: ApiModel,
    options: GatewayOptions,
    *,
    url: str,
    user_pools: UserPools,
    unavailable: Mapping[str, str],
    notes: Iterable[str] = (),
) -> Iterator[str]:
    """Yield all messages in the order of the console.

    Args:
        api: The API.
        options: The options of the gateway.
        url: The URL of the API, with its stage.
        user_pools: The user pools that sign the tokens in the messages.
        unavailable: The reason for each function that cannot run on this machine, by its id.
        notes: Notes of the source of the API. Default: none.
    """
    yield from format_route_table(api, unavailable, notes)
    yield from list_credential_messages(api, url, user_pools, options.issuers)
    yield from list_limitation_messages(api, options)


def format_route_table(
    api: ApiModel, unavailable: Mapping[str, str], notes: Iterable[str] = ()
) -> Iterator[str]:
    """Yield a line for each route, for each function with a problem, and for each note.

    `unavailable` has the reason for each function that cannot run on this machine, by its id.
    """
    rows = [_create_row(api, route) for route in api.routes]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
    for name, reason in unavailable.items():
        yield f"{api.functions[name].origin} cannot run locally: {reason}"
    for function in api.functions.values():
        # The code is the reason why the function is unavailable, which has its line above.
        unresolved = {
            name: reason
            for name, reason in function.unresolved.items()
            if name != "Code" or function.id not in unavailable
        }
        for problem in describe_unresolved(unresolved):
            yield f"{function.origin} is not completely resolved: {problem}"
        for name in filter(None, map(_build_variable_name, unresolved)):
            function_name = function.origin.display_name
            yield f"Pass --env '{function_name}:{name}=VALUE' to set the variable locally."
    yield from notes


def list_credential_messages(
    api: ApiModel, url: str, user_pools: UserPools, issuers: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield a `curl` command for each authorizer and API key."""
    for authorizer, route in list_authorizers(api).items():
        subject = f"{authorizer.type.value} {authorizer.name} ({route}, ...)"
        if reason := find_unavailable_reason(authorizer):
            yield f"{subject} cannot run locally, its routes return 501: {reason}"
        else:
            credentials = _build_curl_options(api, authorizer, route, user_pools, issuers or {})
            options = f"{_build_method_option(route)}{credentials}"
            yield f"{subject}: curl {options}'{_build_example_url(url, route)}'"
    for value, (key, plan) in list_usage_plan_keys(api).items():
        usage = f"curl -H 'x-api-key: {value}' ..."
        if api.api_key_source is ApiKeySource.AUTHORIZER:
            usage = f"return it from an authorizer as usageIdentifierKey: {value}"
        yield f"API key {key.name} of usage plan {plan.name}: {usage}"


def list_limitation_messages(api: ApiModel, options: GatewayOptions) -> Iterator[str]:
    """Yield a line for each difference between this gateway and the deployed API."""
    if reason := find_not_enforced_reason(api, options.source_ip):
        yield f"the resource policy is not enforced locally: {reason}"
    for control in api.access_controls:
        yield f"{control} is not enforced locally. Requests that it blocks on AWS pass."
    declared: tuple[Stage | UsagePlan, ...] = (api.stage, *api.usage_plans)
    for resource in declared:
        for problem in describe_unresolved(resource.unresolved):
            yield f"{resource.origin} is not completely resolved: {problem}"
    has_keys = bool(list_usage_plan_keys(api))
    for route in api.routes:
        for problem in route.access.not_enforced_reasons:
            yield f"{route} is open to all clients, as on AWS: {problem}"
        if route.access.api_key_required and not has_keys:
            yield f"{route} rejects all requests: it requires an API key, and no usage plan has one"
    yield from describe_unvalidated_bodies(api)
    yield from list_base_path_messages(api, options.base_path)


def list_exposure_messages(host: str) -> Iterator[str]:
    """Yield a warning if other machines can reach the address that the gateway listens on."""
    if not is_loopback(host):
        yield (
            f"WARNING: other machines can reach the gateway on {host} and run its functions,"
            " which act as you and have no sandbox. Remove --host to serve this machine only."
        )


def list_base_path_messages(api: ApiModel, served: str | None) -> Iterator[str]:
    """Yield a line for each base path of the API except the one that is served.

    If the API does not have the served base path, a message reports it.
    """
    if served and served not in api.base_paths:
        paths = ", ".join(f"/{path}/" for path in api.base_paths) or "none"
        yield (
            f"WARNING: no custom domain name serves the API under /{served}/ on AWS. Its base "
            f"paths: {paths}. Add a base path mapping, or correct --base-path."
        )
    for path in api.base_paths:
        if path != served:
            yield f"base path /{path}/ is not served. Pass --base-path {path} to serve it."


def _build_variable_name(unresolved_property: str) -> str:
    """Return the name of the environment variable whose value is unresolved, else nothing."""
    prefix, _, name = unresolved_property.partition("Environment.Variables.")
    return "" if prefix else name


def _create_row(api: ApiModel, route: Route) -> tuple[str, ...]:
    integration, errors = route.integration, find_route_errors(route, api)
    if errors.deployment:
        return route.method, route.path, "not served", "", "; ".join(errors.deployment)
    if errors.requests:
        return route.method, route.path, "fails: 500", "", "; ".join(errors.requests)
    if integration.unresolved or integration.unknown:
        unknown = describe_unknown(integration.unknown)
        reasons = "; ".join((*unknown, *describe_unresolved(integration.unresolved)))
        return route.method, route.path, "not served", "", reasons
    if integration.function is None:
        return route.method, route.path, integration.type, "", ""
    seconds = (integration.timeout_ms or INTEGRATION_TIMEOUT_DEFAULT_MS) / 1000
    return (
        route.method,
        route.path,
        integration.transfer_mode.value,
        f"{seconds:g} s",
        _get_function_name(api, integration),
    )


def _get_function_name(api: ApiModel, integration: Integration) -> str:
    name = str(api.functions[integration.function or ""].origin)
    return f"{name}:{integration.qualifier}" if integration.qualifier else name


def _build_curl_options(
    api: ApiModel,
    authorizer: Authorizer,
    route: Route,
    user_pools: UserPools,
    issuers: Mapping[str, str],
) -> str:
    """Return the options with which curl passes an authorizer."""
    if authorizer.type is AuthorizerType.IAM:
        key, region = Credentials.from_name(api.id), find_location(api).region
        return f"--aws-sigv4 aws:amz:{region}:execute-api --user {key.access_key}:{key.secret_key} "
    if authorizer.type is AuthorizerType.COGNITO:
        token = user_pools.create_token(
            authorizer.user_pools[0], scopes=route.access.scopes, lifetime_seconds=_TOKEN_SECONDS
        )
        return f"-H '{_extract_header_name(authorizer.identity_sources[0])}: {token}' "
    if authorizer.jwt is not None:
        header, issuer = (
            _extract_header_name(authorizer.identity_sources[0]),
            authorizer.jwt.issuers[0],
        )
        token = f"(a token of {issuer.issuer})"
        if issuer.issuer not in issuers and not is_on_loopback(issuer.issuer):
            token = create_example_token(
                authorizer,
                authorizer.jwt,
                user_pools.signing_keys,
                scopes=route.access.scopes,
                lifetime_seconds=_TOKEN_SECONDS,
            )
        return f"-H '{header}: Bearer {token}' "
    names = filter(None, map(_extract_header_name, authorizer.identity_sources))
    return "".join(f"-H '{name}: ...' " for name in names)


def _build_method_option(route: Route) -> str:
    return "" if route.method in (ANY, "GET") else f"-X {route.method} "


def _extract_header_name(identity_source: str) -> str:
    source, _, name = identity_source.rpartition("header.")
    return name if source else ""


def _build_example_url(url: str, route: Route) -> str:
    """Return a URL of a route, with the query parameters that its authorizer requires."""
    authorizer = route.access.authorizer
    sources = authorizer.identity_sources if authorizer else ()
    parts = [source.rpartition("querystring.") for source in sources]
    names = [name for source, _, name in parts if source]
    query = "?" + "&".join(f"{name}=..." for name in names) if names else ""
    return url.rstrip("/") + re.sub(r"\{(\w+)\+?\}", r"\1", route.path) + query
