"""Declarations of a source about an API, beyond what API Gateway serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.functions import Role
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.unknown_element import UnknownElement


@dataclass(frozen=True, kw_only=True)
class CloudWatchRole:
    """The role that lets API Gateway write logs: one for all APIs of an account and Region."""

    origin: SourceLocation
    is_retained: bool


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A snapshot of an API.

    `is_replaced_on_change` is true if a change of the API replaces the deployment. CloudFormation
    may create the routes of `missing_depends_on` after the deployment, which then lacks them.
    """

    origin: SourceLocation
    is_replaced_on_change: bool
    missing_depends_on: tuple[Route, ...] = ()


class StageErrorKind(str, Enum):
    """The errors of the stages and deployments of an API."""

    MISSING = "there is no stage"
    UNNAMED = "the stage has no name"
    DUPLICATE = "two resources create a stage of the same name"
    WITHOUT_DEPLOYMENT = "the stage has no deployment"
    WITHOUT_METHODS = "the deployment has no methods"


@dataclass(frozen=True, kw_only=True)
class StageError:
    """An error in the declaration of a stage, and the resource that has it."""

    kind: StageErrorKind
    origin: SourceLocation


@dataclass(frozen=True, kw_only=True)
class StageReference:
    """A resource that names a stage in plain text, such as a usage plan.

    `missing_stage` is the name if no template creates such a stage of the API.
    """

    resource_type: str
    origin: SourceLocation
    missing_stage: str | None = None


@dataclass(frozen=True, kw_only=True)
class IgnoredTransferMode:
    """A transfer mode of a SAM event that SAM ignores, so that the response is buffered.

    `is_function` is true if the value is an intrinsic function, which SAM does not resolve.
    `is_defined_by_api` is true if the definition of the API has the integration of the route.
    """

    event: str
    value: str
    intended_value: str
    origin: SourceLocation
    is_function: bool = False
    is_defined_by_api: bool = False

    def __str__(self) -> str:
        if self.is_defined_by_api:
            return (
                f"{self.origin.file}: {self.event}: ResponseTransferMode has no effect, since the "
                "definition of the API has the integration."
            )
        return (
            f"{self.origin.file}: {self.event}: SAM ignores ResponseTransferMode {self.value} and "
            f"buffers the response. Set it to {self.intended_value}."
        )


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A REST API, and what its source declares about it.

    Attributes:
        api: The API as API Gateway serves it.
        problems: The problems that prevent API Gateway from serving the API.
        notes: Sentences on what the source declares without effect.
        document_version: The version of the imported OpenAPI document; None if it has none.
        document_version_key: Where the document has its version, `openapi` or `swagger`; None
            without a document.
        minimum_compression_size: In bytes; None without compression.
        deployment: The deployment that the stage serves.
        roles: The known roles of the source, by ARN.
        ignored_transfer_modes: Transfer modes that SAM ignores.
        cloud_watch_role: The role for logs that the source gives the account.
        invalid_endpoint_type: A given endpoint type that API Gateway is known to reject.
        unused_authorizers: Authorizers that no route uses.
        has_http_api_cors_extension: Whether the document has `x-amazon-apigateway-cors`.
        changed_paths: The path as the document has it, by the origin of the route, where they
            differ.
        is_partial: Whether another source declares the API, and this one only methods of it.
        account: The account of the API; None if only the deployment decides it.
        is_usage_plan_missing: Whether routes require an API key, and the source has no usage plan.
        is_execute_api_disabled: Whether only a custom domain name reaches the API.
        security_policy: The TLS policy of the endpoint; None for the default.
        endpoint_access_mode: The endpoint access mode, which some TLS policies require.
        unsupported_web_acls: Web ACLs that cannot be associated with a REST API.
        endpoint_types: The declared endpoint types; API Gateway takes one.
        ip_address_type: `ipv4` or `dualstack`; None if it is not declared.
        vpc_endpoints: The ids of the VPC endpoints of the API.
        stage_errors: The errors of the stage and of its deployment.
        unordered_references: Resources that name the stage and do not wait for it.
        unknown_elements: Elements that this library does not know, and that belong to no route,
            authorizer or function.
    """

    api: ApiModel
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    document_version: str | None = None
    document_version_key: str | None = None
    minimum_compression_size: int | None = None
    deployment: Deployment | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    ignored_transfer_modes: tuple[IgnoredTransferMode, ...] = ()
    cloud_watch_role: CloudWatchRole | None = None
    invalid_endpoint_type: str | None = None
    unused_authorizers: tuple[str, ...] = ()
    has_http_api_cors_extension: bool = False
    changed_paths: Mapping[SourceLocation, str] = field(default_factory=dict)
    is_partial: bool = False
    account: str | None = None
    is_usage_plan_missing: bool = False
    is_execute_api_disabled: bool = False
    security_policy: str | None = None
    endpoint_access_mode: str | None = None
    unsupported_web_acls: tuple[SourceLocation, ...] = ()
    endpoint_types: tuple[str, ...] = ()
    ip_address_type: str | None = None
    vpc_endpoints: tuple[str, ...] = ()
    stage_errors: tuple[StageError, ...] = ()
    unordered_references: tuple[StageReference, ...] = ()
    unknown_elements: tuple[UnknownElement, ...] = ()

    @property
    def startup_notes(self) -> tuple[str, ...]:
        """The notes for a user who serves the API without linting it."""
        return (
            *self.notes,
            *map(str, self.ignored_transfer_modes),
            *map(str, self.unknown_elements),
        )

    @property
    def has_streaming_intent(self) -> bool:
        """Whether a route streams, or its author intended that."""
        return bool(self.ignored_transfer_modes) or any(
            route.integration.has_streaming_intent for route in self.api.routes
        )
