"""CDK's `SpecRestApi` for a `StreamingRestApi`: its body and stage follow the routes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk.aws_apigateway import ApiDefinition, CfnRestApi, CfnStage, SpecRestApi
from aws_cdk.aws_iam import IRole
from constructs import Construct

from streaming_construct.constructs.access.request_validator import create_bad_request_body_response
from streaming_construct.constructs.cdk.cloudformation_values import replace_strings
from streaming_construct.constructs.cdk.default_child import get_default_child
from streaming_construct.constructs.cdk.lazy import LazyProperty
from streaming_construct.constructs.endpoint.gateway_responses import GatewayResponses
from streaming_construct.constructs.rest_api.api_routes import ApiRoutes
from streaming_construct.constructs.rest_api.rest_api_options import RestApiSettings
from streaming_construct.constructs.rest_api.shared_operations import share_operations
from streaming_construct.constructs.stage.access_log import AccessLog
from streaming_construct.model.cors import add_preflights, create_gateway_responses
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.openapi.rest_api_body.body import GATEWAY_RESPONSES, build_body


def create_spec_rest_api(
    scope: Construct,
    settings: RestApiSettings,
    routes: ApiRoutes,
    gateway_responses: GatewayResponses,
    access_log: AccessLog | None,
    role: IRole,
) -> SpecRestApi:
    """Create the REST API and its stage.

    Routes that are added later change both, and gateway responses the REST API.
    `role` invokes the functions.
    """
    content = LazyProperty(lambda: _build_openapi_body(settings, routes, gateway_responses, role))
    endpoint = settings.endpoint
    rest_api = SpecRestApi(
        scope,
        "Resource",
        api_definition=ApiDefinition.from_inline(content.create_token()),
        rest_api_name=settings.model.name,
        endpoint_configuration=endpoint.configuration,
        policy=endpoint.policy,
        domain_name=endpoint.domain.domain_name,
        disable_execute_api_endpoint=endpoint.domain.disables_execute_api,
        binary_media_types=list(settings.model.binary_media_types) or None,
        cloud_watch_role=settings.cloud_watch_role,
        cloud_watch_role_removal_policy=RemovalPolicy.RETAIN if settings.cloud_watch_role else None,
        deploy_options=settings.stage.create_deploy_options(access_log),
    )
    stage = get_default_child(rest_api.deployment_stage, CfnStage)
    if settings.description is not None:
        # `SpecRestApi` has the argument and does not apply it.
        get_default_child(rest_api, CfnRestApi).description = settings.description
    method_settings = LazyProperty(lambda: _build_method_settings(settings, routes))
    stage.method_settings = method_settings.create_token()
    content.attach(lambda: get_default_child(rest_api, CfnRestApi), "body")
    method_settings.attach(lambda: stage, "method_settings")
    routes.table.on_change(content.invalidate)
    gateway_responses.on_change(content.invalidate)
    routes.table.on_change(method_settings.invalidate)
    endpoint.apply_overrides(scope, rest_api)
    return rest_api


def _build_openapi_body(
    settings: RestApiSettings,
    routes: ApiRoutes,
    gateway_responses: GatewayResponses,
    role: IRole,
) -> dict[str, Any]:
    api = replace(
        settings.model,
        routes=routes.table.sorted(),
        functions=routes.functions,
        gateway_responses=_build_gateway_responses(settings, routes, gateway_responses),
    )
    if settings.cors is not None:
        api = add_preflights(api, settings.cors)
    body = build_body(api, routes.openapi.document)
    return share_operations(replace_strings(body, routes.build_cloudformation_values(role)))


def _build_gateway_responses(
    settings: RestApiSettings, routes: ApiRoutes, customized: GatewayResponses
) -> dict[str, TemplatedResponse]:
    """Return the gateway responses: those of CORS and of validation, and the customized ones."""
    responses = dict(create_gateway_responses(settings.cors)) if settings.cors else {}
    headers = responses["DEFAULT_4XX"].headers if responses else {}
    declared = routes.openapi.document.get(GATEWAY_RESPONSES, {})
    has_validation = any(
        route.validation and route.validation.has_body_validation for route in routes.table.sorted()
    )
    if has_validation and "BAD_REQUEST_BODY" not in declared:
        responses["BAD_REQUEST_BODY"] = create_bad_request_body_response(headers)
    return customized.merge(responses, headers)


def _build_method_settings(settings: RestApiSettings, routes: ApiRoutes) -> list[dict[str, Any]]:
    return settings.stage.build_method_settings(
        routes.table.sorted(), preflight=settings.cors is not None
    )
