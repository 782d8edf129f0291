"""Integrations of routes, and the responses that API Gateway creates itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streaming_construct.aws.integration_uri import TransferMode


@dataclass(frozen=True, kw_only=True)
class TemplatedResponse:
    """A response that API Gateway creates: that of a mock integration, or a gateway response.

    `headers` maps a header's name to its mapping expression: a literal in single quotes, or a
    reference such as `method.request.header.origin`. `templates` maps a content type to a template.
    `status` is None where API Gateway keeps its own. `unresolved_headers` are the names of
    headers whose values are not known. It contains `"?"` if names are not known, either.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    unresolved_headers: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Integration:
    """The integration of a route.

    `type` is API Gateway's, in lower case: `aws_proxy`, `mock`, `http_proxy`, ... A Lambda
    integration names its function by `Function.id`; `qualifier` is the version or alias invoked.
    `responses` belong to a mock integration, keyed by their selection pattern (`default`).
    `http_method` is the method of the request to the backend; Lambda requires `POST`.
    `connection_type` and `connection_id` name a VPC link. `request_parameters` maps integration
    request parameters (`integration.request.path.id`) to mapping expressions.
    `invalid_transfer_mode` is a value that API Gateway is known to reject. `invalid_timeout` is a
    timeout that is not a number. `content_handling` is a conversion such as `CONVERT_TO_TEXT`.
    `tenant_id` is the mapping expression of the tenant's id (`method.request.header.X-Tenant`).
    `is_complete` is true if the source declares the whole integration. A missing member is then
    absent. `missing_stage_variables` are named in the URI, and the stage does not have them.
    `misplaced_members` are members of an integration that are declared next to it.
    `placeholder_region` stands for the Region in the URI if only the deployment decides it. `raw`
    has the members of an OpenAPI document as written; the other fields only complete it.
    `unresolved` maps each CloudFormation property that cannot be served or is unknown (`Uri`) to
    the reason. `unknown` maps each property or member that this library does not know, or whose
    value it does not know, to that value as text.
    """

    type: str = "aws_proxy"
    transfer_mode: TransferMode = TransferMode.BUFFERED
    uri: str | None = None
    function: str | None = None
    qualifier: str | None = None
    credentials: str | None = None
    timeout_ms: int | None = None
    http_method: str | None = None
    connection_type: str | None = None
    connection_id: str | None = None
    request_parameters: Mapping[str, str] = field(default_factory=dict)
    is_complete: bool = False
    missing_stage_variables: tuple[str, ...] = ()
    misplaced_members: tuple[str, ...] = ()
    placeholder_region: str | None = None
    invalid_transfer_mode: str | None = None
    invalid_timeout: str | None = None
    content_handling: str | None = None
    tenant_id: str | None = None
    request_templates: Mapping[str, str] = field(default_factory=dict)
    responses: Mapping[str, TemplatedResponse] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)
    unresolved: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_streaming_intent(self) -> bool:
        """Whether the integration streams, or its author intended that."""
        return (
            self.transfer_mode is TransferMode.STREAM
            or self.invalid_transfer_mode is not None
            or "ResponseTransferMode" in self.unknown
            or (self.uri or "").endswith("/response-streaming-invocations")
        )
