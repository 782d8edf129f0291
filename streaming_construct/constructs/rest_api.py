"""`StreamingRestApi`: an API Gateway REST API that streams, around any Lambda function."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Duration, RemovalPolicy
from aws_cdk.aws_apigateway import (
    AccessLogFormat,
    ApiDefinition,
    ApiKeySourceType,
    CfnRestApi,
    CfnStage,
    CorsOptions,
    DomainNameOptions,
    EndpointAccessMode,
    EndpointType,
    MethodLoggingLevel,
    RequestValidatorOptions,
    ResponseTransferMode,
    SecurityPolicy,
    SpecRestApi,
    ThrottleSettings,
)
from aws_cdk.aws_iam import Grant, IGrantable, IRole, PolicyDocument
from constructs import Construct, IValidation

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import RESOURCES_PER_API
from streaming_construct.constructs.access.api_keys import ApiKeys
from streaming_construct.constructs.access.authorizer import Authorizer
from streaming_construct.constructs.access.authorizers import (
    AuthorizerInvokeGrants,
    AuthorizerReader,
)
from streaming_construct.constructs.access.grant_execute import grant_execute, grant_findings
from streaming_construct.constructs.access.request_validator import bad_request_body
from streaming_construct.constructs.cdk.default_child import default_child
from streaming_construct.constructs.cdk.durations import duration_token_findings, milliseconds
from streaming_construct.constructs.cdk.lazy import LazyValue
from streaming_construct.constructs.cdk.validation import (
    WarningAnnotator,
    argument_type_findings,
    raise_for_errors,
)
from streaming_construct.constructs.endpoint.custom_domain import CustomDomain
from streaming_construct.constructs.endpoint.endpoint_options import EndpointOptions
from streaming_construct.constructs.endpoint.security_policy import SecurityPolicySettings
from streaming_construct.constructs.endpoint.web_acl import ManagedWebAcl
from streaming_construct.constructs.functions.api_environment import (
    ApiEnvironmentVariables,
    base_path_repeated_findings,
)
from streaming_construct.constructs.functions.cors import cors_findings, to_cors_model
from streaming_construct.constructs.functions.function_reader import FunctionInfo, FunctionReader
from streaming_construct.constructs.integrations.invoke_role import (
    STREAMED,
    invoke_role,
    role_findings,
)
from streaming_construct.constructs.integrations.lambda_integrations import LambdaIntegrations
from streaming_construct.constructs.routes.openapi_options import OpenApiOptions, OpenApiRoutes
from streaming_construct.constructs.routes.route import RouteOptions
from streaming_construct.constructs.routes.route_builder import (
    RouteBuilder,
    checked_api,
    functions_of,
)
from streaming_construct.constructs.routes.route_options import (
    RouteOptionsReader,
    path_and_methods_findings,
    read_methods,
    route_type_errors,
)
from streaming_construct.constructs.stage.access_log import AccessLog
from streaming_construct.constructs.stage.access_log_metrics import StreamMetrics
from streaming_construct.constructs.stage.stage_options import StageConfiguration
from streaming_construct.model import api as model
from streaming_construct.model.cors import gateway_responses, with_preflight
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.model.route_table import RouteTable
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.openapi.rest_api_body.body import body
from streaming_construct.rules.checks.paths import resource_count_findings
from streaming_construct.rules.registry import findings
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    # Importing these costs a third of a synthesis, and they are only named here.
    from aws_cdk.aws_ec2 import IVpcEndpoint
    from aws_cdk.aws_kms import IKey
    from aws_cdk.aws_lambda import IFunction
    from aws_cdk.aws_logs import ILogGroup, RetentionDays
    from aws_cdk.aws_route53 import IHostedZone
    from aws_cdk.interfaces.aws_wafv2 import IWebACLRef

    # And this is imported for whoever gives a document.
    from streaming_construct.openapi import Conversion, OpenApi


class StreamingRestApi(StreamMetrics, ApiKeys, Construct):
    """An API Gateway REST API whose routes stream what their Lambda functions write.

    One `SpecRestApi` with an inline OpenAPI body, a stage, an access log, and one role that may
    invoke exactly the functions of its routes. Routes may be added until the template is
    synthesized; however many there are, the number of resources stays the same.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html

    Attributes:
        rest_api: The REST API.
        stage: The stage that it is deployed to.
        role: The role by which API Gateway invokes the functions.
        access_log_group: Where the access log goes; None when `access_log` is False.
        handler: The function of routes that name none.
        cors_environment: The environment by which a function can answer cross-origin requests as
            the API does (`CORS_ALLOW_ORIGINS`, ...); empty without `cors`. Functions of this
            library that the API integrates get it by themselves.
        conversion: What became of `openapi`, and what was left out of it; None without one.
        url_for_path: The URL of a path, under `domain_name` where there is one.
        arn_for_execute_api: That of `rest_api`.
        metric_count, metric_latency, metric_integration_latency, metric_client_error,
            metric_server_error: Those of `rest_api`. What AWS does not measure, the streams
            themselves, is in the methods of `StreamMetrics`.
    """

    conversion: Conversion | None

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: IFunction | None = None,
        proxy: bool = True,
        openapi: OpenApi | None = None,
        overrides: Mapping[str, RouteOptions] | None = None,
        openapi_transfer_mode: ResponseTransferMode = ResponseTransferMode.STREAM,
        openapi_models: bool = True,
        openapi_max_resources: int = RESOURCES_PER_API,
        rest_api_name: str | None = None,
        description: str | None = None,
        cors: CorsOptions | None = None,
        throttle: ThrottleSettings | None = None,
        authorizer: Authorizer | None = None,
        api_key_required: bool = False,
        api_key_source: ApiKeySourceType = ApiKeySourceType.HEADER,
        request_validation: RequestValidatorOptions | None = None,
        role: IRole | None = None,
        endpoint_type: EndpointType = EndpointType.REGIONAL,
        vpc_endpoints: Sequence[IVpcEndpoint] | None = None,
        policy: PolicyDocument | None = None,
        domain_name: DomainNameOptions | None = None,
        hosted_zone: IHostedZone | None = None,
        disable_execute_api_endpoint: bool | None = None,
        security_policy: SecurityPolicy | None = None,
        endpoint_access_mode: EndpointAccessMode | None = None,
        web_acl: ManagedWebAcl | IWebACLRef | str | None = None,
        binary_media_types: Sequence[str] | None = None,
        buffered_timeout_quota: Duration | None = None,
        stage_name: str = "prod",
        stage_description: str | None = None,
        stage_variables: Mapping[str, str] | None = None,
        tracing: bool = True,
        metrics: bool = True,
        logging_level: MethodLoggingLevel = MethodLoggingLevel.ERROR,
        cloud_watch_role: bool = True,
        access_log: bool = True,
        access_log_format: AccessLogFormat | None = None,
        access_log_group: ILogGroup | None = None,
        access_log_retention: RetentionDays | None = None,
        access_log_removal_policy: RemovalPolicy | None = None,
        access_log_encryption_key: IKey | None = None,
    ) -> None:
        """Create the API.

        Args:
            scope: The construct that this one belongs to.
            construct_id: Its id there, and the API's name unless `rest_api_name` is given.
            handler: The function that serves the API: a `Function` of any runtime, a container
                image, an alias or version, or an imported function.
            proxy: Whether `handler` serves every method of `/` and `/{proxy+}`. Without it, and
                with `openapi`, only routes that are added or in the document are served, and
                `handler` may be left out. Default: it does.
            openapi: A document whose operations become the routes, all of them served by `handler`
                unless something else is said. Default: none.
            overrides: What is said of operations of the document from outside it, by `METHOD /path`
                as the document has it, by `operationId` or by tag; of several that match, the first
                of these to say something counts. Default: nothing.
            openapi_transfer_mode: The transfer mode of operations of which none is said and whose
                responses are no stream of messages (`text/event-stream`, `application/jsonl`, ...).
                Default: streamed, which suits answers in one piece, too.
            openapi_models: Whether bodies keep their models, on which request validation rests.
                Default: they do.
            openapi_max_resources: The account's quota of resources in one API, where AWS has raised
                it. Default: 300.
            rest_api_name: The name of the REST API. Default: the construct's id.
            description: A description of the REST API. Default: none.
            cors: Which pages of other origins may call the API. It drives the preflight of every
                path, the headers of API Gateway's own errors, and `cors_environment`.
                Default: none may.
            throttle: Requests a second, and at once, for each method of each route that has none
                of its own. Default: the account's limits.
            authorizer: Who decides whether a request may pass, on routes that say nothing else;
                not on routes of method OPTIONS, since preflights carry no credentials.
                Default: everybody may pass.
            api_key_required: Whether a request needs the key of a usage plan, on routes that say
                nothing else; not on routes of method OPTIONS. Default: it does not.
            api_key_source: Where the key is: the `X-Api-Key` header, or what a Lambda authorizer
                returns as `usageIdentifierKey`. Default: the header.
            request_validation: What is checked of the requests to operations of `openapi` before
                their function is invoked, where neither the document nor an override says it.
                Default: nothing.
            role: A role that API Gateway can assume. It is granted the same as the one that is
                created otherwise. Default: a role of the API's own.
            endpoint_type: Where the API is reached. An edge-optimized endpoint cuts streams that
                are silent for 30 seconds, the others wait 5 minutes. Default: Regional.
            vpc_endpoints: For a private API: the endpoints it may be reached through, and nothing
                else may unless `policy` says otherwise.
            policy: The API's resource policy: a `ResourcePolicy`, or any document. Default: none,
                or for a private API one that admits its `vpc_endpoints` alone.
            domain_name: A domain name of one's own, with its certificate, base path and mutual TLS.
                It takes TLS 1.2 or newer unless its `security_policy` says otherwise.
                Default: none.
            hosted_zone: The Route 53 zone that gets a record for `domain_name`. Default: none does.
            disable_execute_api_endpoint: Whether the API answers under custom domain names alone.
                Default: it does where `domain_name` asks for mutual TLS.
            security_policy: The TLS versions and ciphers of the API's own endpoint.
                Default: API Gateway's for its type.
            endpoint_access_mode: How strictly requests must come to the API's own endpoint; goes
                with the newer security policies, which need it. Default: none.
            web_acl: What AWS WAF lets pass: `ManagedWebAcl()` for AWS's managed rules, or a web ACL
                of scope REGIONAL or its ARN. Default: everything.
            binary_media_types: Media types of requests that the function gets as base64. Streamed
                answers may be binary without them. Default: none.
            buffered_timeout_quota: The account's quota for the timeout of buffered integrations
                where AWS has raised it. Default: 29 seconds.
            stage_name: The name of the stage. Default: `prod`.
            stage_description: A description of the stage. Default: none.
            stage_variables: Variables of the stage. Default: none.
            tracing: Whether requests are traced with X-Ray. Default: they are.
            metrics: Whether CloudWatch metrics are kept for each method. Default: they are.
            logging_level: What API Gateway writes to the execution log. Default: errors.
            cloud_watch_role: Whether to create the role by which API Gateway writes logs in this
                account and Region. There is one for all APIs, so it is retained when the stack
                goes. Turn it off where another stack has set it. Default: it is created.
            access_log: Whether to write an access log. Default: it is written.
            access_log_format: The line written for a request. Default: JSON with identity, errors,
                latencies, transfer mode, and the times to headers and to first content.
            access_log_group: Where the access log goes. Default: a new log group.
            access_log_retention: How long the new log group keeps its lines. Default: a year.
            access_log_removal_policy: What becomes of the new log group when the stack goes.
                Default: it is retained.
            access_log_encryption_key: A key to encrypt the new log group with. CloudWatch Logs is
                allowed to use it; of an imported key the policy must do so. Default: the key of
                CloudWatch Logs.

        Raises:
            ValueError: Something given cannot work. The message names all of it, with what to do;
                nothing was created.
        """
        super().__init__(scope, construct_id)
        edge = EndpointOptions(
            endpoint_type=endpoint_type,
            vpc_endpoints=vpc_endpoints,
            policy=policy,
            domain=CustomDomain(
                domain_name=domain_name,
                hosted_zone=hosted_zone,
                disable_execute_api_endpoint=disable_execute_api_endpoint,
            ),
            tls=SecurityPolicySettings(security_policy, endpoint_access_mode),
            web_acl=web_acl,
        )
        stage = StageConfiguration(
            name=stage_name,
            description=stage_description,
            variables=stage_variables,
            throttle=throttle,
            tracing=tracing,
            metrics=metrics,
            logging_level=logging_level,
            access_log=AccessLog(
                enabled=access_log,
                format=access_log_format,
                group=access_log_group,
                retention=access_log_retention,
                removal_policy=access_log_removal_policy,
                encryption_key=access_log_encryption_key,
            ),
        )
        document = OpenApiOptions(
            document=openapi,
            overrides=overrides or {},
            transfer_mode=openapi_transfer_mode,
            models=openapi_models,
            max_resources=openapi_max_resources,
            request_validation=request_validation,
        )
        raise_for_errors(
            self,
            [
                *argument_type_findings(
                    Subject("API"),
                    cors=(cors, CorsOptions),
                    api_key_source=(api_key_source, ApiKeySourceType),
                    buffered_timeout_quota=(buffered_timeout_quota, Duration),
                ),
                *document.check_types(),
                *stage.check_types(),
                *edge.check_types(),
                *role_findings(role, Subject("API")),
            ],
            otherwise="nothing was created",
        )
        self._cors = to_cors_model(cors)
        self._environment = ApiEnvironmentVariables(self._cors, edge.domain.base_path)
        buffered_max_ms = milliseconds(buffered_timeout_quota)
        self._model = model.ApiModel(
            id=construct_id,
            name=rest_api_name or construct_id,
            # The full path would cost two round trips to Node.js, and is read where it is shown.
            origin=SourceLocation(construct_path=construct_id),
            routes=(),
            functions={},
            stage=stage.to_model(),
            endpoint_type=edge.endpoint,
            binary_media_types=tuple(binary_media_types or ()),
            integration_timeout_max_ms=buffered_max_ms,
            api_key_source=api_key_source is ApiKeySourceType.AUTHORIZER,
        )
        self._reader = RouteOptionsReader(FunctionReader())
        self._access = AuthorizerReader(self._reader.handlers)
        access_problems = self._access.read_default(authorizer, api_key_required=api_key_required)
        proxy = proxy and openapi is None
        known, handler_problems = None, list[Finding]()
        if handler is not None or proxy:
            known, handler_problems = self._reader.handlers.read(handler, Subject("API"))
        imported = self._openapi_routes(document, handler)
        planned = self._proxy_routes(known) if proxy else imported.routes

        found = [
            *handler_problems,
            *self._environment_findings(known, planned),
            *cors_findings(cors, self._cors, Subject("API")),
            *stage.findings(),
            *edge.findings(self),
            *duration_token_findings(
                buffered_timeout_quota, buffered_max_ms, "buffered_timeout_quota", Subject("API")
            ),
            *access_problems,
            *document.findings(),
            *imported.findings,
            *findings(Declaration(api=self._checked(planned or [self._default_route()]))),
        ]
        raise_for_errors(self, found, otherwise="nothing was created")

        self.handler = handler
        self.conversion, self._document = imported.conversion, imported.document
        self.cors_environment = self._environment.cors_variables
        self.role = invoke_role(
            self,
            role,
            self._integrated_arns,
            role_id="Role",
            description="Lets API Gateway invoke the functions of one streaming REST API",
            actions=STREAMED,
        )
        self._integrations = LambdaIntegrations(self, self.role, self._environment)
        self._grants = AuthorizerInvokeGrants(self, self._access, self._integrations, self._cors)
        self._routes = RouteTable(self._with_integrations(planned))
        self._access_log = stage.access_log
        self.access_log_group = stage.access_log.log_group(self)
        self._body = LazyValue(self._openapi_body)
        self.rest_api = SpecRestApi(
            self,
            "Resource",
            api_definition=ApiDefinition.from_inline(self._body.token()),
            rest_api_name=self._model.name,
            endpoint_configuration=edge.configuration(),
            policy=policy,
            domain_name=domain_name,
            disable_execute_api_endpoint=edge.domain.disables_execute_api,
            binary_media_types=list(self._model.binary_media_types) or None,
            cloud_watch_role=cloud_watch_role,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN if cloud_watch_role else None,
            deploy_options=stage.options(self.access_log_group),
        )
        self.stage = self.rest_api.deployment_stage
        if description is not None:
            # `SpecRestApi` takes a description, and loses it.
            default_child(self.rest_api, CfnRestApi).description = description
        self._stage_settings = stage
        self._method_settings = LazyValue(self._stage_method_settings)
        default_child(self.stage, CfnStage).method_settings = self._method_settings.token()
        self._domain = edge.domain
        edge.apply_overrides(self, self.rest_api)

        # The REST API's own methods, at hand where a user looks for them first.
        self.url_for_path = self._domain.url_for_path if domain_name else self.rest_api.url_for_path
        self.arn_for_execute_api = self.rest_api.arn_for_execute_api
        self.metric_client_error = self.rest_api.metric_client_error
        self.metric_count = self.rest_api.metric_count
        self.metric_integration_latency = self.rest_api.metric_integration_latency
        self.metric_latency = self.rest_api.metric_latency
        self.metric_server_error = self.rest_api.metric_server_error

        self._warnings = WarningAnnotator(self)
        self._warnings.add([*found, *self._put_in_use(planned, self._routes.sorted())])
        if not proxy:
            self.node.add_validation(RoutesValidation(self._routes))

    @property
    def url(self) -> str:
        """The URL of `domain_name`, else of the stage, with a slash at the end."""
        return self._domain.url or self.rest_api.url

    @property
    def routes(self) -> tuple[model.Route, ...]:
        """The routes that are there by now, by path and method; preflights are not among them."""
        return self._routes.sorted()

    def add_route(
        self,
        path: str,
        *,
        methods: Sequence[str] | None = None,
        handler: IFunction | None = None,
        transfer_mode: ResponseTransferMode = ResponseTransferMode.STREAM,
        timeout: Duration | None = None,
        throttle: ThrottleSettings | None = None,
        authorizer: Authorizer | None = None,
        api_key_required: bool | None = None,
    ) -> None:
        """Serve `path`; a route of the API's own handler with its path and method gives way.

        Args:
            path: The resource's path: `/jobs/{id}`, or `/files/{path+}` for all below `/files`.
            methods: HTTP methods. Default: any.
            handler: The function to invoke. Default: the API's own.
            transfer_mode: Whether API Gateway hands the answer on as it comes, or as a whole. A
                function that streams answers nothing on a buffered route, and a function that
                does not stream fails on a streamed one. Default: as it comes.
            timeout: How long API Gateway waits for the answer's end: 50 ms to 15 minutes, or to
                29 seconds when buffered. Default: the function's own timeout where it is known,
                else the longest there is.
            throttle: Requests a second, and at once, for each method of this route.
                Default: those of the stage.
            authorizer: Who decides whether a request may pass; `Authorizer.none()` for nobody.
                Default: as for the API.
            api_key_required: Whether a request needs the key of a usage plan.
                Default: as for the API.

        Raises:
            ValueError: Something given cannot work. The message names all of it, with what to do;
                the route was not added.
        """
        subject = Subject("route", str(path))
        route = RouteOptions(
            transfer_mode=transfer_mode,
            timeout=timeout,
            throttle=throttle,
            authorizer=authorizer,
            api_key_required=api_key_required,
        )
        raise_for_errors(
            self, route_type_errors(route, subject), otherwise="the route was not added"
        )
        known, handler_problems = self._reader.handlers.read(handler or self.handler, subject)
        said, problems = self._reader.read(route, subject)
        access_problems = self._access.read(authorizer, subject)
        planned = [
            RouteBuilder(
                path=str(path),
                method=method,
                handler=known,
                transfer_mode=TransferMode(transfer_mode.value),
                timeout_ms=said.timeout_ms,
                throttle=said.throttle,
                access=self._access.method_authorization(
                    method, authorizer, api_key_required=api_key_required
                ),
            )
            for method in read_methods(methods)
        ]
        checked = self._checked(planned)
        neighbours = self._routes.overlapping(checked.routes)
        found = [
            *handler_problems,
            *self._environment.findings(known, subject),
            *path_and_methods_findings(path, methods, subject),
            *problems,
            *access_problems,
            *findings(Declaration(api=replace(checked, routes=(*neighbours, *checked.routes)))),
        ]
        raise_for_errors(self, found, otherwise="the route was not added")

        routes = self._with_integrations(planned)
        self._routes.add(routes)
        found += resource_count_findings(len(self._routes.resources))
        self._warnings.add([*found, *self._put_in_use(planned, routes)])
        self._invalidate_lazy_values()

    def grant_execute(
        self,
        grantee: IGrantable,
        *,
        methods: Sequence[str] | None = None,
        path: str | None = None,
    ) -> Grant:
        """Let a principal call routes whose authorizer is `Authorizer.iam()`.

        On other routes it opens nothing and closes nothing.

        Args:
            grantee: A role, a user, a function, ...
            methods: HTTP methods. Default: any.
            path: A path as routes have it, in which `{id}` and `{rest+}` stand for anything, or a
                single one (`/jobs/7`). Default: all of the stage.

        Raises:
            ValueError: The methods or the path are none. Nothing was granted.
        """
        raise_for_errors(self, grant_findings(methods, path), otherwise="nothing was granted")
        return grant_execute(grantee, self.rest_api, self._model.stage.name, methods, path)

    def _proxy_routes(self, handler: FunctionInfo | None) -> list[RouteBuilder]:
        return [
            RouteBuilder(path=path, handler=handler, access=self._access.default)
            for path in ("/", "/{proxy+}")
        ]

    def _default_route(self) -> RouteBuilder:
        """Return what a route is of which nothing is said, for an API that has none yet."""
        mode = TransferMode.BUFFERED
        access = replace(self._access.default, api_key_required=False)
        return RouteBuilder(path="/", transfer_mode=mode, access=access)

    def _openapi_routes(self, document: OpenApiOptions, handler: IFunction | None) -> OpenApiRoutes:
        if not document.is_configured:
            return OpenApiRoutes()
        # Who gives no document is spared the import.
        from streaming_construct.constructs.routes.openapi_routes import read_openapi_routes

        return read_openapi_routes(
            self, document, self._model, self._reader, handler, self._access, cors=self._cors
        )

    def _environment_findings(
        self, handler: FunctionInfo | None, planned: Iterable[RouteBuilder]
    ) -> Iterator[Finding]:
        """Yield what functions were told for another API: the API's own, and those of routes."""
        yield from self._environment.findings(handler, Subject("API"))
        for each in functions_of(planned):
            if each is not handler:
                yield from self._environment.findings(
                    each, Subject("function", str(each.model.origin))
                )

    def _checked(self, planned: Iterable[RouteBuilder]) -> model.ApiModel:
        return checked_api(self._model, planned, self._access.functions())

    def _with_integrations(self, planned: Iterable[RouteBuilder]) -> list[model.Route]:
        return [
            each.with_integration(self._integrations, self._grants, self._model) for each in planned
        ]

    def _put_in_use(
        self, planned: Iterable[RouteBuilder], routes: Collection[model.Route]
    ) -> Iterator[Finding]:
        """Tell the functions of `planned` what they must know; yield what to warn of."""
        yield from self._integrations.register(functions_of(planned))
        yield from self._grants.register(routes)
        yield from base_path_repeated_findings(routes, self._domain.base_path)

    def _invalidate_lazy_values(self) -> None:
        """Let a route count that is added after the template was looked at, in a test say."""
        if self._body.is_resolved:
            default_child(self.rest_api, CfnRestApi).body = self._body.invalidate()
        if self._method_settings.is_resolved:
            settings = self._method_settings.invalidate()
            default_child(self.stage, CfnStage).method_settings = settings

    def _complete_model(self) -> model.ApiModel:
        return replace(
            self._model,
            routes=self._routes.sorted(),
            functions=self._integrations.functions,
            gateway_responses=self._gateway_responses(),
        )

    def _gateway_responses(self) -> dict[str, TemplatedResponse]:
        answers = dict(gateway_responses(self._cors)) if self._cors else {}
        if any(route.validation and route.validation.body for route in self._routes.sorted()):
            headers = answers["DEFAULT_4XX"].headers if answers else {}
            answers["BAD_REQUEST_BODY"] = bad_request_body(headers)
        return answers

    def _integrated_arns(self) -> list[str]:
        named = (route.integration.function for route in self._routes.sorted())
        return list(dict.fromkeys(arn for arn in named if arn))

    def _openapi_body(self) -> dict[str, Any]:
        api = self._complete_model()
        if self._cors is not None:
            api = with_preflight(api, self._cors)
        return body(api, self._document)

    def _stage_method_settings(self) -> list[dict[str, Any]]:
        return self._stage_settings.method_settings(
            self._routes.sorted(), preflight=self._cors is not None
        )


@jsii.implements(IValidation)
class RoutesValidation:
    """Fails the synthesis of an API that serves nothing: routes may be added until then."""

    def __init__(self, routes: RouteTable) -> None:
        self._routes = routes

    def validate(self) -> list[str]:
        """Return what is wrong with the API as a whole."""
        if len(self._routes):
            return []
        return ["the API has no route: add one with add_route, or leave proxy=False out"]
