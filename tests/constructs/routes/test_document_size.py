"""Large OpenAPI documents: the quota of resources and the size of the template."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.aws_apigateway import CorsOptions, RequestValidatorOptions

from streaming_construct import Authorizer, OpenApiOptions, StreamingRestApi
from streaming_construct.constructs.routes.document_size import NO_INDENTATION
from tests.constructs.routes.openapi_documents import document, operation, warnings_of
from tests.support.synthesis import new_function, new_stack, template_file


def test_a_raised_quota_of_resources_is_accepted(stack: Stack) -> None:
    """Any API of that size has the warning."""
    paths = {f"/p{n}": {"get": operation()} for n in range(301)}
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        openapi=OpenApiOptions(document=document(paths), max_resources=400),
    )

    assert len(warnings_of(stack, "resource-quota-exceeded")) == 1


def large(operations: int) -> dict[str, Any]:
    """Return paths, each with some ten thousand bytes that cannot be left out."""
    query = [
        {"name": f"parameter-{'x' * 40}-{n}", "in": "query", "schema": {"type": "string"}}
        for n in range(90)
    ]
    return {f"/p{n}": {"get": operation(parameters=query)} for n in range(operations)}


def test_models_of_responses_are_left_out_if_the_template_is_too_large(stack: Stack) -> None:
    """Models of requests stay. The warning names the context value that makes room."""
    fields = {f"a-property-with-a-long-name-{n}": {"type": "string"} for n in range(40)}
    response = {
        "content": {"application/json": {"schema": {"type": "object", "properties": fields}}}
    }
    paths = {
        f"/p{n}": {"get": {"responses": {"200": {"description": "fine", **response}}}}
        for n in range(250)
    }
    StreamingRestApi(stack, "Api", handler=new_function(stack), openapi=document(paths))

    (warning,) = warnings_of(stack, "openapi-dropped")
    assert "models of responses" in warning
    assert f"context {NO_INDENTATION}: true" in warning


@pytest.mark.parametrize("indented", [True, False])
def test_the_largest_accepted_document_fits_the_template(*, indented: bool) -> None:
    """The template is just below CloudFormation's limit. A larger document is an error.

    The size grows with each operation by the same number of bytes, preflights included.
    """

    def size(operations: int) -> int:
        stack = new_stack(context=None if indented else {NO_INDENTATION: True})
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            openapi=document(large(operations)),
            cors=CorsOptions(allow_origins=["https://a.example", "https://b.example"]),
        )
        return template_file(stack).stat().st_size

    small = size(10)
    per_operation = (size(20) - small) / 10

    assert size(10 + int((920_000 - small) / per_operation)) < 1_000_000
    with pytest.raises(ValueError, match="takes 1,000,000") as error:
        size(10 + int((1_020_000 - small) / per_operation))
    if indented:
        assert "a template that is written with indentation takes" in str(error.value)
        assert f"context {NO_INDENTATION}: true" in str(error.value)


def test_authorizer_and_validator_count_toward_the_template_size() -> None:
    """For many small operations they are a large part."""
    methods = ("get", "post", "put", "delete")
    paths = {f"/p{n}": dict.fromkeys(methods, operation()) for n in range(225)}

    def api_of(**options: Any) -> Stack:
        stack = new_stack()
        StreamingRestApi(
            stack, "Api", handler=new_function(stack), openapi=document(paths), **options
        )
        return stack

    plain = template_file(api_of()).stat().st_size
    arguments = {
        "authorizer": Authorizer.iam(),
        "request_validator_options": RequestValidatorOptions(validate_request_body=True),
    }

    assert plain < 1_000_000
    with pytest.raises(ValueError, match="a template that is written with indentation takes"):
        api_of(**arguments)
