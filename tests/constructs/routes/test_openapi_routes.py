"""Routes of an OpenAPI document: every operation is served."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Annotations, Duration, Stack
from aws_cdk.aws_apigateway import CorsOptions, StageOptions, ThrottleSettings

from streaming_construct import OpenApi, OpenApiOptions, RouteOptions, StreamingRestApi
from tests.constructs.rest_api.test_jsii_calls import count_calls
from tests.constructs.routes.openapi_documents import (
    ARN,
    BUFFERED,
    PETS,
    SCHEMES_AND_MODELS,
    STREAMING_URI,
    document,
    error_of,
    events,
    methods,
    operation,
    warnings_of,
)
from tests.support.synthesis import (
    Template,
    body_of,
    integration,
    new_function,
    new_stack,
    resources,
    synthesize,
)


@pytest.fixture(scope="module")
def pets() -> Template:
    """The template of an API of a complete document, with CORS and an added route."""
    stack = new_stack()
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        openapi=document(PETS, **SCHEMES_AND_MODELS),
        cors=CorsOptions(allow_origins=["https://app.example"]),
    )
    api.add_route("/extra", methods=["GET"])
    return synthesize(stack)


def test_every_operation_gets_a_streaming_integration(pets: Template) -> None:
    """No operation is lost. `/` and `/{proxy+}` are not served, an added route is."""
    expected = {
        ("get", "/pets"),
        ("post", "/pets"),
        ("get", "/pets/{id}"),
        ("get", "/events"),
        ("get", "/lines"),
        ("get", "/files/{name+}"),
        ("get", "/extra"),
    }

    assert {method for method in methods(pets) if method[0] != "options"} == expected
    for method, path in expected:
        definition = integration(pets, path, method)
        assert definition["responseTransferMode"] == "STREAM"
        assert "response-streaming-invocations" in json.dumps(definition["uri"])
        assert definition["timeoutInMillis"] == 300_000


def test_an_operation_keeps_its_parameters_models_and_validator(pets: Template) -> None:
    """Request bodies stay, too."""
    body = body_of(pets)
    post = body["paths"]["/pets"]["post"]

    assert post["operationId"] == "addPet"
    assert [parameter["name"] for parameter in post["parameters"]] == ["dry"]
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    name = schema["$ref"].rsplit("/", 1)[1]
    assert body["components"]["schemas"][name]["required"] == ["name"]
    assert post["x-amazon-apigateway-request-validator"] == "all"
    assert "all" in body["x-amazon-apigateway-request-validators"]
    assert body["info"] == {"title": "Api", "version": "3"}


def test_every_path_has_a_preflight_and_errors_have_headers(pets: Template) -> None:
    """The same applies to other routes."""
    paths = {path for _, path in methods(pets)}

    assert {path for method, path in methods(pets) if method == "options"} == paths
    assert "DEFAULT_5XX" in body_of(pets)["x-amazon-apigateway-gateway-responses"]


def test_the_role_may_invoke_exactly_the_functions_in_use() -> None:
    """Those of overrides and of integrations in the document, and no others."""
    stack = new_stack()
    default, other, unused = (new_function(stack, name) for name in ("Own", "Other", "Unused"))
    assert unused
    paths = {
        "/a": {"get": operation()},
        "/b": {"get": operation()},
        "/c": {"get": operation(**{"x-amazon-apigateway-integration": {"uri": STREAMING_URI}})},
    }
    StreamingRestApi(
        stack,
        "Api",
        handler=default,
        openapi=OpenApiOptions(
            document=document(paths), operation_overrides={"GET /b": RouteOptions(handler=other)}
        ),
        access_log=False,
        cloud_watch_role=False,
    )
    template = synthesize(stack)

    granted = [
        statement["Resource"]
        for role in resources(template, "AWS::IAM::Role").values()
        for policy in role["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    (arns,) = granted
    assert ARN in arns
    assert len(arns) == 3
    assert "Unused" not in json.dumps(arns)


def modes(stack: Stack, paths: dict[str, Any], **options: Any) -> dict[str, str]:
    """Return the transfer mode of each operation by its path."""
    openapi = OpenApiOptions(document=document(paths), **options)
    StreamingRestApi(stack, "Api", handler=new_function(stack), openapi=openapi)
    path_items = body_of(synthesize(stack))["paths"]
    return {
        path: operation_object["x-amazon-apigateway-integration"]["responseTransferMode"]
        for path, item in path_items.items()
        for key, operation_object in item.items()
        if key != "parameters"
    }


def test_streaming_media_types_stream_by_default(stack: Stack) -> None:
    """One argument sets the mode of other operations. An override or the document sets that of
    one."""
    paths = {
        "/plain": {"get": operation()},
        "/events": {"get": {"responses": events()}},
        "/held": {"get": {"responses": events()}},
        "/messages": {"get": operation(**{"x-streaming-construct": {"transferMode": "STREAM"}})},
    }

    assert modes(
        stack,
        paths,
        default_transfer_mode=BUFFERED,
        operation_overrides={"GET /held": RouteOptions(response_transfer_mode=BUFFERED)},
    ) == {"/plain": "BUFFERED", "/events": "STREAM", "/held": "BUFFERED", "/messages": "STREAM"}


def test_no_handler_is_needed_if_every_operation_has_a_function(stack: Stack) -> None:
    """Every operation names what serves it."""
    StreamingRestApi(
        stack,
        "Api",
        openapi=OpenApiOptions(
            document=document({"/a": {"get": operation()}}),
            operation_overrides={"GET /a": RouteOptions(handler=new_function(stack))},
        ),
    )

    assert integration(synthesize(stack), "/a", "GET")["responseTransferMode"] == "STREAM"


def test_an_added_route_replaces_the_integration_of_an_operation(stack: Stack) -> None:
    """The operation of its path and method keeps its other members."""
    api = StreamingRestApi(
        stack, "Api", handler=new_function(stack), openapi=document(PETS, **SCHEMES_AND_MODELS)
    )
    api.add_route("/pets", methods=["POST"], timeout=Duration.seconds(5))
    template = synthesize(stack)

    assert integration(template, "/pets", "POST")["timeoutInMillis"] == 5000
    assert body_of(template)["paths"]["/pets"]["post"]["operationId"] == "addPet"


def test_the_models_can_be_left_out(stack: Stack) -> None:
    """One argument does it, and the report names it."""
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        openapi=OpenApiOptions(document=document(PETS, **SCHEMES_AND_MODELS), include_models=False),
    )

    assert "requestBody" not in body_of(synthesize(stack))["paths"]["/pets"]["post"]
    assert api.conversion is not None
    assert "models were not requested" in {dropped.reason for dropped in api.conversion.dropped}


def test_omissions_are_one_warning_with_pointers_and_the_command(
    stack: Stack, tmp_path: Path
) -> None:
    """It has the reasons, and can be acknowledged."""
    file = tmp_path / "pets.json"
    paths = {f"/p{n}": {"get": {"responses": {"default": {"description": ""}}}} for n in range(50)}
    file.write_text(json.dumps({"openapi": "3.0.0", "paths": paths, "servers": []}))
    api = StreamingRestApi(
        stack, "Api", handler=new_function(stack), openapi=OpenApi.from_file(file)
    )

    (warning,) = warnings_of(stack, "openapi-dropped")
    assert "response default at #/paths/~1p0/get/responses/default" in warning
    assert "and 47 more" in warning
    assert f"`streaming-construct openapi convert {file}`" in warning
    assert len(warning) < 2000
    Annotations.of(api).acknowledge_warning("streaming-construct:openapi-dropped", "seen")
    assert warnings_of(stack, "openapi-dropped") == []


def test_a_function_with_both_transfer_modes_gets_a_warning(stack: Stack) -> None:
    """The fix is another function for the buffered routes."""
    paths = {"/a": {"get": operation()}, "/e": {"get": {"responses": events()}}}
    mixed, other = new_function(stack), new_function(stack, "Other")
    options: dict[str, Any] = {
        "handler": mixed,
    }
    all_buffered = OpenApiOptions(document=document(paths), default_transfer_mode=BUFFERED)
    StreamingRestApi(stack, "Mixed", openapi=all_buffered, **options)
    StreamingRestApi(
        stack,
        "Apart",
        openapi=replace(all_buffered, operation_overrides={"GET /a": RouteOptions(handler=other)}),
        **options,
        cloud_watch_role=False,
    )

    (warning,) = warnings_of(stack, "mixed-transfer-modes")
    assert "GET /e" in warning
    assert "GET /a" in warning


def test_a_document_that_cannot_be_imported_is_an_error(stack: Stack, tmp_path: Path) -> None:
    """The error has every reason with line and column, and all other problems."""
    file = tmp_path / "pets.yaml"
    file.write_text(
        "openapi: 3.0.0\npaths:\n  /a:\n    trace: {responses: {}}\n  /b:\n    $ref: missing.yaml\n"
    )
    message = error_of(
        stack,
        openapi=OpenApi.from_file(file),
        deploy_options=StageOptions(throttling_rate_limit=-1, throttling_burst_limit=1),
    )

    assert f"{file}:4:5" in message
    assert f"{file}:5:3" in message
    assert message.count("[openapi-rejected]") >= 2
    assert "[throttle-invalid]" in message


def test_the_same_document_gives_the_same_template() -> None:
    """Earlier syntheses do not matter, and the document is unchanged."""

    def template(paths: dict[str, Any]) -> str:
        stack = new_stack()
        StreamingRestApi(
            stack, "Api", handler=new_function(stack), openapi=document(paths, **SCHEMES_AND_MODELS)
        )
        return json.dumps(synthesize(stack))

    paths = copy.deepcopy(PETS)
    assert template(paths) == template(PETS)
    assert paths == PETS


def test_a_change_of_the_document_is_a_new_deployment() -> None:
    """The logical id of the deployment changes with the body and with nothing else."""

    def deployment(paths: dict[str, Any]) -> str:
        stack = new_stack()
        StreamingRestApi(stack, "Api", handler=new_function(stack), openapi=document(paths))
        (logical_id,) = resources(synthesize(stack), "AWS::ApiGateway::Deployment")
        return logical_id

    deployment_id = deployment({"/a": {"get": operation()}})
    assert deployment_id == deployment({"/a": {"get": operation()}})
    assert deployment_id != deployment({"/a": {"get": operation(operationId="a")}})


def test_the_calls_of_jsii_do_not_grow_with_the_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most 73 for any number, the app, the function and the synthesis included."""

    def round_trips(operations: int) -> int:
        with count_calls(monkeypatch) as calls:
            stack = new_stack()
            paths = {
                f"/p{n}": {
                    "get": operation(
                        operationId=f"op{n}", **{"x-streaming-construct": {"timeout": 20}}
                    )
                }
                for n in range(operations)
            }
            route = RouteOptions(
                timeout=Duration.minutes(1),
                throttle=ThrottleSettings(rate_limit=5, burst_limit=10),
            )
            StreamingRestApi(
                stack,
                "Api",
                handler=new_function(stack),
                openapi=OpenApiOptions(
                    document=document(paths),
                    operation_overrides={f"op{n}": route for n in range(0, operations, 2)},
                ),
            )
            synthesize(stack)
        return len(calls)

    few, many = round_trips(4), round_trips(100)
    assert few == many
    assert many <= 73
