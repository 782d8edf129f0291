"""`ApiModel`: one REST API with its routes, functions and stage, as plain frozen data.

The construct, the readers of templates and of deployed APIs all end in an `ApiModel`; the rules,
the OpenAPI body and the local gateway all start from one. It knows no AWS SDK and no CDK. A field
that is `None` was not given or cannot be known (an imported function's timeout, say).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.authorization import MethodAuthorization, RequestValidation
from streaming_construct.model.functions import Function, Role
from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.usage_plans import Throttle, UsagePlan


class ApiType(str, Enum):
    """Which of API Gateway's products an API is: only REST APIs stream."""

    REST = "REST"
    HTTP = "HTTP"


class EndpointType(str, Enum):
    """The endpoint type of a REST API."""

    EDGE = "EDGE"
    REGIONAL = "REGIONAL"
    PRIVATE = "PRIVATE"


"""The origin of what nothing is known of."""


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
    access: MethodAuthorization = field(default_factory=MethodAuthorization)
    validation: RequestValidation | None = None
    caching_enabled: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


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
