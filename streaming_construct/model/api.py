"""`ApiModel`: one REST API as API Gateway serves it, with its routes, functions and stage.

The construct and the readers of templates and deployed APIs create an `ApiModel`. The rules, the
OpenAPI body and the local gateway use it. A field is `None` if the source does not give it, or if
its value is unknown, such as the timeout of an imported function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from streaming_construct.model.authorization import MethodAuthorization, RequestValidation
from streaming_construct.model.functions import Function
from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.usage_plans import ApiKeySource, Throttle, UsagePlan


class EndpointType(str, Enum):
    """The endpoint type of a REST API."""

    EDGE = "EDGE"
    REGIONAL = "REGIONAL"
    PRIVATE = "PRIVATE"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One method (`GET`, ... or `ANY`) of one resource path (`/jobs/{id}`, `/{proxy+}`).

    `caching_enabled` is True if the stage caches responses.
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
class UnmatchedSetting:
    """A method setting of a stage that applies to no route.

    Attributes:
        path: The path as it is written if `is_escaped` is false, else as the API would have it.
        method: The HTTP method, or `*`.
        origin: Where the setting is declared.
        is_escaped: Whether the slashes of the path are written as `~1`.
    """

    path: str
    method: str
    origin: SourceLocation
    is_escaped: bool = True


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The stage an API is deployed to.

    `access_log_format` is the template of one log line, None where it is not known. `is_complete`
    is true if the source declares the whole stage. Without `has_access_log`, such a stage logs no
    requests.
    `unmatched_settings` are method settings for no route. `unresolved_variables` are stage
    variables whose values are unknown. `has_unresolved_variables` is true if their names are
    unknown, too. `has_canary` is true if a part of the requests goes to
    another deployment. `unresolved` maps each setting without effect here to the reason.
    """

    name: str
    origin: SourceLocation = UNKNOWN_LOCATION
    is_complete: bool = False
    has_access_log: bool = False
    unmatched_settings: tuple[UnmatchedSetting, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    unresolved_variables: tuple[str, ...] = ()
    has_unresolved_variables: bool = False
    has_canary: bool = False
    throttle: Throttle | None = None
    access_log_format: str | None = None
    is_tracing_enabled: bool = False
    unresolved: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_known_variables(self) -> bool:
        """Whether the source declares the names of all stage variables."""
        return self.is_complete and not self.has_unresolved_variables


@dataclass(frozen=True, kw_only=True)
class ApiModel:
    """A REST API: its routes, the functions they name by `Function.id`, and its stage.

    `resource_policy` is the document as the source has it. `access_controls` names the other
    protections of the API, such as AWS WAF. `base_paths` are those of custom domain names (`v1`).
    `usage_plans` are those of the stage. `api_key_source` is the source of API keys: the header
    `x-api-key`, or the result of the authorizer. `integration_timeout_max_ms` is the
    account's quota for the timeout of buffered integrations, or None if it is not known to be
    increased.
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
    usage_plans: tuple[UsagePlan, ...] = ()
    api_key_source: ApiKeySource = ApiKeySource.HEADER
    resource_policy: Mapping[str, Any] | None = None
    access_controls: tuple[str, ...] = ()
    base_paths: tuple[str, ...] = ()
