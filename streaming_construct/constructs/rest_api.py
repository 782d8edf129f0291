"""`StreamingRestApi`: an API Gateway REST API that streams, around any Lambda function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import jsii
from aws_cdk import Duration, RemovalPolicy, SecretValue, Token
from aws_cdk.aws_apigateway import (
    AccessLogFormat,
    ApiDefinition,
    ApiKey,
    ApiKeySourceType,
    CfnRestApi,
    CfnStage,
    CorsOptions,
    DomainNameOptions,
    EndpointAccessMode,
    EndpointConfiguration,
    EndpointType,
    IApiKey,
    LogGroupLogDestination,
    MethodLoggingLevel,
    QuotaSettings,
    RequestValidatorOptions,
    ResponseTransferMode,
    SecurityPolicy,
    SpecRestApi,
    StageOptions,
    ThrottleSettings,
    UsagePlan,
)
from aws_cdk.aws_iam import Grant, IGrantable, IRole, PolicyDocument
from constructs import Construct, IValidation

from streaming_construct.constructs.access import AccessGrants, AccessReader, SaidAccess
from streaming_construct.constructs.access_log import AccessLog
from streaming_construct.constructs.argument_types import type_findings
from streaming_construct.constructs.authorizer import Authorizer
from streaming_construct.constructs.base_path import (
    base_path_conflict_findings,
    base_path_repeated_findings,
    tell_base_path,
)
from streaming_construct.constructs.cors import (
    cors_conflict_findings,
    cors_options_findings,
    read_cors,
)
from streaming_construct.constructs.custom_domain import CustomDomain
from streaming_construct.constructs.durations import duration_token_findings, milliseconds
from streaming_construct.constructs.endpoint import endpoint_option_findings
from streaming_construct.constructs.execute_grant import execute_grant, grant_findings
from streaming_construct.constructs.handler import (
    Handler,
    Handlers,
    foreign_account_findings,
)
from streaming_construct.constructs.imported_api import (
    NO_INDENTATION,
    OpenApiOptions,
    read_imported,
)
from streaming_construct.constructs.integrations import Integrations
from streaming_construct.constructs.invoke_role import STREAMED, invoke_role, role_findings
from streaming_construct.constructs.lazy_value import LazyValue
from streaming_construct.constructs.refusal import annotate_warnings, refuse_errors
from streaming_construct.constructs.request_validator import (
    bad_request_body,
    read_request_validation,
    validates_nothing,
)
from streaming_construct.constructs.route import Route
from streaming_construct.constructs.route_table import RouteTable
from streaming_construct.constructs.stream_metrics import StreamMetrics
from streaming_construct.constructs.throttle import (
    method_settings,
    read_throttle,
    throttle_token_findings,
)
from streaming_construct.constructs.tls import Tls
from streaming_construct.constructs.usage_plan import (
    HasUsagePlan,
    PlanOptions,
    new_api_key,
    new_usage_plan,
)
from streaming_construct.constructs.web_acl import ManagedWebAcl, associate, web_acl_findings
from streaming_construct.knowledge import model
from streaming_construct.knowledge.cors import cors_environment, gateway_responses, with_preflight
from streaming_construct.knowledge.finding import Finding, error
from streaming_construct.knowledge.http_methods import ANY
from streaming_construct.knowledge.limits import RESOURCES_PER_API
from streaming_construct.knowledge.rules import findings
from streaming_construct.knowledge.rules.access import (
    access_findings,
    authorizers_of,
    cors_access_findings,
    unsaid_key_findings,
)
from streaming_construct.knowledge.rules.paths import resource_count_findings
from streaming_construct.openapi import Conversion, OpenApi
from streaming_construct.openapi.body import body

if TYPE_CHECKING:
    # Importing these costs a third of a synthesis, and they are only named here.
    from aws_cdk.aws_ec2 import IVpcEndpoint
    from aws_cdk.aws_kms import IKey
    from aws_cdk.aws_lambda import IFunction
    from aws_cdk.aws_logs import ILogGroup, RetentionDays
    from aws_cdk.aws_route53 import IHostedZone
    from aws_cdk.interfaces.aws_wafv2 import IWebACLRef


class StreamingRestApi(StreamMetrics, Construct):
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
        overrides: Mapping[str, Route] | None = None,
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
        refuse_errors(
            self,
            [
                *type_findings(
                    "the API",
                    cors=(cors, CorsOptions),
                    throttle=(throttle, ThrottleSettings),
                    api_key_source=(api_key_source, ApiKeySourceType),
                    request_validation=(request_validation, RequestValidatorOptions),
                    openapi_transfer_mode=(openapi_transfer_mode, ResponseTransferMode),
                    endpoint_type=(endpoint_type, EndpointType),
                    buffered_timeout_quota=(buffered_timeout_quota, Duration),
                    logging_level=(logging_level, MethodLoggingLevel),
                    access_log_format=(access_log_format, AccessLogFormat),
                    policy=(policy, PolicyDocument),
                    domain_name=(domain_name, DomainNameOptions),
                    security_policy=(security_policy, SecurityPolicy),
                    endpoint_access_mode=(endpoint_access_mode, EndpointAccessMode),
                ),
                *role_findings(role, "the API"),
            ],
            otherwise="nothing was created",
        )
        self._cors = read_cors(cors) if cors else None
        self._handlers = Handlers()
        known, handler_problems = None, list[Finding]()
        proxy = proxy and openapi is None
        if handler is not None or proxy:
            known, handler_problems = self._handlers.read(handler, "the API")
        buffered_max_ms = milliseconds(buffered_timeout_quota)
        self._access = AccessReader(self._handlers)
        access_problems = self._access.read_default(
            SaidAccess(authorizer=authorizer, api_key_required=api_key_required)
        )
        validation = read_request_validation(request_validation)
        self._model = model.ApiModel(
            id=construct_id,
            name=rest_api_name or construct_id,
            # The full path would cost two round trips to Node.js, and is read where it is shown.
            origin=model.Origin(construct_path=construct_id),
            routes=(),
            functions={},
            stage=model.Stage(name=stage_name, throttle=read_throttle(throttle)),
            endpoint_type=model.EndpointType(endpoint_type.value),
            binary_media_types=tuple(binary_media_types or ()),
            buffered_timeout_max_ms=buffered_max_ms,
            api_key_from_authorizer=api_key_source is ApiKeySourceType.AUTHORIZER,
        )
        imported = read_imported(
            OpenApiOptions(
                document=openapi,
                overrides=overrides or {},
                transfer_mode=openapi_transfer_mode,
                models=openapi_models,
                max_resources=openapi_max_resources,
            ),
            self._model,
            self._handlers,
            handler,
            self._access,
            validation=validation,
            cors=self._cors,
            indented=openapi is not None and not self.node.try_get_context(NO_INDENTATION),
        )
        log = AccessLog(
            enabled=access_log,
            format=access_log_format,
            group=access_log_group,
            retention=access_log_retention,
            removal_policy=access_log_removal_policy,
            encryption_key=access_log_encryption_key,
        )
        self._domain = CustomDomain(
            domain_name=domain_name,
            hosted_zone=hosted_zone,
            disable_execute_api_endpoint=disable_execute_api_endpoint,
        )
        tls = Tls(security_policy, endpoint_access_mode)
        edge_findings = [
            *endpoint_option_findings(endpoint_type, vpc_endpoints, policy),
            *tls.findings(self._model.endpoint_type, "the API"),
            *self._domain.findings(self, self._model.endpoint_type, tls),
            *web_acl_findings(self, web_acl),
        ]
        refuse_errors(
            self,
            [
                *handler_problems,
                *self._conflict_findings(known, "the API"),
                *(
                    finding
                    for each in imported.handlers
                    if each is not known
                    for finding in self._conflict_findings(each, f"function {each.model.origin}")
                ),
                *(
                    cors_options_findings(cors, self._cors, "the API")
                    if cors and self._cors
                    else ()
                ),
                *throttle_token_findings(throttle, "the stage"),
                *edge_findings,
                *duration_token_findings(
                    buffered_timeout_quota, buffered_max_ms, "buffered_timeout_quota", "the API"
                ),
                *log.findings(),
                *access_problems,
                *(() if imported.routes else access_findings(self._default_model())),
                *(unsaid_key_findings(self._default_model()) if proxy else ()),
                *imported.findings,
                *findings(imported.checked(self._model)),
            ],
            otherwise="nothing was created",
        )

        self.cors_environment = cors_environment(self._cors) if self._cors else {}
        self.role = invoke_role(
            self,
            role,
            self._integrated_arns,
            role_id="Role",
            description="Lets API Gateway invoke the functions of one streaming REST API",
            actions=STREAMED,
        )
        self._integrations = Integrations(self, self.role)
        self._grants = AccessGrants(self, self._access, self._integrations)
        self.handler = handler
        self.conversion, self._document = imported.conversion, imported.document
        routes = imported.integrated(self._integrations, self._grants, self._model)
        self._routes = RouteTable(self._proxy_routes(known) if proxy and known else routes)
        self._warned: set[tuple[str, str]] = set()
        self._authorizers_in_use: set[model.Authorizer] = set()
        self._needs_usage_plan = False

        self._access_log, self.access_log_group = log, log.log_group(self)
        self._body = LazyValue(self._openapi_body)
        self.rest_api = SpecRestApi(
            self,
            "Resource",
            api_definition=ApiDefinition.from_inline(self._body.token()),
            rest_api_name=self._model.name,
            endpoint_configuration=EndpointConfiguration(
                types=[endpoint_type], vpc_endpoints=vpc_endpoints
            ),
            policy=policy,
            domain_name=domain_name,
            disable_execute_api_endpoint=self._domain.closes_execute_api,
            binary_media_types=list(self._model.binary_media_types) or None,
            cloud_watch_role=cloud_watch_role,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN if cloud_watch_role else None,
            deploy_options=StageOptions(
                stage_name=stage_name,
                description=stage_description,
                variables=stage_variables,
                tracing_enabled=tracing,
                access_log_destination=(
                    LogGroupLogDestination(self.access_log_group) if self.access_log_group else None
                ),
                access_log_format=log.log_format() if access_log else None,
            ),
        )
        if description is not None:
            # `SpecRestApi` takes a description, and loses it.
            _resource(self.rest_api, CfnRestApi).description = description
        if vpc_endpoints and policy is None:
            self.rest_api.grant_invoke_from_vpc_endpoints_only(vpc_endpoints)
        if tls.security_policy is not None:
            tls.apply(_resource(self.rest_api, CfnRestApi))
        self._domain.finish(self.rest_api)
        self.stage = self.rest_api.deployment_stage
        self._stage_wide = {
            "loggingLevel": logging_level.value,
            "metricsEnabled": metrics,
            "dataTraceEnabled": False,
        }
        self._method_settings = LazyValue(self._stage_method_settings)
        _resource(self.stage, CfnStage).method_settings = self._method_settings.token()
        if web_acl is not None:
            associate(self, web_acl, self.stage)

        # The REST API's own methods, at hand where a user looks for them first.
        self.url_for_path = self._domain.url_for_path if domain_name else self.rest_api.url_for_path
        self.arn_for_execute_api = self.rest_api.arn_for_execute_api
        self.metric_client_error = self.rest_api.metric_client_error
        self.metric_count = self.rest_api.metric_count
        self.metric_integration_latency = self.rest_api.metric_integration_latency
        self.metric_latency = self.rest_api.metric_latency
        self.metric_server_error = self.rest_api.metric_server_error

        for used in [known] if proxy and known else imported.handlers:
            self._put_in_use(used)
        self._warn([*edge_findings, *imported.findings, *findings(self._complete_model())])
        if validation is not None and openapi is None:
            self._warn([validates_nothing("the API")])
        self._put_access_in_use(self._routes.sorted())
        if not proxy:
            self.node.add_validation(_HasRoutes(self._routes))

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
        where = f"route {path}"
        refuse_errors(
            self,
            type_findings(
                where,
                transfer_mode=(transfer_mode, ResponseTransferMode),
                timeout=(timeout, Duration),
                throttle=(throttle, ThrottleSettings),
            ),
            otherwise="the route was not added",
        )
        function = handler or self.handler
        timeout_ms = self._integrations.milliseconds(timeout)
        known, handler_problems = self._handlers.read(function, where)
        refused = [
            *handler_problems,
            *self._conflict_findings(known, where),
            *_path_token_findings(path, where),
            *_methods_findings(methods, where),
            *throttle_token_findings(throttle, where),
            *duration_token_findings(timeout, timeout_ms, "timeout", where),
        ]
        integration = self._integrations.integration(
            known, model.TransferMode(transfer_mode.value), timeout_ms, self._model
        )
        said = SaidAccess(authorizer=authorizer, api_key_required=api_key_required)
        _, access_problems = self._access.read(said, ANY, where)
        refused += access_problems
        routes = [
            model.Route(
                method=str(method).upper(),
                path=str(path),
                integration=integration,
                origin=self._model.origin,
                throttle=read_throttle(throttle),
                access=self._access.read(said, str(method).upper(), where)[0],
            )
            for method in ([] if isinstance(methods, str) else methods or [ANY])
        ]
        found = [*refused, *findings(self._added_to_the_rest(routes, known))]
        refuse_errors(self, found, otherwise="the route was not added")
        if known is not None:
            self._put_in_use(known)
        routes = [replace(each, access=self._grants.granted(each.access)) for each in routes]
        self._routes.add(routes)
        self._put_access_in_use(routes)
        self._warn([*found, *resource_count_findings(len(self._routes.resources))])
        self._renew_what_was_resolved()

    def add_api_key(
        self,
        key_id: str,
        *,
        value: SecretValue | None = None,
        name: str | None = None,
        description: str | None = None,
    ) -> ApiKey:
        """Make an API key. It opens nothing until a usage plan has it.

        Args:
            key_id: The construct's id, among those of this API's.
            value: Its value, of 20 characters or more, from a secret: `secret.secret_value`. It is
                read when the stack is deployed, so that it is in no template; a value that changes
                there later needs a new key. Default: API Gateway makes one up.
            name: Its name. Default: one that CloudFormation makes up.
            description: A description of it. Default: none.

        Raises:
            ValueError: The value is not a secret's.
        """
        refuse_errors(
            self,
            type_findings(f"API key {key_id}", value=(value, SecretValue)),
            otherwise="the key was not made",
        )
        return new_api_key(self, key_id, value=value, name=name, description=description)

    def add_usage_plan(
        self,
        plan_id: str,
        *,
        api_keys: Sequence[IApiKey] = (),
        throttle: ThrottleSettings | None = None,
        quota: QuotaSettings | None = None,
        route_throttles: Mapping[str, ThrottleSettings] | None = None,
        name: str | None = None,
        description: str | None = None,
    ) -> UsagePlan:
        """Say what the holders of some API keys may do on the stage, each for himself.

        Args:
            plan_id: The construct's id, among those of this API's.
            api_keys: Their keys, imported ones included; more can be added to what is returned.
            throttle: Requests a second, and at once, of a key. Default: no limit of its own.
            quota: Requests a key may make in a period. Default: any number.
            route_throttles: Requests a second, and at once, of a key on single routes, by
                `METHOD /path` as it was added. They hold beside `throttle`. Default: none.
            name: Its name. Default: one that CloudFormation makes up.
            description: A description of it. Default: none.

        Raises:
            ValueError: Something given cannot work. The message names all of it, with what to do;
                the plan was not made.
        """
        options = PlanOptions(
            plan_id=plan_id,
            name=name,
            description=description,
            throttle=throttle,
            quota=quota,
            route_throttles=route_throttles or {},
            api_keys=api_keys,
        )
        refuse_errors(self, options.misplaced(), otherwise="the plan was not made")
        plan = options.read()
        refuse_errors(
            self,
            [
                *options.findings(self._routes.sorted()),
                *access_findings(replace(self._model, usage_plans=(plan,))),
            ],
            otherwise="the plan was not made",
        )
        return new_usage_plan(self, self.rest_api, options, plan)

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
        refuse_errors(self, grant_findings(methods, path), otherwise="nothing was granted")
        return execute_grant(grantee, self.rest_api, self._model.stage.name, methods, path)

    def _default_model(self) -> model.ApiModel:
        """Return an API of one route, of which nothing is said."""
        route = model.Route(
            method=ANY,
            path="/",
            integration=model.Integration(),
            origin=self._model.origin,
            access=self._access.default,
        )
        return replace(self._model, routes=(route,), functions=self._access.functions())

    def _proxy_routes(self, known: Handler) -> list[model.Route]:
        integration = self._integrations.integration(
            known, model.TransferMode.STREAM, None, self._model
        )
        return [
            model.Route(
                method=ANY,
                path=path,
                integration=integration,
                origin=self._model.origin,
                access=self._grants.granted(self._access.default),
            )
            for path in ("/", "/{proxy+}")
        ]

    def _put_access_in_use(self, routes: Iterable[model.Route]) -> None:
        """Say what callers of `routes` may miss; see that who needs a key can have one."""
        found = [
            *cors_access_findings(routes, self._cors),
            *base_path_repeated_findings(routes, self._domain.base_path),
        ]
        for authorizer in dict.fromkeys(authorizers_of(routes)):
            if authorizer.function is not None and authorizer not in self._authorizers_in_use:
                self._authorizers_in_use.add(authorizer)
                handler = self._access.handlers[authorizer.function]
                found += foreign_account_findings(handler, self._integrations.account)
        self._warn(found)
        if not self._needs_usage_plan and any(each.access.api_key_required for each in routes):
            self._needs_usage_plan = True
            self.node.add_validation(HasUsagePlan(self))

    def _conflict_findings(self, handler: Handler | None, where: str) -> Iterator[Finding]:
        """Yield what `handler` was told for another API and cannot be told for this one."""
        function = handler and handler.underlying
        yield from cors_conflict_findings(function, self._cors, where)
        yield from base_path_conflict_findings(function, self._domain.base_path, where)

    def _put_in_use(self, handler: Handler) -> None:
        if self._integrations.put_in_use(handler, self._cors):
            tell_base_path(handler.underlying, self._domain.base_path)
            self._warn(foreign_account_findings(handler, self._integrations.account))

    def _warn(self, found: Iterable[Finding]) -> None:
        """Annotate what is new: one warning for each rule and place."""
        fresh = {(f.id, f.where): f for f in found if (f.id, f.where) not in self._warned}
        self._warned |= fresh.keys()
        annotate_warnings(self, fresh.values())

    def _renew_what_was_resolved(self) -> None:
        """Let a route count that is added after the template was looked at, in a test say."""
        if self._body.spent:
            _resource(self.rest_api, CfnRestApi).body = self._body.renew()
        if self._method_settings.spent:
            _resource(self.stage, CfnStage).method_settings = self._method_settings.renew()

    def _added_to_the_rest(
        self, routes: list[model.Route], known: Handler | None
    ) -> model.ApiModel:
        """Return an API of `routes` and those that they could clash with."""
        return replace(
            self._model,
            routes=(*self._routes.comparable_with(routes), *routes),
            functions={
                **self._access.functions(),
                **({known.arn: known.model} if known else {}),
            },
        )

    def _complete_model(self) -> model.ApiModel:
        return replace(
            self._model,
            routes=self._routes.sorted(),
            functions=self._integrations.functions,
            gateway_responses=self._gateway_responses(),
        )

    def _gateway_responses(self) -> dict[str, model.MappedResponse]:
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
        return method_settings(
            self._stage_wide,
            self._model.stage.throttle,
            self._routes.sorted(),
            preflight=self._cors is not None,
        )


@jsii.implements(IValidation)
class _HasRoutes:
    """Fails the synthesis of an API that serves nothing: routes may be added until then."""

    def __init__(self, routes: RouteTable) -> None:
        self._routes = routes

    def validate(self) -> list[str]:
        if len(self._routes):
            return []
        return ["the API has no route: add one with add_route, or leave proxy=False out"]


def _path_token_findings(path: str, where: str) -> Iterator[Finding]:
    if not isinstance(path, str):
        yield error("path-invalid", where, f"the path is {path!r}, not a text", "write '/chat'")
    # A path that is plainly a path needs no round trip to Node.js.
    elif "${" in path and Token.is_unresolved(path):
        yield error(
            "path-invalid", where, "the path holds a token", "write a path that is known at synth"
        )


def _methods_findings(methods: Sequence[str] | None, where: str) -> Iterator[Finding]:
    listed = methods is None or (not isinstance(methods, str) and len(methods) > 0)
    if not listed or any(not isinstance(method, str) for method in methods or ()):
        yield error(
            "method-invalid",
            where,
            f"methods is {methods!r}, not a list of methods",
            'write methods=["GET"], or leave it out for any method',
        )


_Resource = TypeVar("_Resource", CfnRestApi, CfnStage)


def _resource(construct: Construct, kind: type[_Resource]) -> _Resource:
    """Return the CloudFormation resource of an L2 construct that was made here."""
    resource = construct.node.default_child
    assert isinstance(resource, kind)  # noqa: S101 - CDK made it a line ago
    return resource
