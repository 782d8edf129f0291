"""`StreamingRestApi`: an API Gateway REST API that streams the responses of Lambda functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import jsii
from aws_cdk import Duration, RemovalPolicy, SecretValue
from aws_cdk.aws_apigateway import (
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

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.constructs.access.api_keys import new_api_key
from streaming_construct.constructs.access.authorizer import Authorizer
from streaming_construct.constructs.access.authorizers import Authorizers
from streaming_construct.constructs.access.grant_execute import grant_execute, grant_findings
from streaming_construct.constructs.access.invoke_grants import AuthorizerInvokeGrants
from streaming_construct.constructs.access.request_validator import (
    bad_request_body,
    empty_validator_warning,
    read_request_validation,
)
from streaming_construct.constructs.access.usage_plan import (
    UsagePlanOptions,
    UsagePlanValidation,
    new_usage_plan,
)
from streaming_construct.constructs.cdk.default_child import default_child
from streaming_construct.constructs.cdk.durations import duration_token_findings, milliseconds
from streaming_construct.constructs.cdk.lazy import LazyProperty, lazy_string
from streaming_construct.constructs.cdk.validation import (
    WarningAnnotator,
    argument_type_findings,
    of_type,
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
from streaming_construct.constructs.routes.route_options import (
    RouteOptions,
    normalize_methods,
    path_and_methods_findings,
)
from streaming_construct.constructs.routes.route_reader import RouteReader
from streaming_construct.constructs.stage.access_log import AccessLog
from streaming_construct.constructs.stage.access_log_metrics import AccessLogMetrics
from streaming_construct.constructs.stage.stage_options import StageSettings
from streaming_construct.model import api as model
from streaming_construct.model.cors import gateway_responses, with_preflight
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.model.route_table import RouteTable
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.observability import access_log_metrics
from streaming_construct.openapi.rest_api_body.body import body
from streaming_construct.rules.checks.authorizers import access_findings, cors_access_findings
from streaming_construct.rules.checks.paths import resource_count_findings
from streaming_construct.rules.registry import findings
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    # Importing these costs a third of a synthesis, and only annotations name them.
    from aws_cdk.aws_cloudwatch import Metric
    from aws_cdk.aws_lambda import IFunction
    from aws_cdk.aws_route53 import IHostedZone
    from aws_cdk.interfaces.aws_wafv2 import IWebACLRef
    from typing_extensions import Unpack

    from streaming_construct.constructs.cdk.metric_options import MetricOptions

    # An API without a document does not import the conversion.
    from streaming_construct.openapi import Conversion, OpenApi


class StreamingRestApi(Construct):
    """An API Gateway REST API whose routes stream the responses of their Lambda functions.

    It consists of one `SpecRestApi` with an inline OpenAPI body, a stage, an access log, and one
    role that may invoke exactly the functions of its routes. Routes may be added until the template
    is synthesized. The number of CloudFormation resources does not depend on their number.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html

    Attributes:
        rest_api: The REST API.
        stage: The stage that it is deployed to.
        role: The role by which API Gateway invokes the functions.
        access_log_group: The log group of the access log; None if `access_log` is False.
        handler: The function of routes that name none.
        cors_environment: The environment variables by which a function can answer cross-origin
            requests as the API does (`CORS_ALLOW_ORIGINS`, ...); empty without `cors`. Functions of
            this library that the API integrates get them automatically.
        conversion: The result of the conversion of `openapi`; None without a document.
        url_for_path: Return the URL of a path, under `domain_name` if there is one.
        arn_for_execute_api: CDK's method of `rest_api`.
        metric_count, metric_latency, metric_integration_latency, metric_client_error,
            metric_server_error: CDK's methods of `rest_api`. The other `metric_...` methods measure
            streams. AWS publishes no metrics of them, so the first call of such a method creates a
            metric filter on the access log, whose custom metric AWS bills. They take `route`
            (`GET /jobs/{id}`; default: all routes together) and CDK's `MetricOptions`.
    """

    conversion: Conversion | None

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: IFunction | None = None,
        proxy: bool = True,
        openapi: OpenApi | OpenApiOptions | None = None,
        rest_api_name: str | None = None,
        description: str | None = None,
        cors: CorsOptions | None = None,
        authorizer: Authorizer | None = None,
        api_key_required: bool = False,
        api_key_source_type: ApiKeySourceType = ApiKeySourceType.HEADER,
        request_validator_options: RequestValidatorOptions | None = None,
        credentials_role: IRole | None = None,
        endpoint_configuration: EndpointConfiguration | None = None,
        policy: PolicyDocument | None = None,
        domain_name: DomainNameOptions | None = None,
        hosted_zone: IHostedZone | None = None,
        disable_execute_api_endpoint: bool | None = None,
        security_policy: SecurityPolicy | None = None,
        endpoint_access_mode: EndpointAccessMode | None = None,
        web_acl: ManagedWebAcl | IWebACLRef | str | None = None,
        binary_media_types: Sequence[str] | None = None,
        integration_timeout_quota: Duration | None = None,
        deploy_options: StageOptions | None = None,
        cloud_watch_role: bool = True,
        access_log: AccessLog | Literal[False] | None = None,
    ) -> None:
        """Create the API.

        Args:
            scope: The construct that this one belongs to.
            construct_id: The id of the construct, and the API's name unless `rest_api_name` is
                given.
            handler: The function that serves the API: a `Function` of any runtime, a container
                image, an alias or version, or an imported function.
            proxy: Whether `handler` serves every method of `/` and `/{proxy+}`. With False, or with
                `openapi`, the API serves only routes that are added or in the document, and
                `handler` is optional. Default: True.
            openapi: An OpenAPI document whose operations become routes that `handler` serves, or
                `OpenApiOptions(document=...)` to configure them. Default: none.
            rest_api_name: The name of the REST API. Default: the construct's id.
            description: A description of the REST API. Default: none.
            cors: The pages of other origins that may call the API. It configures the preflight of
                every path, the headers of API Gateway's error responses, and `cors_environment`.
                Default: none.
                https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
            authorizer: The authorizer of routes that name none. It does not apply to routes of
                method OPTIONS, because preflight requests carry no credentials.
                Default: no authorization.
            api_key_required: Whether a request needs the key of a usage plan, on routes that do not
                state it; not on routes of method OPTIONS. Default: False.
            api_key_source_type: The source of the API key: the `X-Api-Key` header, or the
                `usageIdentifierKey` that a Lambda authorizer returns. Default: HEADER.
                https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
            request_validator_options: What API Gateway validates in requests to operations of
                `openapi`, where neither the document nor an override states it. Default: nothing.
                https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
            credentials_role: A role that API Gateway can assume to invoke the functions. It is
                granted the same as the role that is created otherwise. Default: a new role.
            endpoint_configuration: The endpoint type, the VPC endpoints of a private API, and the
                IP address type. Only VPC endpoints that are named may reach a private API, unless
                `policy` states otherwise. An edge-optimized endpoint closes streams that are idle
                for 30 seconds; the others wait 5 minutes. Default: a Regional endpoint.
                https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html
            policy: The resource policy: a `ResourcePolicy`, or any document. Default: none, or for
                a private API one that admits only its VPC endpoints.
            domain_name: A custom domain name, with its certificate, base path and mutual TLS. It
                accepts TLS 1.2 or newer unless its `security_policy` states otherwise.
                Default: none.
            hosted_zone: The Route 53 hosted zone that gets a record for `domain_name`.
                Default: no record.
            disable_execute_api_endpoint: Whether the API is served only under custom domain names.
                Default: True if `domain_name` has mutual TLS.
            security_policy: The TLS versions and ciphers of the API's own endpoint.
                Default: API Gateway's default for the endpoint type.
                https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
            endpoint_access_mode: The endpoint access mode of the API's own endpoint, which the
                newer security policies need. Default: none.
            web_acl: An AWS WAF web ACL: `ManagedWebAcl()` for AWS managed rules, or a web ACL of
                scope REGIONAL or its ARN. Default: none.
            binary_media_types: Media types of requests that the function receives in base64.
                Streamed responses may be binary without them. Default: none.
            integration_timeout_quota: The account's quota for the timeout of buffered integrations,
                if AWS has raised it. Default: 29 seconds.
                https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
            deploy_options: The stage. A field that is None keeps the default of this class:
                `stage_name` is `prod`, `tracing_enabled` and `metrics_enabled` are True,
                `logging_level` is ERROR. Caching, `method_options`, `client_certificate_id`,
                `documentation_version` and the fields of the access log are rejected.
            cloud_watch_role: Whether to create the role by which API Gateway writes logs in this
                account and Region. All APIs share it, so it is retained when the stack is deleted.
                Pass False if another stack has created it. Default: True.
                https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
            access_log: The access log, or False for none. Default: `AccessLog()`, JSON lines in a
                new log group.

        Raises:
            ValueError: An argument cannot work. The message names every problem and its fix;
                nothing was created.
        """
        super().__init__(scope, construct_id)
        found = list(
            argument_type_findings(
                Subject("API"),
                cors=(cors, CorsOptions),
                api_key_source_type=(api_key_source_type, ApiKeySourceType),
                request_validator_options=(request_validator_options, RequestValidatorOptions),
                endpoint_configuration=(endpoint_configuration, EndpointConfiguration),
                policy=(policy, PolicyDocument),
                domain_name=(domain_name, DomainNameOptions),
                security_policy=(security_policy, SecurityPolicy),
                endpoint_access_mode=(endpoint_access_mode, EndpointAccessMode),
                integration_timeout_quota=(integration_timeout_quota, Duration),
                deploy_options=(deploy_options, StageOptions),
                access_log=(None if access_log is False else access_log, AccessLog),
            )
        )
        found += role_findings(credentials_role, Subject("API"))
        # What has a wrong type is reported above; the rest is checked as if it was not given.
        cors = of_type(cors, CorsOptions)
        quota = of_type(integration_timeout_quota, Duration)
        endpoint = EndpointOptions(
            configuration=of_type(endpoint_configuration, EndpointConfiguration)
            or EndpointConfiguration(types=[EndpointType.REGIONAL]),
            policy=of_type(policy, PolicyDocument),
            domain=CustomDomain(
                domain_name=of_type(domain_name, DomainNameOptions),
                hosted_zone=hosted_zone,
                disable_execute_api_endpoint=disable_execute_api_endpoint,
            ),
            tls=SecurityPolicySettings(
                of_type(security_policy, SecurityPolicy),
                of_type(endpoint_access_mode, EndpointAccessMode),
            ),
            web_acl=web_acl,
        )
        stage = StageSettings(
            of_type(deploy_options, StageOptions) or StageOptions(),
            None if access_log is False else of_type(access_log, AccessLog) or AccessLog(),
        )
        found += [*cors_findings(cors, to_cors_model(cors), Subject("API")), *stage.findings()]
        found += endpoint.findings(self)
        quota_ms = milliseconds(quota)
        found += duration_token_findings(
            quota, quota_ms, "integration_timeout_quota", Subject("API")
        )

        self.handler = handler
        self._cors = to_cors_model(cors)
        self._stage_settings, self._domain = stage, endpoint.domain
        self._environment = ApiEnvironmentVariables(self._cors, endpoint.domain.base_path)
        self.cors_environment = self._environment.cors_variables
        self._model = model.ApiModel(
            id=construct_id,
            name=rest_api_name or construct_id,
            # The full path would cost two round trips to Node.js, and is read where it is shown.
            origin=SourceLocation(construct_path=construct_id),
            routes=(),
            functions={},
            stage=stage.to_model(),
            endpoint_type=endpoint.endpoint_type,
            binary_media_types=tuple(binary_media_types or ()),
            integration_timeout_max_ms=quota_ms,
            api_key_source=api_key_source_type is ApiKeySourceType.AUTHORIZER,
        )
        functions = FunctionReader()
        self._integrations = LambdaIntegrations(
            self,
            lazy_string(lambda: self.role.role_arn),
            self._environment,
        )
        self._authorizers = Authorizers(functions, self._integrations, AuthorizerInvokeGrants(self))
        self._reader = RouteReader(self._model, functions, self._authorizers, self._integrations)
        found += self._authorizers.bind_default(authorizer, api_key_required=api_key_required)
        proxy = proxy and openapi is None
        if handler is not None or proxy:
            function, problems = functions.read(handler, Subject("API"))
            found += [*problems, *self._environment.findings(function, Subject("API"))]
        else:
            function = None
        imported = self._openapi_routes(openapi, request_validator_options)
        routes = self._proxy_routes(function) if proxy else imported.routes
        found += imported.findings
        for other in self._integrations.functions_of(routes).values():
            if other is not function:
                subject = Subject("function", str(other.model.origin))
                found += self._environment.findings(other, subject)
        checked = routes if proxy else imported.routes_for_rules()
        found += findings(self._declaration(checked))
        raise_for_errors(self, found, otherwise="nothing was created")

        self.conversion, self._document = imported.conversion, imported.document
        self._routes = RouteTable(routes)
        self.role = invoke_role(
            self,
            credentials_role,
            self._integrated_arns,
            role_id="Role",
            description="Lets API Gateway invoke the functions of one streaming REST API",
            actions=STREAMED,
        )
        self._create_rest_api(endpoint, description=description, cloud_watch_role=cloud_watch_role)
        self._has_plan_validation = False
        self._warnings = WarningAnnotator(self)
        self._warnings.add([*found, *self._use(self._routes.sorted())])
        if not proxy:
            self.node.add_validation(RoutesValidation(self._routes))

    def _create_rest_api(
        self, endpoint: EndpointOptions, *, description: str | None, cloud_watch_role: bool
    ) -> None:
        """Create the REST API and its stage, whose body and method settings follow the routes."""
        access_log, self.access_log_group = self._stage_settings.access_log, None
        if access_log is not None:
            # In this construct and not in its stage, so that the log survives the stage.
            access_log = access_log.with_log_group_in(self)
            self.access_log_group = access_log.group
        content = LazyProperty(self._openapi_body)
        self.rest_api = SpecRestApi(
            self,
            "Resource",
            api_definition=ApiDefinition.from_inline(content.token()),
            rest_api_name=self._model.name,
            endpoint_configuration=endpoint.configuration,
            policy=endpoint.policy,
            domain_name=endpoint.domain.domain_name,
            disable_execute_api_endpoint=endpoint.domain.disables_execute_api,
            binary_media_types=list(self._model.binary_media_types) or None,
            cloud_watch_role=cloud_watch_role,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN if cloud_watch_role else None,
            deploy_options=self._stage_settings.deploy_options(access_log),
        )
        self.stage = self.rest_api.deployment_stage
        stage = default_child(self.stage, CfnStage)
        if description is not None:
            # `SpecRestApi` has the argument and does not apply it.
            default_child(self.rest_api, CfnRestApi).description = description
        settings = LazyProperty(self._method_settings)
        stage.method_settings = settings.token()
        content.attach(lambda: default_child(self.rest_api, CfnRestApi), "body")
        settings.attach(lambda: stage, "method_settings")
        self._routes.on_change(content.invalidate)
        self._routes.on_change(settings.invalidate)
        endpoint.apply_overrides(self, self.rest_api)

        domain = endpoint.domain
        self.url_for_path = domain.url_for_path if domain.url else self.rest_api.url_for_path
        self.arn_for_execute_api = self.rest_api.arn_for_execute_api
        self.metric_client_error = self.rest_api.metric_client_error
        self.metric_count = self.rest_api.metric_count
        self.metric_integration_latency = self.rest_api.metric_integration_latency
        self.metric_latency = self.rest_api.metric_latency
        self.metric_server_error = self.rest_api.metric_server_error

    @property
    def url(self) -> str:
        """The URL of `domain_name`, else of the stage, with a slash at the end."""
        return self._domain.url or self.rest_api.url

    @property
    def routes(self) -> tuple[model.Route, ...]:
        """The routes so far, by path and method, without preflights."""
        return self._routes.sorted()

    def add_route(
        self,
        path: str,
        *,
        methods: Sequence[str] | None = None,
        handler: IFunction | None = None,
        response_transfer_mode: ResponseTransferMode = ResponseTransferMode.STREAM,
        timeout: Duration | None = None,
        throttle: ThrottleSettings | None = None,
        authorizer: Authorizer | None = None,
        api_key_required: bool | None = None,
    ) -> None:
        """Serve `path`; it replaces a route of the API's own handler with its path and method.

        Args:
            path: The path of the resource: `/jobs/{id}`, or `/files/{path+}` for all below
                `/files`.
            methods: HTTP methods. Default: any.
            handler: The function to invoke. Default: the API's `handler`.
            response_transfer_mode: STREAM sends the response to the client as the function writes
                it; BUFFERED sends it when it is complete. A function that streams returns an empty
                body on a buffered route, and a function that does not stream fails on a streamed
                route. Default: STREAM.
                https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
            timeout: The integration timeout: 50 ms to 15 minutes, or to 29 seconds when buffered.
                Default: the function's own timeout where it is known, else the longest possible.
            throttle: The rate and burst limits of each method of this route. Default: those of the
                stage.
            authorizer: The authorizer; `Authorizer.none()` for no authorization. Default: as for
                the API.
            api_key_required: Whether a request needs the key of a usage plan. Default: as for the
                API.

        Raises:
            ValueError: An argument cannot work. The message names every problem and its fix; the
                route was not added.
        """
        subject = Subject("route", str(path))
        options = RouteOptions(
            response_transfer_mode=response_transfer_mode,
            handler=handler,
            timeout=timeout,
            throttle=throttle,
            authorizer=authorizer,
            api_key_required=api_key_required,
        )
        raise_for_errors(self, options.check_types(subject), otherwise="the route was not added")
        function, problems = self._reader.functions.read(handler or self.handler, subject)
        found = [
            *problems,
            *self._environment.findings(function, subject),
            *path_and_methods_findings(path, methods, subject),
            *self._reader.check(replace(options, handler=None), subject),
        ]
        routes = [
            self._reader.route(method, str(path), options, function)
            for method in normalize_methods(methods)
        ]
        found += findings(self._declaration([*self._routes.overlapping(routes), *routes]))
        raise_for_errors(self, found, otherwise="the route was not added")

        self._routes.add(routes)
        found += resource_count_findings(len(self._routes.resources))
        self._warnings.add([*found, *self._use(routes)])

    def add_api_key(
        self,
        key_id: str,
        *,
        value: SecretValue | None = None,
        name: str | None = None,
        description: str | None = None,
    ) -> ApiKey:
        """Create an API key, which has no effect until it is in a usage plan.

        Args:
            key_id: The construct's id in this API.
            value: Its value of 20 to 128 characters, from a secret: `secret.secret_value`. It is
                read when the stack is deployed, so that no template contains it; a later change of
                the secret needs a new key. Default: API Gateway generates a value.
            name: Its name. Default: CloudFormation generates a name.
            description: A description of it. Default: none.

        Raises:
            ValueError: The value is not a `SecretValue`, or API Gateway rejects it.
        """
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
        """Limit the requests to the stage of each of some API keys.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html

        Args:
            plan_id: The construct's id in this API.
            api_keys: The keys, imported ones included; `UsagePlan.add_api_key` adds more.
            throttle: The rate and burst limits of each key. Default: none.
            quota: The number of requests of each key in a period. Default: any number.
            route_throttles: The rate and burst limits of each key on single routes, by
                `METHOD /path` as the route was added. They apply beside `throttle`. Default: none.
            name: Its name. Default: CloudFormation generates a name.
            description: A description of it. Default: none.

        Raises:
            ValueError: An argument cannot work. The message names every problem and its fix; the
                plan was not created.
        """
        options = UsagePlanOptions(
            plan_id=plan_id,
            name=name,
            description=description,
            throttle=throttle,
            quota=quota,
            route_throttles=route_throttles or {},
            api_keys=api_keys,
        )
        raise_for_errors(self, options.check_types(), otherwise="the plan was not made")
        plan = options.read()
        found = [
            *options.findings(self._routes.sorted()),
            *access_findings(Declaration(api=replace(self._model, usage_plans=(plan,)))),
        ]
        raise_for_errors(self, found, otherwise="the plan was not made")
        return new_usage_plan(self, self.rest_api, options, plan)

    def grant_execute(
        self,
        grantee: IGrantable,
        *,
        methods: Sequence[str] | None = None,
        path: str | None = None,
    ) -> Grant:
        """Allow a principal to call routes whose authorizer is `Authorizer.iam()`.

        It has no effect on other routes.

        Args:
            grantee: A role, a user, a function, ...
            methods: HTTP methods. Default: any.
            path: A path as routes have it, in which `{id}` and `{rest+}` stand for anything, or a
                single one (`/jobs/7`). Default: all of the stage.

        Raises:
            ValueError: The methods or the path are not valid. Nothing was granted.
        """
        raise_for_errors(self, grant_findings(methods, path), otherwise="nothing was granted")
        return grant_execute(grantee, self.rest_api, self._model.stage.name, methods, path)

    def metric_time_to_headers(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the milliseconds until all headers of a streamed response were received.

        Default: the 90th percentile over 5 minutes.

        Raises:
            ValueError: The access log is disabled or its format lacks a field, or the API has no
                such route.
        """
        return self._metrics.metric(access_log_metrics.TIME_TO_HEADERS, route, "p90", **options)

    def metric_time_to_first_content(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the milliseconds until the first byte of a streamed body was received.

        Default: the 90th percentile over 5 minutes.

        Raises:
            ValueError: The access log is disabled or its format lacks a field, or the API has no
                such route.
        """
        return self._metrics.metric(
            access_log_metrics.TIME_TO_FIRST_CONTENT, route, "p90", **options
        )

    def metric_stream_duration(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the milliseconds from the invocation of the function to the end of its stream.

        Default: the 90th percentile over 5 minutes.

        Raises:
            ValueError: The access log is disabled or its format lacks a field, or the API has no
                such route.
        """
        return self._metrics.metric(access_log_metrics.STREAM_DURATION, route, "p90", **options)

    def metric_streamed_bytes(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the bytes of streamed bodies, of which AWS bills each 10 MB as a request.

        Default: the sum over 5 minutes.

        Raises:
            ValueError: The access log is disabled or its format lacks a field, or the API has no
                such route.
        """
        return self._metrics.metric(access_log_metrics.STREAMED_BYTES, route, "Sum", **options)

    def metric_streamed(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the number of requests to streaming integrations.

        Default: the sum over 5 minutes.

        Raises:
            ValueError: The access log is disabled or its format lacks a field, or the API has no
                such route.
        """
        return self._metrics.metric(access_log_metrics.STREAMED, route, "Sum", **options)

    def metric_buffered(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the number of requests to buffered integrations, without preflights.

        Default: the sum over 5 minutes.

        Raises:
            ValueError: The access log is disabled or its format lacks a field, or the API has no
                such route.
        """
        return self._metrics.metric(access_log_metrics.BUFFERED, route, "Sum", **options)

    def metric_aborted(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the number of streams that failed after their headers were sent.

        Default: the sum over 5 minutes.

        Raises:
            ValueError: The access log is disabled or its format lacks a field, or the API has no
                such route.
        """
        return self._metrics.metric(access_log_metrics.ABORTED, route, "Sum", **options)

    def metric_throttled(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the number of requests that API Gateway rejected with 429 for a rate or a quota.

        Default: the sum over 5 minutes.

        Raises:
            ValueError: The access log is disabled or its format lacks a field, or the API has no
                such route.
        """
        return self._metrics.metric(access_log_metrics.THROTTLED, route, "Sum", **options)

    def access_log_json_paths(self, *variables: str) -> dict[str, str]:
        """Return the field of a line for each of `variables`, for example `$context.status`.

        A nested field is written with dots, as in metric filters and Logs Insights.

        Raises:
            ValueError: The access log is disabled, or its format lacks a field.
        """
        return self._metrics.json_paths(variables)

    @cached_property
    def _metrics(self) -> AccessLogMetrics:
        access_log = self._stage_settings.access_log
        return AccessLogMetrics(self, access_log, self.access_log_group, self._routes)

    def _proxy_routes(self, function: FunctionInfo | None) -> tuple[model.Route, ...]:
        paths = ("/", "/{proxy+}")
        return tuple(self._reader.route(ANY, path, RouteOptions(), function) for path in paths)

    def _openapi_routes(
        self,
        openapi: OpenApi | OpenApiOptions | None,
        validator_options: RequestValidatorOptions | None,
    ) -> OpenApiRoutes:
        validation = read_request_validation(validator_options)
        if openapi is None:
            unused = [empty_validator_warning(Subject("API"))] if validation else []
            return OpenApiRoutes(findings=tuple(unused))
        if not isinstance(openapi, OpenApiOptions):
            openapi = OpenApiOptions(document=openapi)
        if wrong := tuple(openapi.check_types()):
            return OpenApiRoutes(findings=wrong)
        # An API without a document does not import the conversion.
        from streaming_construct.constructs.routes.openapi_routes import read_openapi_routes

        return read_openapi_routes(
            self,
            openapi,
            self._model,
            self._reader,
            self.handler,
            request_validation=validation,
            cors=self._cors,
        )

    def _declaration(self, routes: Iterable[model.Route]) -> Declaration:
        """Return the API with `routes` and the functions that they invoke, for rules."""
        routes = tuple(routes)
        invoked = {
            arn: function.model for arn, function in self._integrations.functions_of(routes).items()
        }
        functions = {**self._authorizers.functions, **invoked}
        return Declaration(api=replace(self._model, routes=routes, functions=functions))

    def _use(self, routes: Iterable[model.Route]) -> Iterator[Finding]:
        """Configure what the routes use: functions, authorizers, usage plans; yield warnings."""
        routes = tuple(routes)
        yield from self._integrations.use(routes)
        yield from cors_access_findings(routes, self._cors)
        yield from self._authorizers.grant_invoke(routes)
        yield from base_path_repeated_findings(routes, self._domain.base_path)
        if not self._has_plan_validation and any(r.access.api_key_required for r in routes):
            self._has_plan_validation = True
            self.node.add_validation(UsagePlanValidation(self))

    def _complete_model(self) -> model.ApiModel:
        return replace(
            self._model,
            routes=self._routes.sorted(),
            functions=self._integrations.functions,
            gateway_responses=self._gateway_responses(),
        )

    def _gateway_responses(self) -> dict[str, TemplatedResponse]:
        responses = dict(gateway_responses(self._cors)) if self._cors else {}
        if any(route.validation and route.validation.body for route in self._routes.sorted()):
            headers = responses["DEFAULT_4XX"].headers if responses else {}
            responses["BAD_REQUEST_BODY"] = bad_request_body(headers)
        return responses

    def _integrated_arns(self) -> list[str]:
        arns = (route.integration.function for route in self._routes.sorted())
        return list(dict.fromkeys(arn for arn in arns if arn))

    def _openapi_body(self) -> dict[str, Any]:
        api = self._complete_model()
        if self._cors is not None:
            api = with_preflight(api, self._cors)
        return body(api, self._document)

    def _method_settings(self) -> list[dict[str, Any]]:
        return self._stage_settings.method_settings(
            self._routes.sorted(), preflight=self._cors is not None
        )


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
