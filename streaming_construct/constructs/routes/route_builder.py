"""A route before anything is created: what is to serve it, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.rest_paths import ANY
from streaming_construct.constructs.access.authorizers import AuthorizerInvokeGrants
from streaming_construct.constructs.functions.function_reader import FunctionInfo
from streaming_construct.constructs.integrations.lambda_integrations import LambdaIntegrations
from streaming_construct.model import api as model
from streaming_construct.model.authorization import MethodAuthorization, RequestValidation
from streaming_construct.model.functions import Function
from streaming_construct.model.integrations import Integration
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.openapi.integration_extension import DeclaredIntegration
from streaming_construct.rules.checks.timeouts import timeout_range_ms


@dataclass(frozen=True, kw_only=True)
class RouteBuilder:
    """A route of an API and what is to serve it.

    `declared` is what a document says of its integration; it may name another one than `handler`.
    `authorized` tells whether the document says who may call, too; `access` then does not.
    """

    path: str
    method: str = ANY
    handler: FunctionInfo | None = None
    transfer_mode: TransferMode = TransferMode.STREAM
    timeout_ms: int | None = None
    throttle: Throttle | None = None
    access: MethodAuthorization = field(default_factory=MethodAuthorization)
    authorized: bool = False
    validation: RequestValidation | None = None
    document_integration: DeclaredIntegration = field(default_factory=DeclaredIntegration)

    def to_model(self, api: model.ApiModel) -> model.Route:
        """Return as much of it as the rules look at, before there is a role."""
        integration = Integration(
            type=self.document_integration.type,
            transfer_mode=self.transfer_mode,
            timeout_ms=self._timeout_ms(api.integration_timeout_max_ms),
            function=self.handler.arn if self.handler else None,
        )
        # Whether a key can be had from the document's own authorizer is not known here.
        keyless = replace(self.access, api_key_required=False)
        return self._route(api, integration, keyless if self.authorized else self.access)

    def with_integration(
        self, integrations: LambdaIntegrations, grants: AuthorizerInvokeGrants, api: model.ApiModel
    ) -> model.Route:
        """Return it with the integration and authorizer that API Gateway is told of."""
        integration = self._integration(integrations, api.integration_timeout_max_ms)
        return self._route(api, integration, grants.with_invoke_role(self.access))

    def _route(
        self, api: model.ApiModel, integration: Integration, access: MethodAuthorization
    ) -> model.Route:
        return model.Route(
            method=self.method,
            path=self.path,
            integration=integration,
            origin=api.origin,
            throttle=self.throttle,
            access=access,
            validation=self.validation,
        )

    def _integration(
        self, integrations: LambdaIntegrations, buffered_max_ms: int | None
    ) -> Integration:
        timeout_ms = self._timeout_ms(buffered_max_ms)
        if self.handler is None:
            return self.document_integration.with_defaults(
                self.transfer_mode, timeout_ms, integrations.credentials
            )
        made = integrations.integration(self.handler, self.transfer_mode, timeout_ms)
        return replace(made, raw=self.document_integration.members)

    def _timeout_ms(self, buffered_max_ms: int | None) -> int:
        """Return how long API Gateway is to wait for the answer's end.

        Without a timeout it is the function's own, where that is known and may be that long, else
        the longest there is: API Gateway's own default of 29 seconds would cut most streams.
        """
        if self.timeout_ms is not None:
            return self.timeout_ms
        longest = timeout_range_ms(self.transfer_mode, buffered_max_ms)[1]
        own = self.handler.model.timeout_seconds if self.handler else None
        return longest if own is None else min(round(own * 1000), longest)


def functions_of(routes: Iterable[RouteBuilder]) -> Iterator[FunctionInfo]:
    """Yield every function that is to serve one of `routes`, each once."""
    named = {route.handler.arn: route.handler for route in routes if route.handler}
    yield from named.values()


def checked_api(
    api: model.ApiModel,
    routes: Iterable[RouteBuilder],
    functions: Mapping[str, Function],
) -> model.ApiModel:
    """Return `api` with `routes` for the rules to look at, and `functions` beside theirs."""
    planned = tuple(routes)
    served = {handler.arn: handler.model for handler in functions_of(planned)}
    return replace(
        api,
        routes=tuple(each.to_model(api) for each in planned),
        functions={**functions, **served},
    )
