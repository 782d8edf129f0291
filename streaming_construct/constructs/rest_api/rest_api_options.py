"""`RestApiOptions`: the arguments of `StreamingRestApi` that concern the API as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aws_cdk import Duration
from aws_cdk.aws_apigateway import (
    ApiKeySourceType,
    CorsOptions,
    DomainNameOptions,
    EndpointAccessMode,
    EndpointConfiguration,
    EndpointType,
    RequestValidatorOptions,
    SecurityPolicy,
    StageOptions,
)
from aws_cdk.aws_iam import IRole, PolicyDocument
from constructs import Construct

from streaming_construct.constructs.access.tenant_id import TenantId, check_tenant_id
from streaming_construct.constructs.cdk.durations import (
    check_duration_token,
    convert_to_milliseconds,
)
from streaming_construct.constructs.cdk.validation import (
    check_argument_types,
    check_text_lists,
    list_texts,
    select_type,
)
from streaming_construct.constructs.endpoint.custom_domain import CustomDomain
from streaming_construct.constructs.endpoint.endpoint_options import EndpointOptions
from streaming_construct.constructs.endpoint.security_policy import SecurityPolicySettings
from streaming_construct.constructs.endpoint.web_acl import ManagedWebAcl
from streaming_construct.constructs.functions.cors import check_cors_arguments, to_cors_model
from streaming_construct.constructs.integrations.invoke_role import check_role
from streaming_construct.constructs.stage.access_log import AccessLog
from streaming_construct.constructs.stage.stage_options import StageSettings
from streaming_construct.model.api import ApiModel
from streaming_construct.model.cors import Cors
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import ApiKeySource
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    # Importing these costs a third of a synthesis, and only annotations name them.
    from aws_cdk.aws_route53 import IHostedZone
    from aws_cdk.interfaces.aws_wafv2 import IWebACLRef

_API = Subject("API")


@dataclass(frozen=True, kw_only=True)
class RestApiSettings:
    """The values that the options stand for, with their defaults.

    Attributes:
        model: The API without routes and functions.
        description: The description of the REST API.
        cloud_watch_role: Whether to create the role by which API Gateway writes logs.
        cors: The CORS options. None without CORS, or if they have a wrong type.
        endpoint: The endpoint options.
        stage: The stage and its access log.
        findings: The problems of the options.
        tenant_id: The source of the tenant's id for isolated functions.
    """

    model: ApiModel
    description: str | None
    cloud_watch_role: bool
    cors: Cors | None
    endpoint: EndpointOptions
    stage: StageSettings
    findings: tuple[Finding, ...]
    tenant_id: TenantId | None = None


@dataclass(frozen=True, kw_only=True)
class RestApiOptions:
    """The arguments of `StreamingRestApi`, which documents them. None of them is checked yet."""

    rest_api_name: str | None
    description: str | None
    proxy: bool
    api_key_required: bool
    cloud_watch_role: bool
    cors: CorsOptions | None
    api_key_source_type: ApiKeySourceType
    request_validator_options: RequestValidatorOptions | None
    tenant_id: TenantId | None
    credentials_role: IRole | None
    endpoint_configuration: EndpointConfiguration | None
    policy: PolicyDocument | None
    domain_name: DomainNameOptions | None
    hosted_zone: IHostedZone | None
    disable_execute_api_endpoint: bool | None
    security_policy: SecurityPolicy | None
    endpoint_access_mode: EndpointAccessMode | None
    web_acl: ManagedWebAcl | IWebACLRef | str | None
    binary_media_types: Sequence[str] | None
    integration_timeout_quota: Duration | None
    deploy_options: StageOptions | None
    access_log: AccessLog | Literal[False] | None

    def read(self, api: Construct, construct_id: str) -> RestApiSettings:
        """Check the options, and read them as if each of a wrong type was not given."""
        cors_options = select_type(self.cors, CorsOptions)
        cors = to_cors_model(cors_options)
        endpoint, stage = self._read_endpoint(), self._read_stage()
        quota = select_type(self.integration_timeout_quota, Duration)
        quota_ms = convert_to_milliseconds(quota)
        findings = (
            *self._check_types(),
            *check_text_lists(_API, binary_media_types=(self.binary_media_types, "image/png")),
            *check_role(self.credentials_role, _API),
            *check_cors_arguments(cors_options, cors, _API),
            *stage.check(),
            *endpoint.check(api),
            *check_tenant_id(self.tenant_id, _API),
            *check_duration_token(quota, quota_ms, "integration_timeout_quota", _API),
        )
        model = ApiModel(
            id=construct_id,
            name=select_type(self.rest_api_name, str) or construct_id,
            # The full path would cost two round trips to Node.js, and is read where it is shown.
            origin=SourceLocation(construct_path=construct_id),
            routes=(),
            functions={},
            stage=stage.to_model(),
            endpoint_type=endpoint.endpoint_type,
            binary_media_types=tuple(list_texts(self.binary_media_types)),
            integration_timeout_max_ms=quota_ms,
            api_key_source=_convert_api_key_source(self.api_key_source_type),
        )
        return RestApiSettings(
            model=model,
            description=select_type(self.description, str),
            cloud_watch_role=self.cloud_watch_role,
            cors=cors,
            endpoint=endpoint,
            stage=stage,
            findings=findings,
            tenant_id=select_type(self.tenant_id, TenantId),
        )

    def _check_types(self) -> Iterator[Finding]:
        return check_argument_types(
            _API,
            rest_api_name=(self.rest_api_name, str),
            description=(self.description, str),
            proxy=(self.proxy, bool),
            api_key_required=(self.api_key_required, bool),
            cloud_watch_role=(self.cloud_watch_role, bool),
            disable_execute_api_endpoint=(self.disable_execute_api_endpoint, bool),
            cors=(self.cors, CorsOptions),
            api_key_source_type=(self.api_key_source_type, ApiKeySourceType),
            request_validator_options=(self.request_validator_options, RequestValidatorOptions),
            endpoint_configuration=(self.endpoint_configuration, EndpointConfiguration),
            policy=(self.policy, PolicyDocument),
            domain_name=(self.domain_name, DomainNameOptions),
            security_policy=(self.security_policy, SecurityPolicy),
            endpoint_access_mode=(self.endpoint_access_mode, EndpointAccessMode),
            integration_timeout_quota=(self.integration_timeout_quota, Duration),
            deploy_options=(self.deploy_options, StageOptions),
            access_log=(None if self.access_log is False else self.access_log, AccessLog),
        )

    def _read_endpoint(self) -> EndpointOptions:
        return EndpointOptions(
            configuration=select_type(self.endpoint_configuration, EndpointConfiguration)
            or EndpointConfiguration(types=[EndpointType.REGIONAL]),
            policy=select_type(self.policy, PolicyDocument),
            domain=CustomDomain(
                domain_name=select_type(self.domain_name, DomainNameOptions),
                hosted_zone=self.hosted_zone,
                disable_execute_api_endpoint=self.disable_execute_api_endpoint,
            ),
            tls=SecurityPolicySettings(
                select_type(self.security_policy, SecurityPolicy),
                select_type(self.endpoint_access_mode, EndpointAccessMode),
            ),
            web_acl=self.web_acl,
        )

    def _read_stage(self) -> StageSettings:
        access_log = None
        if self.access_log is not False:
            access_log = select_type(self.access_log, AccessLog) or AccessLog()
        return StageSettings(
            select_type(self.deploy_options, StageOptions) or StageOptions(), access_log
        )


def _convert_api_key_source(source_type: object) -> ApiKeySource:
    # A value of another type is reported.
    is_authorizer = source_type is ApiKeySourceType.AUTHORIZER
    return ApiKeySource.AUTHORIZER if is_authorizer else ApiKeySource.HEADER
