"""Equal operations cross to Node.js once; in the template, each route has its own."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk.aws_apigateway import CfnRestApi, CorsOptions

from streaming_construct import StreamingRestApi
from streaming_construct.constructs.cdk.default_child import get_default_child
from streaming_construct.constructs.rest_api.shared_operations import (
    MIN_OCCURRENCES,
    share_operations,
)
from tests.support.synthesis import new_function, only, synthesize


def test_operations_that_occur_often_become_one_token(stack: Stack) -> None:
    """The others, and what is not an operation, stay as they are."""
    several = {f"/a{number}": {"get": {"x": 1}} for number in range(MIN_OCCURRENCES)}
    few = {f"/b{number}": {"get": {"x": 2}} for number in range(MIN_OCCURRENCES - 1)}
    body = {"openapi": "3.0.1", "paths": {**several, **few, "/c": {"parameters": [{"name": "c"}]}}}

    shared = share_operations(body)

    (token, *others) = [shared["paths"][path]["get"] for path in several]
    assert all(other is token for other in others)
    assert {**shared["paths"], **several} == body["paths"]
    assert stack.resolve(shared) == body
    assert body["paths"]["/a0"] == {"get": {"x": 1}}


def test_an_override_of_one_route_changes_no_other(stack: Stack) -> None:
    """CDK applies it to what it made of the shared operation for this route."""
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        proxy=False,
        cors=CorsOptions(allow_origins=["https://app.example"]),
    )
    for number in range(MIN_OCCURRENCES):
        api.add_route(f"/r{number}", methods=["GET"])
    get_default_child(api.rest_api, CfnRestApi).add_property_override(
        "Body.paths./r0.get.summary", "0"
    )

    paths = only(synthesize(stack), "AWS::ApiGateway::RestApi")["Body"]["paths"]

    assert paths["/r0"]["get"].pop("summary") == "0"
    assert all(item == paths["/r0"] for item in paths.values())
    assert paths["/r0"]["options"]["responses"]
