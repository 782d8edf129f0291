"""The operations of an OpenAPI document as routes of an API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from constructs import Construct

from streaming_construct.constructs.routes.document_size import (
    NO_INDENTATION,
    check_document_size,
    estimate_preflight_bytes,
    estimate_security_bytes,
)
from streaming_construct.constructs.routes.openapi_operations import OpenApiOperations
from streaming_construct.constructs.routes.openapi_options import OpenApiOptions, OpenApiRoutes
from streaming_construct.constructs.routes.route_reader import RouteReader
from streaming_construct.model import api as model
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import RequestValidation
from streaming_construct.model.cors import Cors
from streaming_construct.model.subject import Subject
from streaming_construct.openapi import Conversion, OpenApi, OpenApiError
from streaming_construct.openapi.conversion.conversion_report import OmittedElement, format_summary
from streaming_construct.openapi.conversion.extensions import WRITTEN_BY_CONSTRUCT
from streaming_construct.openapi.conversion.size_limits import INDENTED_TEMPLATE
from streaming_construct.openapi.document import UNNAMED
from streaming_construct.openapi.rest_api_body.security_schemes import build_security_schemes
from streaming_construct.rules.checks.unknown_elements import NOT_UNDERSTOOD
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.access import AUTHORIZER_CONFLICT
from streaming_construct.rules.synth.openapi import (
    OPENAPI_DROPPED,
    OPENAPI_REJECTED,
)

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import IFunction

_MAX_LISTED: Final = 5


def read_openapi_routes(
    scope: Construct,
    options: OpenApiOptions,
    api: ApiModel,
    reader: RouteReader,
    handler: IFunction | None,
    *,
    default_validation: RequestValidation | None,
    cors: Cors | None,
) -> OpenApiRoutes:
    """Convert a document and read a route for each of its operations; nothing is created.

    Args:
        scope: The construct, whose context determines whether CDK indents templates.
        options: The document and its options, of the right types.
        api: The API that it becomes.
        reader: Reads the routes of the API.
        handler: The function of operations without their own.
        default_validation: The validation of operations for which neither document nor override
            defines it.
        cors: The API's CORS options, whose preflights take space in the template.
    """
    name = str(options.document.name)
    subject = Subject("document", "" if name == UNNAMED else name)
    indented = not scope.node.try_get_context(NO_INDENTATION)
    reserved = estimate_preflight_bytes(options.document, cors, api, indented=indented)
    reserved += estimate_security_bytes(
        options.document, reader.authorizers.default, default_validation, api, indented=indented
    )
    try:
        conversion = options.document.convert(
            models=options.include_models,
            max_resources=options.max_resources,
            reserved_bytes=reserved,
            indented=indented,
        )
    except OpenApiError as problem:
        return OpenApiRoutes(findings=tuple(_create_rejections(subject, problem)))
    operations = OpenApiOperations(options, conversion, reader, handler, default_validation)
    routes = tuple(operations.create_routes())
    findings = [
        *check_document_size(conversion, subject, reserved, indented=indented),
        *operations.findings,
        *_check_duplicate_schemes(routes, conversion.document),
        *_check_dropped_constructs(conversion.dropped, options.document, subject),
        *_check_unknown_constructs(conversion, subject),
    ]
    return OpenApiRoutes(
        routes=routes,
        document_authorized=frozenset(operations.document_authorized),
        conversion=conversion,
        findings=tuple(findings),
    )


def _create_rejections(subject: Subject, error: OpenApiError) -> Iterator[Finding]:
    """Yield a finding for each reason, whose second sentence is its fix if it has one."""
    for reason in error.reasons:
        message, _, fix = reason.message.partition(". ")
        problem = str(replace(reason, message=message))
        fix = f"{fix}." if fix else "Fix it or remove it."
        yield OPENAPI_REJECTED.at(subject, problem, fix=fix)


def _check_duplicate_schemes(
    routes: Iterable[model.Route], document: Mapping[str, Any]
) -> Iterator[Finding]:
    """Yield a finding for each name that both the document and the API give to a scheme."""
    declared = document.get("components", {}).get("securitySchemes", {})
    created = build_security_schemes(route.access for route in routes)
    for name in sorted(declared.keys() & created):
        if declared[name] != created[name]:
            yield AUTHORIZER_CONFLICT.at(
                Subject("API"),
                f"the document has another security scheme {name}",
                fix="Give one of them another name, an authorizer by authorizer_name.",
            )


def _check_dropped_constructs(
    dropped: Iterable[OmittedElement], document: OpenApi, subject: Subject
) -> Iterator[Finding]:
    # The construct keeps integrations, which the conversion drops.
    entries = [entry for entry in dropped if entry.reason != WRITTEN_BY_CONSTRUCT]
    if entries:
        hint = "api.conversion.dropped lists all of it"
        if document.command is not None:
            hint = f"`{document.command}` shows all of it"
        fix = f"Check that nothing depends on it ({hint}), and acknowledge the warning."
        if any(INDENTED_TEMPLATE in entry.reason for entry in entries):
            fix += f" Without indentation (context {NO_INDENTATION}: true), more fits."
        yield OPENAPI_DROPPED.at(
            subject, f"API Gateway has no counterpart for {format_summary(entries)}", fix=fix
        )


def _check_unknown_constructs(conversion: Conversion, subject: Subject) -> Iterator[Finding]:
    if conversion.unknown:
        listing = "; ".join(map(str, conversion.unknown[:_MAX_LISTED]))
        remaining = len(conversion.unknown) - _MAX_LISTED
        if remaining > 0:
            listing += f" and {remaining} more"
        yield NOT_UNDERSTOOD.at(
            subject,
            f"streaming-construct does not know {listing}, and keeps it as written",
            fix=(
                "Check the spelling (api.conversion.unknown lists all of it). If AWS documents it, "
                "update streaming-construct."
            ),
        )
