"""Routes and attributes of a `StreamingRestApi`."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk.aws_apigateway import ThrottleSettings

from streaming_construct import StreamingRestApi
from tests.support.synthesis import Template, body_of, integration, new_function, only, synthesize


def test_a_handler_serves_every_method_and_path(minimal: Template) -> None:
    """It is behind any method of the root and of all paths below it."""
    paths = body_of(minimal)["paths"]

    assert {path: [key for key in item if key != "parameters"] for path, item in paths.items()} == {
        "/": ["x-amazon-apigateway-any-method"],
        "/{proxy+}": ["x-amazon-apigateway-any-method"],
    }


def test_routes_name_their_methods(several_routes: Template) -> None:
    """A route has the given methods, in any case."""
    assert {"post", "get"} <= body_of(several_routes)["paths"]["/chat/{id}"].keys()


def test_path_variables_are_declared(several_routes: Template) -> None:
    """A path variable is a required parameter of its path."""
    assert body_of(several_routes)["paths"]["/chat/{id}"]["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    ]


def test_an_added_route_replaces_the_default_of_its_path(stack: Stack) -> None:
    """Another function may serve `/{proxy+}`."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    other = new_function(stack, "Other")

    api.add_route("/{proxy+}", handler=other)

    uri = integration(synthesize(stack), "/{proxy+}")["uri"]["Fn::Join"][1]
    assert stack.resolve(other.function_arn) in uri


def test_a_route_may_be_added_after_a_synthesis(stack: Stack) -> None:
    """Reading the template does not close the API."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    synthesize(stack)

    api.add_route("/late", methods=["GET"], throttle=ThrottleSettings(rate_limit=1, burst_limit=1))

    template = synthesize(stack)
    assert "get" in body_of(template)["paths"]["/late"]
    assert "/~1late" in {
        s["ResourcePath"] for s in only(template, "AWS::ApiGateway::Stage")["MethodSettings"]
    }


def test_without_proxy_only_added_routes_are_served(stack: Stack) -> None:
    """`proxy=False` limits the handler to the added routes."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), proxy=False)

    api.add_route("/jobs/{id}", methods=["GET"])

    assert list(body_of(synthesize(stack))["paths"]) == ["/jobs/{id}"]


def test_an_api_may_have_no_handler(stack: Stack) -> None:
    """With `proxy=False`, each route may have its function."""
    api = StreamingRestApi(stack, "Api", proxy=False)

    api.add_route("/jobs", handler=new_function(stack))

    assert list(body_of(synthesize(stack))["paths"]) == ["/jobs"]


def test_the_attributes_are_the_l2_constructs(stack: Stack) -> None:
    """The user can read their URL and metrics."""
    function = new_function(stack)
    api = StreamingRestApi(stack, "Api", handler=function)

    assert api.handler is function
    assert api.rest_api.deployment_stage.stage_name == api.stage.stage_name
    assert stack.resolve(api.url) == stack.resolve(api.rest_api.url)
    assert stack.resolve(api.url_for_path("/chat"))["Fn::Join"][1][-1] == "/chat"
    assert api.metric_server_error(period=Duration.minutes(1)).metric_name == "5XXError"
    arn = json.dumps(stack.resolve(api.arn_for_execute_api("POST", "/chat", "prod")))
    assert "/prod/POST/chat" in arn


def test_the_l2_constructs_allow_overrides(stack: Stack) -> None:
    """A property that this construct does not have can be set on the resource."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))

    resource: Any = api.rest_api.node.default_child
    resource.add_property_override("DisableExecuteApiEndpoint", True)

    assert only(synthesize(stack), "AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"]


def test_logical_ids_do_not_change(minimal: Template) -> None:
    """A changed id replaces a resource of a deployed stack."""
    ids = {
        logical_id
        for logical_id, resource in minimal["Resources"].items()
        if logical_id.startswith("Api") and "Deployment" not in resource["Type"]
    }

    assert ids == {
        "Api9AF3637B",
        "ApiAccessLog713001CC",
        "ApiAccount91781BEA",
        "ApiCloudWatchRole95F89D2D",
        "ApiDeploymentStageprodB1EF9523",
        "ApiRoleDE7A08EC",
    }
