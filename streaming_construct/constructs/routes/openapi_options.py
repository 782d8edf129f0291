"""What is said of a document of the caller's own, and what the document comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk.aws_apigateway import RequestValidatorOptions, ResponseTransferMode

from streaming_construct.constructs.access.request_validator import (
    empty_validator_warning,
    read_request_validation,
)
from streaming_construct.constructs.cdk.validation import argument_type_findings
from streaming_construct.constructs.routes.route import RouteOptions
from streaming_construct.constructs.routes.route_builder import RouteBuilder
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    # Whoever gives no document waits for no conversion.
    from streaming_construct.openapi import Conversion, OpenApi


@dataclass(frozen=True, kw_only=True)
class OpenApiOptions:
    """What a caller says of the document: arguments of `StreamingRestApi`, which documents them."""

    document: OpenApi | None
    overrides: Mapping[str, RouteOptions]
    transfer_mode: ResponseTransferMode
    models: bool
    max_resources: int
    request_validation: RequestValidatorOptions | None

    @property
    def is_configured(self) -> bool:
        """Whether there is a document, or something is said of one."""
        return self.document is not None or bool(self.overrides)

    def check_types(self) -> Iterator[Finding]:
        """Yield what is not of its type, before it is looked into."""
        yield from argument_type_findings(
            Subject("API"),
            openapi_transfer_mode=(self.transfer_mode, ResponseTransferMode),
            request_validation=(self.request_validation, RequestValidatorOptions),
        )

    def findings(self) -> Iterator[Finding]:
        """Yield what is said for nothing."""
        if self.document is None and read_request_validation(self.request_validation):
            yield empty_validator_warning(Subject("API"))


@dataclass(frozen=True, kw_only=True)
class OpenApiRoutes:
    """A document as routes: `findings` say why it is none, or what may surprise in it."""

    routes: tuple[RouteBuilder, ...] = ()
    conversion: Conversion | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def document(self) -> Mapping[str, Any]:
        """The converted document, integrations aside."""
        return self.conversion.document if self.conversion else {}
