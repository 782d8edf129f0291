"""`ApiModel`: one REST API with its routes, functions and stage, as plain frozen data.

The construct, the readers of templates and of deployed APIs all end in an `ApiModel`; the rules,
the OpenAPI body and the local gateway all start from one. It knows no AWS SDK and no CDK. A field
that is `None` was not given or cannot be known (an imported function's timeout, say).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final

from streaming_construct.aws.integration_uri import TransferMode


class ApiType(str, Enum):
    """Which of API Gateway's products an API is: only REST APIs stream."""

    REST = "REST"
    HTTP = "HTTP"


class EndpointType(str, Enum):
    """The endpoint type of a REST API."""

    EDGE = "EDGE"
    REGIONAL = "REGIONAL"
    PRIVATE = "PRIVATE"


@dataclass(frozen=True, kw_only=True)
class SourceLocation:
    """Where something was written: what is known of it, in the words its author would use.

    `pointer` is the way to it in `file`, as keys and indexes from the top.
    """

    construct_path: str | None = None
    logical_id: str | None = None
    file: str | None = None
    line: int | None = None
    arn: str | None = None
    json_pointer: tuple[str, ...] = ()

    @property
    def display_name(self) -> str:
        """What its author calls it."""
        return self.construct_path or self.logical_id or str(self)

    def __str__(self) -> str:
        if self.construct_path:
            return self.construct_path
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return " in ".join(part for part in (self.logical_id, place) if part) or self.arn or "?"


UNKNOWN_LOCATION: Final = SourceLocation()
"""The origin of what nothing is known of."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of a function: by its ARN, or as a folder (or zip file) on this machine."""

    origin: SourceLocation
    arn: str | None = None
    code: Path | None = None


@dataclass(frozen=True, kw_only=True)
class HandlerFile:
    """The file that a function's handler names, where it is a program rather than a function."""

    name: str
    executable: bool
    has_crlf: bool


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A statement of a function's resource policy.

    `qualifier` is the version or alias that it is for, None for the function itself. `source_arn`
    is None where callers of the principal are not told apart, and `"?"` where it cannot be known.
    """

    origin: SourceLocation
    action: str
    principal: str
    qualifier: str | None = None
    source_arn: str | None = None
    source_account: str | None = None


@dataclass(frozen=True, kw_only=True)
class PolicyStatement:
    """What a role is allowed; a resource that cannot be known is `"?"`."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role of the same source: who may take it, and what it may do then."""

    origin: SourceLocation
    services: tuple[str, ...]
    statements: tuple[PolicyStatement, ...]


@dataclass(frozen=True, kw_only=True)
class Function:
    """A Lambda function.

    `id` is unique in its `ApiModel`. `code` is a folder or zip file on this machine; `inline_code`
    is the source of a function that is written out in its template. `runtime` is Lambda's
    identifier (`python3.14`), absent for a container image. `arn` is without a qualifier; it has
    the account and the Region of the function's stack. `reserved_concurrency` is the most that may
    run at once, None without a bound of its own; `provisioned_concurrency` is kept warm, for all
    its aliases and versions together. `permissions` is its resource policy, None where that is not
    known. `unresolved` says, one sentence each, what kept the function
    from being known completely.
    """

    id: str
    origin: SourceLocation
    name: str | None = None
    arn: str | None = None
    runtime: str | None = None
    handler: str | None = None
    code: Path | None = None
    inline_code: str | None = None
    image: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    timeout_seconds: float | None = None
    memory_mb: int | None = None
    architecture: str | None = None
    streams: bool | None = None
    reserved_concurrency: int | None = None
    provisioned_concurrency: int = 0
    handler_file: HandlerFile | None = None
    permissions: tuple[Permission, ...] | None = None
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TemplatedResponse:
    """An answer that API Gateway itself makes up: of a mock integration, or a gateway response.

    `headers` maps a header's name to its mapping expression: a literal in single quotes, or a
    reference such as `method.request.header.origin`. `templates` maps a content type to a template.
    `status` is None where API Gateway keeps its own.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Integration:
    """What answers a route.

    `type` is API Gateway's, in lower case: `aws_proxy`, `mock`, `http_proxy`, ... A Lambda
    integration names its function by `Function.id`; `qualifier` is the version or alias invoked.
    `responses` belong to a mock integration, keyed by their selection pattern (`default`).
    `invalid_transfer_mode` is a mode that was given and that API Gateway does not have.
    `content_handling` is a conversion that was asked for (`CONVERT_TO_TEXT`).
    `declared` is what an OpenAPI document says of it: kept as written, the rest only completes it.
    """

    type: str = "aws_proxy"
    transfer_mode: TransferMode = TransferMode.BUFFERED
    uri: str | None = None
    function: str | None = None
    qualifier: str | None = None
    credentials: str | None = None
    timeout_ms: int | None = None
    invalid_transfer_mode: str | None = None
    content_handling: str | None = None
    request_templates: Mapping[str, str] = field(default_factory=dict)
    responses: Mapping[str, TemplatedResponse] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """A token bucket: `rate` requests a second on average, `burst` requests at once."""

    rate: float | None = None
    burst: int | None = None


class AuthorizerType(str, Enum):
    """What decides who may call a route."""

    TOKEN = "TOKEN"  # noqa: S105 - the name of a kind of Lambda authorizer
    REQUEST = "REQUEST"
    COGNITO = "COGNITO_USER_POOLS"
    IAM = "AWS_IAM"


@dataclass(frozen=True, kw_only=True)
class Authorizer:
    """An authorizer of an API, or `AWS_IAM`, which every API has.

    `function` is the `Function.id` of a Lambda authorizer. `identity_sources` are mapping
    expressions (`method.request.header.Authorization`). `ttl_seconds` is how long its answers are
    kept, 0 not at all. `user_pools` are the ARNs whose tokens a Cognito authorizer takes. `uri` and
    `credentials` are how API Gateway invokes the function, where that is written here. `unresolved`
    says, one sentence each, what keeps it from being known completely.
    """

    type: AuthorizerType
    name: str
    origin: SourceLocation
    function: str | None = None
    identity_sources: tuple[str, ...] = ()
    validation_expression: str | None = None
    ttl_seconds: int = 300
    user_pools: tuple[str, ...] = ()
    uri: str | None = None
    credentials: str | None = None
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MethodAuthorization:
    """What a request to a route must show; the default is nothing.

    A Cognito token must have one of the `scopes`, where there are any. `ignored` names what was
    declared and API Gateway does not act on.
    """

    authorizer: Authorizer | None = None
    scopes: tuple[str, ...] = ()
    api_key_required: bool = False
    not_enforced_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RequestValidation:
    """What API Gateway checks of a request before it invokes anything: its validator, by name.

    With `parameters`, what is `required` must be there and not blank: mapping expressions
    (`method.request.querystring.limit`). With `body`, it must be valid by the model of its media
    type: `models` are JSON schemas of draft 4, each complete by itself. `unresolved` says, one
    sentence each, what could not be read of it.
    """

    name: str
    body: bool = False
    parameters: bool = False
    required: tuple[str, ...] = ()
    models: Mapping[str, Any] = field(default_factory=dict)
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Route:
    """One method (`GET`, ... or `ANY`) of one resource path (`/jobs/{id}`, `/{proxy+}`).

    `cached` says that the stage keeps its answers.
    """

    method: str
    path: str
    integration: Integration
    origin: SourceLocation
    throttle: Throttle | None = None
    access: MethodAuthorization = MethodAuthorization()
    validation: RequestValidation | None = None
    caching_enabled: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class QuotaPeriod(str, Enum):
    """How long a quota lasts; days begin at midnight UTC, weeks on Sunday."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many requests a key may make in a period."""

    limit: int
    period: QuotaPeriod


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """An API key; `value` is None where only a deployment gives it one."""

    id: str
    name: str
    origin: SourceLocation
    value: str | None = None
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class UsagePlan:
    """What the holders of some keys may do on the stage, each for himself.

    `route_throttles` hold beside `throttle`, keyed by route (`/jobs GET`). `unresolved`
    says, one sentence each, what could not be read of it.
    """

    id: str
    name: str
    origin: SourceLocation
    api_keys: tuple[ApiKey, ...] = ()
    throttle: Throttle | None = None
    route_throttles: Mapping[str, Throttle] = field(default_factory=dict)
    quota: Quota | None = None
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The stage an API is deployed to.

    `access_log_format` is the template of one log line, None where it is not known. `complete` says
    that all of the stage is here, so that what is not here is not there: whether requests are
    logged at all is `access_log` then. `unmatched_settings` are method settings for no route.
    """

    name: str
    origin: SourceLocation = UNKNOWN_LOCATION
    complete: bool = False
    access_log: bool = False
    unmatched_settings: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    throttle: Throttle | None = None
    access_log_format: str | None = None
    tracing: bool = False


@dataclass(frozen=True, kw_only=True)
class CloudWatchRole:
    """The role that lets API Gateway write logs: one for all APIs of an account and Region."""

    origin: SourceLocation
    is_retained: bool


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A snapshot of an API, taken once, when it is made.

    `is_replaced_on_change` says whether a change of the API makes a new one. `missing_depends_on`
    are routes that may be made only after it, and would be missing.
    """

    origin: SourceLocation
    is_replaced_on_change: bool
    missing_depends_on: tuple[Route, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IgnoredTransferMode:
    """A transfer mode that was given in words which only made the answer buffered."""

    where: str
    value: str
    intended_value: str
    origin: SourceLocation


@dataclass(frozen=True, kw_only=True)
class ApiModel:
    """A REST API: its routes, the functions they name by `Function.id`, and its stage.

    An API of another `protocol` is here for what can be said of it: that it does not stream.
    `document_version` is that of the OpenAPI document it is imported from. `invalid_endpoint_type`
    was given and is none of API Gateway's. `unused_authorizers` are declared, and no route names
    them. `has_http_api_cors_extension` says that the document has `x-amazon-apigateway-cors`.
    `roles` are those of the source, by ARN, as far as they are known.

    `resource_policy` is a document as the source has it. `guards` names what else protects the API
    beside authorizers and keys: WAF, say. `base_paths` are those of custom domain names (`v1`).
    `usage_plans` are those of the stage. With `api_key_source`, the key is what the
    authorizer says and not the `x-api-key` header.
    `integration_timeout_max_ms` is the account's quota for the timeout of buffered integrations
    where it is known to have been raised.
    `notes` are sentences on what the source says and hardly means.
    """

    id: str
    name: str
    origin: SourceLocation
    routes: tuple[Route, ...]
    functions: Mapping[str, Function]
    stage: Stage
    endpoint_type: EndpointType = EndpointType.REGIONAL
    binary_media_types: tuple[str, ...] = ()
    integration_timeout_max_ms: int | None = None
    gateway_responses: Mapping[str, TemplatedResponse] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    usage_plans: tuple[UsagePlan, ...] = ()
    api_key_source: bool = False
    resource_policy: Mapping[str, Any] | None = None
    access_controls: tuple[str, ...] = ()
    base_paths: tuple[str, ...] = ()
    protocol: ApiType = ApiType.REST
    document_version: str | None = None
    minimum_compression_size: int | None = None
    deployment: Deployment | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    ignored_transfer_modes: tuple[IgnoredTransferMode, ...] = ()
    account_role: CloudWatchRole | None = None
    invalid_endpoint_type: str | None = None
    unused_authorizers: tuple[str, ...] = ()
    has_http_api_cors_extension: bool = False

    @property
    def has_streaming_intent(self) -> bool:
        """Whether it streams, or was meant to."""
        return bool(self.ignored_transfer_modes) or any(
            route.integration.transfer_mode is TransferMode.STREAM
            or route.integration.invalid_transfer_mode
            or (route.integration.uri or "").endswith("/response-streaming-invocations")
            for route in self.routes
        )
