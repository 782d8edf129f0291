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
from typing import Any


class TransferMode(str, Enum):
    """How API Gateway hands on a function's answer (`responseTransferMode`)."""

    BUFFERED = "BUFFERED"
    STREAM = "STREAM"


class EndpointType(str, Enum):
    """The endpoint type of a REST API."""

    EDGE = "EDGE"
    REGIONAL = "REGIONAL"
    PRIVATE = "PRIVATE"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where something was written: what is known of it, in the words its author would use."""

    construct_path: str | None = None
    logical_id: str | None = None
    file: str | None = None
    line: int | None = None
    arn: str | None = None

    def __str__(self) -> str:
        if self.construct_path:
            return self.construct_path
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return " in ".join(part for part in (self.logical_id, place) if part) or self.arn or "?"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of a function: by its ARN, or as a folder (or zip file) on this machine."""

    origin: Origin
    arn: str | None = None
    code: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Function:
    """A Lambda function.

    `id` is unique in its `ApiModel`. `code` is a folder or zip file on this machine; `inline_code`
    is the source of a function that is written out in its template. `runtime` is Lambda's
    identifier (`python3.14`), absent for a container image. `unresolved` says, one sentence each,
    what kept the function from being known completely.
    """

    id: str
    origin: Origin
    name: str | None = None
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
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MappedResponse:
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
    `declared` is what an OpenAPI document says of it: kept as written, the rest only completes it.
    """

    type: str = "aws_proxy"
    transfer_mode: TransferMode = TransferMode.BUFFERED
    uri: str | None = None
    function: str | None = None
    qualifier: str | None = None
    credentials: str | None = None
    timeout_ms: int | None = None
    request_templates: Mapping[str, str] = field(default_factory=dict)
    responses: Mapping[str, MappedResponse] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """A token bucket: `rate` requests a second on average, `burst` requests at once."""

    rate: float | None = None
    burst: int | None = None


@dataclass(frozen=True, kw_only=True)
class Route:
    """One method (`GET`, ... or `ANY`) of one resource path (`/jobs/{id}`, `/{proxy+}`)."""

    method: str
    path: str
    integration: Integration
    origin: Origin
    throttle: Throttle | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The stage an API is deployed to. `access_log_format` is the template of one log line."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    throttle: Throttle | None = None
    access_log_format: str | None = None
    tracing: bool = False


@dataclass(frozen=True, kw_only=True)
class ApiModel:
    """A REST API: its routes, the functions they name by `Function.id`, and its stage.

    `buffered_timeout_max_ms` is the account's quota for the timeout of buffered integrations where
    it is known to have been raised. `notes` are sentences on what the source says and hardly means.
    """

    id: str
    name: str
    origin: Origin
    routes: tuple[Route, ...]
    functions: Mapping[str, Function]
    stage: Stage
    endpoint_type: EndpointType = EndpointType.REGIONAL
    binary_media_types: tuple[str, ...] = ()
    buffered_timeout_max_ms: int | None = None
    gateway_responses: Mapping[str, MappedResponse] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
