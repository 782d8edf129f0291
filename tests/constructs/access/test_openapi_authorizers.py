"""Authorizers of the construct beside those of an OpenAPI document."""

from __future__ import annotations

import pytest
from aws_cdk import Stack

from streaming_construct import Authorizer, OpenApiOptions, RouteOptions, StreamingRestApi
from tests.constructs.access.authorized_api import (
    AUTHTYPE,
    OPERATION,
    api_with,
    as_deployed,
    document,
    scheme,
    security_of,
)
from tests.openapi.conversion.import_rules import findings as import_findings
from tests.support.synthesis import body_of, new_function, synthesize


def test_the_authorizer_of_the_api_applies_to_other_operations(stack: Stack) -> None:
    """A document's authorizer stays, and an override applies to an operation without one."""
    document_scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        AUTHTYPE: "awsSigv4",
    }
    paths = {
        "/theirs": {"get": {**OPERATION, "security": [{"theirs": []}]}},
        "/auth": {"get": {**OPERATION, "x-amazon-apigateway-auth": {"type": "NONE"}}},
        "/plain": {"get": OPERATION, "options": OPERATION},
        "/empty": {"get": {**OPERATION, "security": []}},
        "/open": {"get": OPERATION},
        "/keyed": {"get": {**OPERATION, "security": [{"theirs": []}]}},
    }
    openapi_document = document(paths, components={"securitySchemes": {"theirs": document_scheme}})
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        openapi=OpenApiOptions(
            document=openapi_document,
            operation_overrides={
                "GET /open": RouteOptions(authorizer=Authorizer.none()),
                "GET /keyed": RouteOptions(api_key_required=True),
            },
        ),
        authorizer=Authorizer.token(new_function(stack, "Guard")),
    )
    api.add_usage_plan("Plan")
    template = synthesize(stack)

    assert security_of(template, "/theirs") == [{"theirs": []}]
    assert security_of(template, "/auth") is None
    assert security_of(template, "/plain") == [{"TokenGuard": []}]
    assert security_of(template, "/plain", "options") is None
    assert security_of(template, "/empty") == [{"TokenGuard": []}]
    assert security_of(template, "/open") is None
    assert security_of(template, "/keyed") == [{"theirs": []}, {"ApiKey": []}]
    assert scheme(template, "theirs") == document_scheme
    assert import_findings(as_deployed(body_of(template))) == []


def test_an_invalid_authorizer_of_many_operations_is_reported_once(stack: Stack) -> None:
    """The error names the override."""
    paths = {f"/{n}": {"get": {**OPERATION, "tags": ["all"]}} for n in range(3)}

    with pytest.raises(ValueError, match="1 problem") as rejected:
        api_with(
            stack,
            openapi=OpenApiOptions(
                document=document(paths),
                operation_overrides={
                    "all": RouteOptions(authorizer=Authorizer.cognito("pool"))  # type: ignore[arg-type] # on purpose
                },
            ),
        )

    assert "override all: the authorizer has 'pool'" in str(rejected.value)


def test_an_override_with_another_value_as_authorizer_is_an_error(stack: Stack) -> None:
    """The error names the override."""
    paths = {"/": {"get": OPERATION}}

    with pytest.raises(ValueError, match="override GET /: authorizer is 'IAM'"):
        api_with(
            stack,
            openapi=OpenApiOptions(
                document=document(paths),
                operation_overrides={"GET /": RouteOptions(authorizer="IAM")},  # type: ignore[arg-type] # on purpose
            ),
        )


def test_a_document_and_an_override_cannot_both_authorize(stack: Stack) -> None:
    """They cannot define a scheme with the same name, either."""
    iam = {"type": "apiKey", "name": "Authorization", "in": "header", AUTHTYPE: "awsSigv4"}
    paths = {
        "/": {"get": {**OPERATION, "security": [{"TokenGuard": []}]}},
        "/b": {"get": OPERATION},
    }
    openapi_document = document(paths, components={"securitySchemes": {"TokenGuard": iam}})
    guard = Authorizer.token(new_function(stack, "Guard"))

    with pytest.raises(ValueError, match="2 problems") as rejected:
        api_with(
            stack,
            openapi=OpenApiOptions(
                document=openapi_document,
                operation_overrides={
                    "GET /": RouteOptions(authorizer=guard),
                    "GET /b": RouteOptions(authorizer=guard),
                },
            ),
        )

    assert "both the document and an override have an authorizer for it" in str(rejected.value)
    assert "the document has another security scheme TokenGuard" in str(rejected.value)
