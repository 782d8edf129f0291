"""`ApiRoutes`: the routes of one `StreamingRestApi`, with their integrations and authorizers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk.aws_apigateway import RequestValidatorOptions
from constructs import Construct, IValidation

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.constructs.access.authorizer import Authorizer
from streaming_construct.constructs.access.authorizers import Authorizers
from streaming_construct.constructs.access.invoke_grants import AuthorizerInvokeGrants
from streaming_construct.constructs.access.request_validator import read_request_validation
from streaming_construct.constructs.access.usage_plan import UsagePlanValidation
from streaming_construct.constructs.cdk.validation import WarningAnnotator, raise_for_errors
from streaming_construct.constructs.functions.api_environment import (
    ApiEnvironmentVariables,
    check_repeated_base_path,
)
from streaming_construct.constructs.functions.function_reader import FunctionInfo, FunctionReader
from streaming_construct.constructs.integrations.lambda_integrations import LambdaIntegrations
from streaming_construct.constructs.rest_api.rest_api_options import RestApiSettings
from streaming_construct.constructs.routes.openapi_options import OpenApiOptions, OpenApiRoutes
from streaming_construct.constructs.routes.route_options import (
    RouteOptions,
    check_path_and_methods,
    normalize_methods,
)
from streaming_construct.constructs.routes.route_reader import RouteReader
from streaming_construct.model.api import Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.model.route_table import RouteTable
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.access.credential_headers import check_cors_access
from streaming_construct.rules.checks.access.request_validators import (
    create_unused_validator_warning,
)
from streaming_construct.rules.checks.paths import check_resource_count
from streaming_construct.rules.registry import check_declaration
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    from aws_cdk.aws_iam import IRole
    from aws_cdk.aws_lambda import IFunction

    # An API without a document does not import the conversion.
    from streaming_construct.openapi import OpenApi

_API = Subject("API")


class ApiRoutes:
    """The routes of an API. Until `start`, it creates no construct and changes no function.

    `handler` serves the routes that name no function. `credentials` is a token for the ARN of the
    role that invokes the functions.
    """

    def __init__(
        self,
        api: Construct,
        settings: RestApiSettings,
        handler: IFunction | None,
        credentials: str,
    ) -> None:
        self._api, self._settings, self._handler = api, settings, handler
        functions = FunctionReader()
        self.environment = ApiEnvironmentVariables(
            settings.cors, settings.endpoint.domain.base_path
        )
        self._integrations = LambdaIntegrations(api, credentials, self.environment)
        self._authorizers = Authorizers(functions, self._integrations, AuthorizerInvokeGrants(api))
        self._reader = RouteReader(
            settings.model,
            functions,
            self._authorizers,
            self._integrations,
            settings.tenant_id,
        )
        self._warnings = WarningAnnotator(api)
        self._has_plan_validation = False
        self.table = RouteTable(())
        self.openapi = OpenApiRoutes()

    @property
    def functions(self) -> dict[str, Function]:
        """The functions that the routes invoke, by their ARN."""
        return self._integrations.functions

    def read(
        self,
        *,
        proxy: bool,
        openapi: OpenApi | OpenApiOptions | None,
        request_validator_options: RequestValidatorOptions | None,
        authorizer: Authorizer | None,
        api_key_required: bool,
    ) -> list[Finding]:
        """Read the routes that the API begins with; return what the rules find in them.

        They are the two proxy routes, or the operations of `openapi`. `authorizer` and
        `api_key_required` are for routes that state none.
        """
        problems = self._authorizers.bind_default(authorizer, api_key_required=api_key_required)
        function = None
        if self._handler is not None or proxy:
            function, unreadable = self._reader.functions.read(self._handler, _API)
            problems += [*unreadable, *self.environment.check(function, _API)]
        self.openapi = self._create_openapi_routes(openapi, request_validator_options)
        routes = self._create_proxy_routes(function) if proxy else self.openapi.routes
        problems += self.openapi.findings
        for other in self._integrations.list_functions(routes).values():
            if other is not function:
                subject = Subject("function", str(other.model.origin))
                problems += self.environment.check(other, subject)
        checked = routes if proxy else self.openapi.list_routes_for_rules()
        problems += check_declaration(self._build_declaration(checked))
        self.table = RouteTable(routes)
        return problems

    def start(self, problems: Iterable[Finding]) -> None:
        """Configure what the routes use, and annotate the API with the warnings in `problems`."""
        self._warnings.add([*problems, *self._use(self.table.sorted())])

    def add(self, path: str, methods: Sequence[str] | None, options: RouteOptions) -> None:
        """Add a route for each of `methods`.

        Raises:
            ValueError: An argument cannot work; the route was not added.
        """
        subject = Subject("route", str(path))
        not_added = "the route was not added"
        handler = self._handler if options.handler is None else options.handler
        function, problems = self._reader.functions.read(handler, subject)
        wrong_types = [
            *options.check_types(subject),
            *check_path_and_methods(path, methods, subject),
        ]
        if wrong_types:  # The other checks need the right types.
            raise_for_errors(self._api, [*problems, *wrong_types], otherwise=not_added)
        options = replace(options, handler=None)
        problems = [
            *problems,
            *self.environment.check(function, subject),
            *self._reader.check(options, subject),
        ]
        routes = [
            self._reader.read_route(method, path, options, function)
            for method in normalize_methods(methods)
        ]
        problems += check_declaration(
            self._build_declaration([*self.table.list_overlapping(routes), *routes])
        )
        raise_for_errors(self._api, problems, otherwise=not_added)

        self.table.add(routes)
        problems += check_resource_count(len(self.table.resources))
        self._warnings.add([*problems, *self._use(routes)])

    def add_mock(self, route: Route) -> None:
        """Add a route that API Gateway serves without a function.

        Raises:
            ValueError: The API has the route; it was not added.
        """
        problems = check_declaration(
            self._build_declaration([*self.table.list_overlapping([route]), route])
        )
        raise_for_errors(self._api, problems, otherwise="the route was not added")
        self.table.add([route])
        self._warnings.add([*problems, *check_resource_count(len(self.table.resources))])

    def list_function_arns(self) -> list[str]:
        """Return the ARN of each function that a route invokes."""
        arns = (route.integration.function for route in self.table.sorted())
        return list(dict.fromkeys(arn for arn in arns if arn))

    def build_cloudformation_values(self, role: IRole) -> dict[str, Any]:
        """Return the CloudFormation values of strings with tokens in the routes, by string.

        `role` is the role that invokes the functions.
        """
        integrations = self._integrations
        return {**integrations.build_uri_values(), integrations.credentials: role.role_arn}

    def _create_proxy_routes(self, function: FunctionInfo | None) -> tuple[Route, ...]:
        paths = ("/", "/{proxy+}")
        return tuple(self._reader.read_route(ANY, path, RouteOptions(), function) for path in paths)

    def _create_openapi_routes(
        self,
        openapi: OpenApi | OpenApiOptions | None,
        validator_options: RequestValidatorOptions | None,
    ) -> OpenApiRoutes:
        validation = read_request_validation(validator_options)
        if openapi is None:
            if validation is None:
                return OpenApiRoutes()
            unused = create_unused_validator_warning(_API, validation.name)
            return OpenApiRoutes(findings=(unused,))
        if not isinstance(openapi, OpenApiOptions):
            openapi = OpenApiOptions(document=openapi)
        if type_errors := tuple(openapi.check_types()):
            return OpenApiRoutes(findings=type_errors)
        # An API without a document does not import the conversion.
        from streaming_construct.constructs.routes.openapi_routes import read_openapi_routes

        return read_openapi_routes(
            self._api,
            openapi,
            self._settings.model,
            self._reader,
            self._handler,
            default_validation=validation,
            cors=self._settings.cors,
        )

    def _build_declaration(self, routes: Iterable[Route]) -> Declaration:
        """Return the API with `routes` and the functions that they invoke, for rules."""
        routes = tuple(routes)
        function_ids = {
            arn: function.model
            for arn, function in self._integrations.list_functions(routes).items()
        }
        functions = {**self._authorizers.functions, **function_ids}
        return Declaration(
            api=replace(self._settings.model, routes=routes, functions=functions),
            minimum_compression_size=self.openapi.document.get(
                "x-amazon-apigateway-minimum-compression-size"
            ),
        )

    def _use(self, routes: Iterable[Route]) -> Iterator[Finding]:
        """Configure what the routes use: functions, authorizers, usage plans; yield warnings."""
        routes = tuple(routes)
        yield from self._integrations.use(routes)
        yield from check_cors_access(routes, self._settings.cors)
        yield from self._authorizers.grant_invoke(routes)
        yield from check_repeated_base_path(routes, self.environment.base_path)
        if not self._has_plan_validation and any(r.access.api_key_required for r in routes):
            self._has_plan_validation = True
            self._api.node.add_validation(UsagePlanValidation(self._api))


@jsii.implements(IValidation)
class RoutesValidation:
    """Fails the synthesis of an API without routes, which may be added until then."""

    def __init__(self, routes: RouteTable) -> None:
        self._routes = routes

    def validate(self) -> list[str]:
        """Return what is wrong with the API as a whole."""
        if len(self._routes):
            return []
        return ["the API has no route: add one with add_route, or remove proxy=False"]
