"""`StreamingRestApi`: an API Gateway REST API that streams the responses of Lambda functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from aws_cdk import Duration, SecretValue
from aws_cdk.aws_apigateway import (
    ApiKey,
    ApiKeySourceType,
    CorsOptions,
    DomainNameOptions,
    EndpointAccessMode,
    EndpointConfiguration,
    IApiKey,
    QuotaSettings,
    RequestValidatorOptions,
    ResponseTransferMode,
    ResponseType,
    SecurityPolicy,
    StageOptions,
    ThrottleSettings,
    UsagePlan,
)
from aws_cdk.aws_iam import Grant, IGrantable, IRole, PolicyDocument
from constructs import Construct

from streaming_construct.constructs.access.api_keys import create_api_key
from streaming_construct.constructs.access.authorizer import Authorizer
from streaming_construct.constructs.access.grant_execute import check_grant, grant_execute
from streaming_construct.constructs.access.tenant_id import TenantId
from streaming_construct.constructs.access.usage_plan import UsagePlanOptions, create_usage_plan
from streaming_construct.constructs.cdk.lazy import create_lazy_string
from streaming_construct.constructs.cdk.validation import check_cdk_objects, raise_for_errors
from streaming_construct.constructs.endpoint.gateway_responses import GatewayResponses
from streaming_construct.constructs.endpoint.oauth_protected_resource import (
    OAuthProtectedResource,
)
from streaming_construct.constructs.endpoint.web_acl import ManagedWebAcl
from streaming_construct.constructs.integrations.invoke_role import (
    STREAMING_ACTIONS,
    resolve_invoke_role,
)
from streaming_construct.constructs.rest_api.api_routes import ApiRoutes, RoutesValidation
from streaming_construct.constructs.rest_api.rest_api_base import RestApiBase
from streaming_construct.constructs.rest_api.rest_api_options import RestApiOptions
from streaming_construct.constructs.rest_api.spec_rest_api import create_spec_rest_api
from streaming_construct.constructs.routes.openapi_options import OpenApiOptions
from streaming_construct.constructs.routes.route_options import RouteOptions
from streaming_construct.constructs.stage.access_log import AccessLog
from streaming_construct.constructs.stage.access_log_metrics import AccessLogMetrics
from streaming_construct.model import api as model
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.access.usage_plans import check_usage_plans

if TYPE_CHECKING:
    # Importing these costs a third of a synthesis, and only annotations name them.
    from aws_cdk.aws_lambda import IFunction
    from aws_cdk.aws_route53 import IHostedZone
    from aws_cdk.interfaces.aws_wafv2 import IWebACLRef

    # An API without a document does not import the conversion.
    from streaming_construct.openapi import Conversion, OpenApi


class StreamingRestApi(RestApiBase):
    """An API Gateway REST API whose routes stream the responses of their Lambda functions.

    It consists of one `SpecRestApi` with an inline OpenAPI body, a stage, an access log, and one
    role. The role may invoke exactly the functions of the routes. Routes may be added until the
    template is synthesized. The number of CloudFormation resources does not depend on their number.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html

    The methods of `RestApiBase` measure streams, of which AWS publishes no metrics. The first
    call of such a method creates a metric filter on the access log, whose custom metric AWS bills.

    Attributes:
        rest_api: The REST API.
        stage: The stage that it is deployed to.
        role: The role by which API Gateway invokes the functions.
        access_log_group: The log group of the access log; None if `access_log` is False.
        handler: The function of routes that name none.
        cors_environment: Environment variables with which a function can send the CORS headers of
            the API (`CORS_ALLOW_ORIGINS`, ...); empty without `cors`. Functions of this library
            that the API integrates get them automatically.
        conversion: The result of the conversion of `openapi`; None without a document.
        url_for_path: Return the URL of a path, under `domain_name` if there is one.
        arn_for_execute_api: CDK's method of `rest_api`.
        metric_count, metric_latency, metric_integration_latency, metric_client_error,
            metric_server_error: CDK's methods of `rest_api`.
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
        tenant_id: TenantId | None = None,
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
            construct_id: The id of the construct, and the API's name without `rest_api_name`.
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
            request_validator_options: The parts of a request that API Gateway validates. It applies
                to operations of `openapi` whose document and override do not define it.
                Default: none.
                https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
            tenant_id: The source of the tenant's id, which API Gateway passes to functions with
                `tenancy_config`. Default: none, so that such a function is rejected.
                https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html
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
                `stage_name` is `prod`, `tracing_enabled` and `metrics_enabled` are True, and
                `logging_level` is ERROR. `throttling_rate_limit` is 100 requests a second, and
                `throttling_burst_limit` is 200. Caching, `method_options`, `client_certificate_id`,
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
        options = RestApiOptions(
            rest_api_name=rest_api_name,
            description=description,
            proxy=proxy,
            api_key_required=api_key_required,
            cloud_watch_role=cloud_watch_role,
            cors=cors,
            api_key_source_type=api_key_source_type,
            request_validator_options=request_validator_options,
            tenant_id=tenant_id,
            credentials_role=credentials_role,
            endpoint_configuration=endpoint_configuration,
            policy=policy,
            domain_name=domain_name,
            hosted_zone=hosted_zone,
            disable_execute_api_endpoint=disable_execute_api_endpoint,
            security_policy=security_policy,
            endpoint_access_mode=endpoint_access_mode,
            web_acl=web_acl,
            binary_media_types=binary_media_types,
            integration_timeout_quota=integration_timeout_quota,
            deploy_options=deploy_options,
            access_log=access_log,
        )
        proxy = proxy and openapi is None
        self.handler = handler
        self._settings = settings = options.read(self, construct_id)
        self._gateway_responses = GatewayResponses()
        self._routes = ApiRoutes(
            self, settings, handler, create_lazy_string(lambda: self.role.role_arn)
        )
        route_findings = self._routes.read(
            proxy=proxy,
            openapi=openapi,
            request_validator_options=request_validator_options,
            authorizer=authorizer,
            api_key_required=api_key_required,
        )
        problems = [*settings.findings, *route_findings]
        raise_for_errors(self, problems, otherwise="nothing was created")

        self.conversion = self._routes.openapi.conversion
        self.cors_environment = self._routes.environment.cors_variables
        self.role = self._create_role(credentials_role)
        self._create_rest_api()
        self._routes.start(problems)
        if not proxy:
            self.node.add_validation(RoutesValidation(self._routes.table))

    def _create_role(self, credentials_role: IRole | None) -> IRole:
        return resolve_invoke_role(
            self,
            credentials_role,
            self._routes.list_function_arns,
            role_id="Role",
            description="Lets API Gateway invoke the functions of one streaming REST API",
            actions=STREAMING_ACTIONS,
        )

    def _create_rest_api(self) -> None:
        access_log, self.access_log_group = self._settings.stage.access_log, None
        if access_log is not None:
            # In this construct and not in its stage, so that the log survives the stage.
            access_log = access_log.create_log_group(self)
            self.access_log_group = access_log.group
        self._access_log_metrics = AccessLogMetrics(
            self, access_log, self.access_log_group, self._routes.table
        )
        self.rest_api = create_spec_rest_api(
            self,
            self._settings,
            self._routes,
            self._gateway_responses,
            access_log,
            self.role,
        )
        self.stage = self.rest_api.deployment_stage
        domain = self._settings.endpoint.domain
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
        return self._settings.endpoint.domain.url or self.rest_api.url

    @property
    def routes(self) -> tuple[model.Route, ...]:
        """The routes so far, by path and method, without preflights."""
        return self._routes.table.sorted()

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
        tenant_id: TenantId | None = None,
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
            tenant_id: The source of the tenant's id, which a function with `tenancy_config` needs.
                Default: as for the API.

        Raises:
            ValueError: An argument cannot work. The message names every problem and its fix; the
                route was not added.
        """
        options = RouteOptions(
            response_transfer_mode=response_transfer_mode,
            handler=handler,
            timeout=timeout,
            throttle=throttle,
            authorizer=authorizer,
            api_key_required=api_key_required,
            tenant_id=tenant_id,
        )
        self._routes.add(path, methods, options)

    def add_gateway_response(
        self,
        type: ResponseType,  # noqa: A002 - CDK's word
        *,
        status_code: int | None = None,
        response_headers: Mapping[str, str] | None = None,
        templates: Mapping[str, str] | None = None,
    ) -> None:
        """Customize a response that API Gateway creates itself; a part that is None stays as it is.

        It is merged with that of `cors` and of the document, whose headers it replaces.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html

        Args:
            type: The type of gateway response, such as `ResponseType.THROTTLED`.
            status_code: The HTTP status. Default: that of the type.
            response_headers: The mapping expression of each header: a literal in single quotes
                (`"'no-store'"`), or a reference such as `method.request.header.Origin`.
                Default: none.
            templates: The template of the body by media type. Default: a JSON object with
                `message`.

        Raises:
            ValueError: An argument cannot work, or the type was added before. The message names
                every problem and its fix; nothing was added.
        """
        response = TemplatedResponse(
            status=status_code,
            headers={} if response_headers is None else response_headers,
            templates={} if templates is None else templates,
        )
        problems = self._gateway_responses.check(type, response)
        raise_for_errors(self, problems, otherwise="the gateway response was not added")
        self._gateway_responses.add(type, response)

    def add_oauth_protected_resource(
        self,
        *,
        authorization_servers: Sequence[str],
        scopes: Sequence[str] = (),
        path: str = "/",
        resource_name: str | None = None,
        resource_documentation: str | None = None,
    ) -> None:
        """Serve metadata by which clients, such as those of MCP, find the authorization servers.

        It adds a mock route with the document, and names the document in `WWW-Authenticate` of the
        401 response of authorizers. The document is at the root of the host, so that the API needs
        `domain_name` without a base path. https://www.rfc-editor.org/rfc/rfc9728

        Args:
            authorization_servers: The issuers (URLs) whose tokens the API accepts.
            scopes: The scopes that clients can ask for. Default: none are named.
            path: The path of the resource, such as `/mcp`. Default: the whole API.
            resource_name: A name of the resource for people. Default: none.
            resource_documentation: The URL of a page for developers. Default: none.

        Raises:
            ValueError: An argument cannot work, or clients cannot find the document. The message
                names every problem and its fix; nothing was added.
        """
        resource = OAuthProtectedResource(
            authorization_servers=authorization_servers,
            scopes=scopes,
            path=path,
            resource_name=resource_name,
            resource_documentation=resource_documentation,
        )
        domain = self._settings.endpoint.domain
        problems = resource.check(domain, self._gateway_responses.challenge)
        raise_for_errors(self, problems, otherwise="the metadata was not added")
        self._routes.add_mock(resource.create_route(domain, self._settings.model.origin))
        self._gateway_responses.set_challenge(resource.build_challenge(domain))

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
        return create_api_key(self, key_id, value=value, name=name, description=description)

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
        """Limit the requests of each API key to the stage.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html

        Args:
            plan_id: The construct's id in this API.
            api_keys: The keys, imported ones included; `UsagePlan.add_api_key` adds more.
            throttle: The rate and burst limits of each key. Default: none.
            quota: The number of requests of each key in a period. Default: any number.
            route_throttles: The rate and burst limits of each key on single routes, by `METHOD
                /path` as the route was added. They apply in addition to `throttle`. Default: none.
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
        raise_for_errors(self, options.check_types(), otherwise="the usage plan was not created")
        plan = options.read()
        problems = [
            *options.check(self.routes),
            *check_usage_plans(Declaration(api=replace(self._settings.model, usage_plans=(plan,)))),
        ]
        raise_for_errors(self, problems, otherwise="the usage plan was not created")
        return create_usage_plan(self, self.rest_api, options, plan)

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
            ValueError: The grantee, the methods or the path are not valid. Nothing was granted.
        """
        problems = [
            *check_cdk_objects(
                Subject("grant"), is_optional=False, grantee=(grantee, "IGrantable")
            ),
            *check_grant(methods, path),
        ]
        raise_for_errors(self, problems, otherwise="nothing was granted")
        return grant_execute(grantee, self.rest_api, self._settings.model.stage.name, methods, path)
