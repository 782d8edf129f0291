"""`RouteReader`: turns `RouteOptions` into routes of the model."""

from __future__ import annotations

from dataclasses import replace

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.constructs.access.authorizers import Authorizers
from streaming_construct.constructs.access.request_validator import read_request_validation
from streaming_construct.constructs.access.tenant_id import TenantId
from streaming_construct.constructs.access.throttle import (
    check_throttle_tokens,
    to_throttle_model,
)
from streaming_construct.constructs.cdk.durations import Durations, check_duration_token
from streaming_construct.constructs.functions.function_reader import FunctionInfo, FunctionReader
from streaming_construct.constructs.integrations.lambda_integrations import LambdaIntegrations
from streaming_construct.constructs.routes.route_options import RouteOptions
from streaming_construct.model import api as model
from streaming_construct.model.authorization import MethodAuthorization
from streaming_construct.model.integrations import Integration
from streaming_construct.model.subject import Subject
from streaming_construct.openapi.integration_extension import DeclaredIntegration
from streaming_construct.rules.checks.timeouts import get_timeout_range_ms
from streaming_construct.rules.rule import Finding

_UNDECLARED = DeclaredIntegration()


class RouteReader:
    """Reads the routes of one API. It creates no construct.

    Functions, authorizers and durations are read once: each is a round trip to Node.js.
    """

    def __init__(
        self,
        api: model.ApiModel,
        functions: FunctionReader,
        authorizers: Authorizers,
        integrations: LambdaIntegrations,
        tenant_id: TenantId | None = None,
    ) -> None:
        self.functions, self.authorizers = functions, authorizers
        self._api = api
        self._integrations = integrations
        self._tenant_id = tenant_id
        self._durations = Durations()

    def check(self, options: RouteOptions, subject: Subject) -> list[Finding]:
        """Return what is wrong with options whose types are right; bind their authorizer."""
        problems = list[Finding]()
        if options.handler is not None:
            _, problems = self.functions.read(options.handler, subject)
        return [
            *problems,
            *check_throttle_tokens(options.throttle, subject),
            *check_duration_token(
                options.timeout, self.read_timeout_ms(options), "timeout", subject
            ),
            *self.authorizers.bind(options.authorizer, subject),
        ]

    def read_timeout_ms(self, options: RouteOptions) -> int | None:
        """Return the timeout in milliseconds; None without one, or for a token."""
        return self._durations.convert_to_milliseconds(options.timeout)

    def read_route(
        self,
        method: str,
        path: str,
        options: RouteOptions,
        function: FunctionInfo | None,
        *,
        access: MethodAuthorization | None = None,
        declared: DeclaredIntegration = _UNDECLARED,
    ) -> model.Route:
        """Return the route of one method; `function` serves it if `options` name none.

        Args:
            method: The method in upper case.
            path: The path of the resource.
            options: How the route is served. Its handler and authorizer were checked.
            function: The default function; None if `declared` has an own target.
            access: The authorization. Default: as `options` and the API define it.
            declared: The integration that an OpenAPI document declares.
        """
        mode = options.response_transfer_mode
        integration = self._create_integration(
            options, function, TransferMode(mode.value) if mode else TransferMode.STREAM, declared
        )
        if access is None:
            access = self.authorizers.read_method_authorization(
                method, options.authorizer, api_key_required=options.api_key_required
            )
        return model.Route(
            method=method,
            path=path,
            integration=integration,
            origin=self._api.origin,
            throttle=to_throttle_model(options.throttle),
            access=access,
            validation=read_request_validation(options.request_validator_options),
        )

    def _create_integration(
        self,
        options: RouteOptions,
        function: FunctionInfo | None,
        mode: TransferMode,
        declared: DeclaredIntegration,
    ) -> Integration:
        if options.handler is not None:
            function, _ = self.functions.read(options.handler, Subject("handler"))
        timeout_ms = self.read_timeout_ms(options)
        if timeout_ms is None:
            timeout_ms = declared.timeout_ms
        if timeout_ms is None:
            timeout_ms = self._find_default_timeout_ms(function, mode)
        if function is None:
            return declared.add_declared_members(
                declared.to_integration(mode, timeout_ms, self._integrations.credentials)
            )
        bound = replace(
            self._integrations.bind(function, mode, timeout_ms),
            tenant_id=self._read_tenant_id_expression(options, function),
        )
        if not declared.members:
            return bound
        return declared.add_declared_members(replace(bound, raw=declared.members))

    def _read_tenant_id_expression(
        self, options: RouteOptions, function: FunctionInfo
    ) -> str | None:
        """Return what the route states, else the API, which states it for isolated functions."""
        tenant_id = options.tenant_id
        if tenant_id is None and function.model.is_tenant_isolated is not False:
            tenant_id = self._tenant_id
        return tenant_id.expression if tenant_id else None

    def _find_default_timeout_ms(self, function: FunctionInfo | None, mode: TransferMode) -> int:
        """Return the function's own timeout where it is known and allowed, else the longest.

        API Gateway's default of 29 seconds would cut off most streams.
        """
        longest = get_timeout_range_ms(mode, self._api.integration_timeout_max_ms)[1]
        timeout_seconds = function.model.timeout_seconds if function else None
        return longest if timeout_seconds is None else min(round(timeout_seconds * 1000), longest)
