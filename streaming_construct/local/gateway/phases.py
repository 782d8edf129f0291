"""The phases of API Gateway for a request, in order: `PHASES`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from streaming_construct.aws.limits import METHOD_ARN_MAX_BYTES
from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.arns import build_method_arn
from streaming_construct.local.gateway.authorizers.api_keys import ApiKeys
from streaming_construct.local.gateway.authorizers.authorization import (
    RequestAuthorizer,
    create_authorizers,
)
from streaming_construct.local.gateway.authorizers.resource_policy import ResourcePolicyEvaluator
from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.client_checks.host_check import is_own_host
from streaming_construct.local.gateway.client_checks.origin_check import is_foreign_page
from streaming_construct.local.gateway.context import RequestContext
from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.integrations.lambda_proxy import LambdaIntegration
from streaming_construct.local.gateway.integrations.mock import (
    MockError,
    create_mock_response,
    has_templates,
)
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.limits.throttling import Throttles
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.parameter_mapping import get_mapped_value
from streaming_construct.local.gateway.proxy_event import (
    add_body,
    build_proxy_event,
    build_request_context,
    encode_event,
)
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.request_validation import RequestValidator
from streaming_construct.local.gateway.response import Response
from streaming_construct.local.gateway.route_errors import RouteErrors, list_route_errors
from streaming_construct.local.gateway.router import Match, Router
from streaming_construct.local.gateway.workers.worker_pool import (
    LARGE_BYTES,
    WorkerPool,
    WorkTimeoutError,
)
from streaming_construct.local.http.headers import get_header
from streaming_construct.local.lambda_.invocation import Event, Functions
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.authorization import Authorizer
from streaming_construct.model.unknown_element import describe_unknown
from streaming_construct.model.unresolved import describe_unresolved

# A preflight that allows it allows any origin (RFC 6761 reserves the name).
_UNKNOWN_ORIGIN: Final = "https://origin.invalid"
_NO_ERRORS: Final = RouteErrors()
# More than the parts of an event that are not the request's, such as the stage variables.
_EVENT_CONSTANTS_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ServedApi:
    """One version of an API with the state that its requests share.

    `unavailable` has the reason for each function that cannot run on this machine, by its id.
    `route_errors` has what does not work on AWS either, by method and path.
    """

    model: ApiModel
    options: GatewayOptions
    limits: GatewayLimits
    host: str
    router: Router
    unavailable: Mapping[str, str]
    route_errors: Mapping[tuple[str, str], RouteErrors]
    resource_policy: ResourcePolicyEvaluator
    authorizers: Mapping[Authorizer, RequestAuthorizer]
    api_keys: ApiKeys
    throttles: Throttles
    validator: RequestValidator
    lambda_integration: LambdaIntegration
    workers: WorkerPool
    _method_phases: dict[tuple[str, str], tuple[Phase, ...]] = field(default_factory=dict)

    @staticmethod
    def load(
        model: ApiModel,
        functions: Functions,
        user_pools: UserPools,
        workers: WorkerPool,
        *,
        host: str,
        options: GatewayOptions,
        limits: GatewayLimits | None = None,
    ) -> ServedApi:
        """Prepare an API to be served.

        Args:
            model: The API.
            functions: The functions of its integrations and authorizers.
            user_pools: The user pools that sign tokens for its authorizers.
            workers: The processes for work that a request can make slow.
            host: The address that the gateway listens on.
            options: The options of the gateway.
            limits: Sizes and times. Default: those of the endpoint type, as the options scale them.
        """
        limits = limits or GatewayLimits.from_options(model.endpoint_type, options)
        return ServedApi(
            model=model,
            options=options,
            limits=limits,
            host=host,
            router=Router(model.routes),
            unavailable={
                name: f"{model.functions[name].origin}: {reason}"
                for name, reason in functions.list_unavailable().items()
                if name in model.functions
            },
            route_errors=list_route_errors(model),
            resource_policy=ResourcePolicyEvaluator(model, options.source_ip),
            authorizers=create_authorizers(
                model, functions, limits, user_pools, workers, options.issuers
            ),
            api_keys=ApiKeys(model),
            throttles=Throttles(model.stage.throttle),
            validator=RequestValidator(model, workers),
            lambda_integration=LambdaIntegration(
                functions, model.binary_media_types, limits, options, workers
            ),
            workers=workers,
        )

    def get_route_errors(self, route: Route) -> RouteErrors:
        """Return what does not work on AWS about a route."""
        return self.route_errors.get((route.method, route.path), _NO_ERRORS)

    def list_method_phases(self, route: Route) -> tuple[Phase, ...]:
        """Return those of `METHOD_PHASES` that have something to do for a route."""
        key = (route.method, route.path)
        phases = self._method_phases.get(key)
        if phases is None:
            idle = set(self._list_idle_phases(route))
            phases = tuple(phase for phase in METHOD_PHASES if phase not in idle)
            self._method_phases[key] = phases
        return phases

    def _list_idle_phases(self, route: Route) -> Iterator[Phase]:
        """Yield the phases that let every request for a route pass."""
        if not self.find_availability_problems(route):
            yield check_availability
        if not self.resource_policy.is_enforced:
            yield evaluate_resource_policy
        if route.access.authorizer is None:
            yield authorize
        if not route.access.api_key_required:
            yield check_api_key
        if route.validation is None:
            yield validate_request

    def find_availability_problems(self, route: Route) -> tuple[str, ...]:
        """Return why a route does not work on this machine, or why AWS would not deploy it."""
        integration, errors = route.integration, self.get_route_errors(route)
        if errors.requests and not errors.deployment:
            return ()  # As on AWS, the request fails at the integration.
        unresolved = tuple(describe_unresolved(integration.unresolved))
        unknown = tuple(describe_unknown(integration.unknown))
        unavailable = self.unavailable.get(integration.function or "")
        problems = errors.deployment or (*unknown, *unresolved)
        return problems or ((unavailable,) if unavailable else ())

    def build_context_variables(self, context: RequestContext) -> dict[str, Any]:
        """Return the `$context` variables of a request."""
        route = context.match.route if context.match else None
        return build_request_context(self.model, route, context.request, context.authorizer_result)


async def check_host(api: ServedApi, context: RequestContext) -> None:
    """Reject requests to other hosts: 403. API Gateway finds the API by the host name."""
    host = context.request.host
    if not is_own_host(host, api.host, api.options.hosts):
        reason = f"the gateway does not serve host {host!r}. Pass --allow-host to add it."
        raise GatewayResponseError(gateway_responses.FORBIDDEN, reason)


async def check_origin(api: ServedApi, context: RequestContext) -> None:
    """Reject requests of other sites' pages: 403. API Gateway serves them; this machine is private.

    Origins that the preflight response of the resource names may send requests, as on AWS.
    """
    if not is_foreign_page(context.request, api.options.allowed_origins):
        return
    origin = context.request.get_header("origin")
    if origin is None or not await _is_named_by_preflight(api, context.request, origin):
        reason = (
            f"a web page of another site sent the request (origin {origin or 'not sent'})."
            " Pass --allow-origin ORIGIN to serve it."
        )
        raise GatewayResponseError(gateway_responses.FORBIDDEN, reason)


async def _is_named_by_preflight(api: ServedApi, request: GatewayRequest, origin: str) -> bool:
    """Return whether the mock preflight of the resource allows this origin, but not any other."""
    match = api.router.match("OPTIONS", request.path) if request.path else None
    if match is None or match.route.integration.type != "mock":
        return False

    async def is_allowed(candidate: str) -> bool:
        others = [pair for pair in request.headers if pair[0].lower() != "origin"]
        preflight = replace(request, method="OPTIONS", headers=(*others, ("Origin", candidate)))
        try:
            variables = build_request_context(api.model, match.route, preflight)
            response = await _evaluate_mock(api, match, preflight, variables)
        except (MockError, WorkTimeoutError):
            return False
        return get_header(response.headers, "access-control-allow-origin") == candidate

    return await is_allowed(origin) and not await is_allowed(_UNKNOWN_ORIGIN)


async def check_stage(api: ServedApi, context: RequestContext) -> None:
    """Reject paths outside the stage or the base path: 403."""
    if not context.request.path:
        prefix = api.options.base_path or api.model.stage.name
        reason = f"the paths of the API start with /{prefix}/"
        raise GatewayResponseError(gateway_responses.FORBIDDEN, reason)


async def check_headers_size(api: ServedApi, context: RequestContext) -> None:
    """Reject too many bytes of headers: 431."""
    size, limit = context.request.headers_bytes, api.limits.request_headers_bytes
    if size > limit:
        reason = f"the headers have {size} bytes, more than {limit}"
        raise GatewayResponseError(gateway_responses.HEADERS_TOO_LARGE, reason)


async def match_route(api: ServedApi, context: RequestContext) -> None:
    """Find the method of the resource: 403 if there is none."""
    match = api.router.match(context.request.method, context.request.path)
    if match is None:
        reason = "the API has no such route"
        raise GatewayResponseError(gateway_responses.MISSING_AUTHENTICATION_TOKEN, reason)
    context.match, context.route = match, match.route


async def check_availability(api: ServedApi, context: RequestContext) -> None:
    """Reject routes that do not work on this machine, or that AWS would not deploy: 501."""
    if problems := api.find_availability_problems(context.route):
        reason = f"{context.route} is not served locally: {'; '.join(problems)}"
        raise GatewayResponseError(gateway_responses.create_not_served_response(reason))


async def evaluate_resource_policy(api: ServedApi, context: RequestContext) -> None:
    """Reject requests that the resource policy does not allow: 403."""
    api.resource_policy.evaluate(context.request, context.route.access.authorizer)


async def authorize(api: ServedApi, context: RequestContext) -> None:
    """Let the authorizer of the method decide: 401, 403, or 500 if it fails."""
    authorizer = context.route.access.authorizer
    if authorizer is None:
        return
    arn = build_method_arn(api.model, context.request.method, context.request.path)
    if len(arn) > METHOD_ARN_MAX_BYTES:
        reason = f"the ARN of the method has {len(arn)} bytes"
        raise GatewayResponseError(gateway_responses.URI_TOO_LONG, reason)
    context.authorizer_result = await api.authorizers[authorizer].authorize(context)
    if denial := context.authorizer_result.denial:
        raise denial


async def check_api_key(api: ServedApi, context: RequestContext) -> None:
    """Check the API key and its usage plan: 403, or 429."""
    if context.route.access.api_key_required:
        usage = api.api_keys.find(context.request, context.authorizer_result)
        context.authorizer_result = usage.identify(context.authorizer_result)
        usage.acquire(context.route, context.request.method)


async def throttle(api: ServedApi, context: RequestContext) -> None:
    """Enforce the throttle of the stage or the method: 429."""
    if not api.throttles.try_acquire(context.route, context.request.method):
        raise GatewayResponseError(gateway_responses.THROTTLED)


async def read_body(_: ServedApi, context: RequestContext) -> None:
    """Read the body, if no phase before has done so: 413, or 408."""
    await context.read_body()


async def validate_request(api: ServedApi, context: RequestContext) -> None:
    """Validate parameters and body: 400."""
    if validation := context.route.validation:
        await api.validator.check(validation, context.request, await context.read_body())


async def invoke_integration(api: ServedApi, context: RequestContext) -> Response | None:
    """Invoke the integration of the method; a STREAM integration sends its response itself.

    The integration and the method response are part of this phase: a proxy integration passes its
    response on as it is.
    """
    integration = context.route.integration
    if reasons := api.get_route_errors(context.route).requests:
        raise GatewayResponseError(gateway_responses.API_CONFIGURATION_ERROR, "; ".join(reasons))
    if integration.type == "mock":
        return await _invoke_mock(api, context)
    event = build_proxy_event(
        api.model, context.required_match, context.request, context.authorizer_result
    )
    body, types = await context.read_body(), api.model.binary_media_types
    payload: Event
    if _is_surely_small(api, context, body):
        payload = add_body(event, body, types)
    elif len(body) < LARGE_BYTES:
        payload = encode_event(event, body, types)
    else:
        payload = await api.workers.run(encode_event, event, body, types)
    return await api.lambda_integration.invoke(
        context, integration, payload, tenant_id=_read_tenant_id(api, context)
    )


def _is_surely_small(api: ServedApi, context: RequestContext, body: bytes) -> bool:
    """Return whether an event cannot exceed Lambda's limit, so that its JSON need not be counted.

    JSON has at most six bytes for one byte of the request. Each part of the request is in the event
    at most four times, as the Host header is.
    """
    request = context.request
    size = request.headers_bytes + len(request.full_path) + len(request.query) + len(body)
    is_bounded = context.authorizer_result.authorizer is None
    return is_bounded and 6 * 4 * size + _EVENT_CONSTANTS_BYTES <= api.limits.payload_bytes


def _read_tenant_id(api: ServedApi, context: RequestContext) -> str:
    """Return the value of the mapping that passes the tenant's id to Lambda; empty without one."""
    expression = context.route.integration.tenant_id
    if not expression:
        return ""
    source, _, name = expression.rpartition(".")
    if source == "method.request.path":
        return context.required_match.path_parameters.get(name, "")
    variables, stage_variables = api.build_context_variables(context), api.model.stage.variables
    return get_mapped_value(expression, context.request, variables, stage_variables) or ""


async def _invoke_mock(api: ServedApi, context: RequestContext) -> Response:
    try:
        return await _evaluate_mock(
            api, context.required_match, context.request, api.build_context_variables(context)
        )
    except (MockError, WorkTimeoutError) as error:
        raise GatewayResponseError(
            gateway_responses.API_CONFIGURATION_ERROR, f"mock integration: {error}"
        ) from error


async def _evaluate_mock(
    api: ServedApi, match: Match, request: GatewayRequest, variables: Mapping[str, Any]
) -> Response:
    """Evaluate a mock integration; its templates may loop, which belongs in a worker."""
    integration = match.route.integration
    arguments = (
        integration, request, variables, match.path_parameters, api.model.stage.variables
    )  # fmt: skip
    if has_templates(integration):
        return await api.workers.run(create_mock_response, *arguments)
    return create_mock_response(*arguments)


Phase = Callable[[ServedApi, RequestContext], Awaitable[Response | None]]
"""Handles one aspect of a request.

A phase returns the response that ends the request, or None to continue with the next phase. It
raises `GatewayResponseError` to end the request with a gateway response.
"""

PHASES: Final[tuple[Phase, ...]] = (
    # The request reaches a method of the API.
    check_host,
    check_origin,
    check_stage,
    check_headers_size,
    match_route,
    check_availability,
    # Method request: the client may call the method.
    evaluate_resource_policy,
    authorize,
    check_api_key,
    throttle,
    # Method request: the content is valid.
    read_body,
    validate_request,
    # Integration request, integration response and method response.
    invoke_integration,
)

_ENDPOINT_PHASES_COUNT: Final = PHASES.index(match_route) + 1
ENDPOINT_PHASES: Final = PHASES[:_ENDPOINT_PHASES_COUNT]
"""The phases up to the match of a route. Each of them runs for each request."""
METHOD_PHASES: Final = PHASES[_ENDPOINT_PHASES_COUNT:]
"""The phases of the method. A request skips those without effect on its route."""
