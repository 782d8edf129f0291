"""Options and throttles of the stage."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk.aws_apigateway import MethodLoggingLevel, StageOptions

from streaming_construct import StreamingRestApi
from tests.support.synthesis import Template, new_function, only, synthesize


def method_settings(template: Template) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (s["ResourcePath"], s["HttpMethod"]): s
        for s in only(template, "AWS::ApiGateway::Stage")["MethodSettings"]
    }


def test_the_stage_has_a_default_throttle(several_routes: Template) -> None:
    """It applies to each method without a setting."""
    setting = method_settings(several_routes)["/*", "*"]

    assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (100, 50)


def test_a_route_may_have_a_throttle(several_routes: Template) -> None:
    """Each of its methods has an entry, with slashes as API Gateway writes them."""
    settings = method_settings(several_routes)

    for method in ("GET", "POST"):
        setting = settings["/~1chat~1{id}", method]
        assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (5, 10)


def test_a_route_of_any_method_has_a_throttle_for_each_method(several_routes: Template) -> None:
    """API Gateway finds settings by the method of the request."""
    methods = {method for path, method in method_settings(several_routes) if path == "/~1any"}

    assert methods == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}


def test_an_entry_of_a_route_keeps_logging_and_metrics(several_routes: Template) -> None:
    """The entry of a method replaces the default entry, so it repeats the other settings."""
    for setting in method_settings(several_routes).values():
        assert (setting["LoggingLevel"], setting["MetricsEnabled"]) == ("ERROR", True)


def test_each_field_replaces_only_its_default(stack: Stack) -> None:
    """The other field keeps its default, as in StageOptions."""
    options = StageOptions(throttling_rate_limit=1000)
    StreamingRestApi(stack, "Api", handler=new_function(stack), deploy_options=options)

    setting = method_settings(synthesize(stack))["/*", "*"]
    assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (1000, 200)


def test_the_defaults_of_the_stage(minimal: Template) -> None:
    """It is named prod, and has tracing, metrics and error logs."""
    stage = only(minimal, "AWS::ApiGateway::Stage")

    assert stage["StageName"] == "prod"
    assert stage["TracingEnabled"] is True
    assert stage["MethodSettings"] == [
        {
            "ResourcePath": "/*",
            "HttpMethod": "*",
            "LoggingLevel": "ERROR",
            "MetricsEnabled": True,
            "DataTraceEnabled": False,
            "ThrottlingRateLimit": 100,
            "ThrottlingBurstLimit": 200,
        }
    ]


def test_each_option_of_the_stage_can_be_given(stack: Stack) -> None:
    """Name, description, variables, tracing, metrics and log level."""
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        rest_api_name="chat",
        description="Chat, streamed",
        deploy_options=StageOptions(
            stage_name="v1",
            description="The first",
            variables={"color": "blue"},
            tracing_enabled=False,
            metrics_enabled=False,
            logging_level=MethodLoggingLevel.OFF,
        ),
    )

    template = synthesize(stack)
    stage = only(template, "AWS::ApiGateway::Stage")
    assert stage["StageName"] == "v1"
    assert stage["Description"] == "The first"
    assert stage["Variables"] == {"color": "blue"}
    assert stage["TracingEnabled"] is False
    assert stage["MethodSettings"][0]["MetricsEnabled"] is False
    assert stage["MethodSettings"][0]["LoggingLevel"] == "OFF"
    api = only(template, "AWS::ApiGateway::RestApi")
    assert (api["Name"], api["Description"]) == ("chat", "Chat, streamed")
