"""The bytes of a template that a document and its integrations take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.model import api as model
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import MethodAuthorization, RequestValidation
from streaming_construct.model.cors import Cors, create_preflight
from streaming_construct.model.integrations import Integration
from streaming_construct.model.subject import Subject
from streaming_construct.openapi import Conversion, OpenApi
from streaming_construct.openapi.conversion.size_limits import (
    count_template_bytes,
    find_template_excess,
)
from streaming_construct.openapi.rest_api_body.body import build_body, build_security_requirement
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.openapi import OPENAPI_REJECTED

NO_INDENTATION: Final = "@aws-cdk/core:suppressTemplateIndentation"
"""The context key by which CDK writes templates without indentation."""


def check_document_size(
    conversion: Conversion, subject: Subject, reserved: int, *, indented: bool
) -> Iterator[Finding]:
    """Yield an error for a document that is too large for a template.

    `reserved` are the bytes of what the API adds to the document.
    """
    excess = find_template_excess(
        conversion.document,
        len(set(conversion.operations.values())),
        reserved_bytes=reserved,
        indented=indented,
    )
    if excess is not None:
        fix = "Split the document into several APIs."
        if indented:
            fix = f"Disable indentation in CDK (context {NO_INDENTATION}: true). {fix}"
        yield OPENAPI_REJECTED.at(subject, f"{excess} with its integrations", fix=fix)


def estimate_security_bytes(
    document: OpenApi,
    access: MethodAuthorization,
    validation: RequestValidation | None,
    api: ApiModel,
    *,
    indented: bool,
) -> int:
    """Return the most bytes that the authorizer, API key and validator add to operations."""
    route = model.Route(
        method=ANY,
        path="/",
        integration=Integration(),
        origin=api.origin,
        access=access,
        validation=validation,
    )
    added = build_security_requirement(route, {})
    if not added:
        return 0
    items = _read_path_items(document).values()
    operations = sum(len(item) for item in items if isinstance(item, Mapping))
    # One level in an operation, which is three levels below the top of the document.
    levels = {"paths": {"/": {"get": added}}}
    return count_template_bytes(levels, indented=indented) * operations


def estimate_preflight_bytes(
    document: OpenApi, cors: Cors | None, api: ApiModel, *, indented: bool
) -> int:
    """Return the most bytes that the preflights of a document's paths add to a template."""
    if cors is None:
        return 0
    mock = model.Route(
        method="OPTIONS", path="/", integration=create_preflight(cors), origin=api.origin
    )
    single = build_body(replace(api, routes=(mock,)))
    return count_template_bytes(single, indented=indented) * len(_read_path_items(document))


def _read_path_items(document: OpenApi) -> Mapping[str, Any]:
    """Return the path items of a document; none if it has another form, which is an error."""
    paths = document.document.get("paths") if isinstance(document.document, Mapping) else None
    return paths if isinstance(paths, Mapping) else {}
