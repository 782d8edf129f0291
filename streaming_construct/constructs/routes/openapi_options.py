"""`OpenApiOptions`: an OpenAPI document whose operations become routes, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aws_cdk.aws_apigateway import ResponseTransferMode

from streaming_construct.aws.limits import RESOURCES_PER_API
from streaming_construct.constructs.cdk.validation import check_argument_types
from streaming_construct.constructs.routes.route_options import RouteOptions
from streaming_construct.model import api as model
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.openapi import OPENAPI_REJECTED, OVERRIDE_INVALID

if TYPE_CHECKING:
    # An API without a document does not import the conversion.
    from streaming_construct.openapi import Conversion, OpenApi


@dataclass(frozen=True, kw_only=True)
class OpenApiOptions:
    """An OpenAPI document and how its operations are served.

    Attributes:
        document: The document. All operations are served by the API's `handler` unless the document
            or an override states otherwise.
        operation_overrides: Options of operations by `METHOD /path` as the document has it, by
            `operationId` or by tag. Of several that match, the first of these to set an option
            counts. Default: none.
        default_transfer_mode: The transfer mode of operations that state none and whose responses
            are not a stream of messages (`text/event-stream`, `application/jsonl`, ...).
            Default: STREAM, which also suits responses that are sent as a whole.
        include_models: Whether request and response bodies keep their models, which request
            validation needs. Default: True.
        max_resources: The account's quota of resources per API, if AWS has raised it. Default: 300.
            https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    """

    document: OpenApi
    operation_overrides: Mapping[str, RouteOptions] = field(default_factory=dict)
    default_transfer_mode: ResponseTransferMode = ResponseTransferMode.STREAM
    include_models: bool = True
    max_resources: int = RESOURCES_PER_API

    def check_types(self) -> Iterator[Finding]:
        """Yield a finding for each field of a wrong type."""
        from streaming_construct.openapi import OpenApi

        if not isinstance(self.document, OpenApi):
            yield OPENAPI_REJECTED.at(
                Subject("API"),
                f"openapi is a {type(self.document).__name__}, not a document",
                fix="Write OpenApi.from_file(...), .from_dict(...) or .from_asgi(...).",
            )
        yield from check_argument_types(
            Subject("API"),
            default_transfer_mode=(self.default_transfer_mode, ResponseTransferMode),
            operation_overrides=(self.operation_overrides, Mapping),
            include_models=(self.include_models, bool),
            max_resources=(self.max_resources, int),
        )
        overrides = self.operation_overrides
        for name, options in overrides.items() if isinstance(overrides, Mapping) else ():
            subject = Subject("override", str(name))
            if not isinstance(name, str):
                yield OVERRIDE_INVALID.at(
                    subject,
                    f"{name!r} is not a text",
                    fix="Write 'METHOD /path', an operationId or a tag.",
                )
            if isinstance(options, RouteOptions):
                yield from options.check_types(subject)
            else:
                yield OVERRIDE_INVALID.at(
                    subject,
                    f"the value is a {type(options).__name__}",
                    fix="Write RouteOptions(...).",
                )


@dataclass(frozen=True, kw_only=True)
class OpenApiRoutes:
    """The routes of a document.

    `findings` are errors, without routes, or warnings. `document_authorized` are the routes whose
    authorization the document defines.
    """

    routes: tuple[model.Route, ...] = ()
    document_authorized: frozenset[str] = frozenset()
    conversion: Conversion | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def document(self) -> Mapping[str, Any]:
        """The converted document without integrations; empty without a document."""
        return self.conversion.document if self.conversion else {}

    def list_routes_for_rules(self) -> tuple[model.Route, ...]:
        """Return the routes without API keys that an authorizer of the document may supply."""
        return tuple(
            replace(route, access=replace(route.access, api_key_required=False))
            if str(route) in self.document_authorized
            else route
            for route in self.routes
        )
