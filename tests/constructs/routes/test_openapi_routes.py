"""A REST API from an OpenAPI document: every operation is served."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Annotations, Duration, Stack
from aws_cdk.assertions import Annotations as FoundAnnotations
from aws_cdk.assertions import Match
from aws_cdk.aws_apigateway import (
    CorsOptions,
    RequestValidatorOptions,
    ResponseTransferMode,
    StageOptions,
    ThrottleSettings,
)

from streaming_construct import Authorizer, OpenApi, OpenApiOptions, RouteOptions, StreamingRestApi
from streaming_construct.constructs.routes.openapi_routes import NO_INDENTATION
from tests.constructs.rest_api.test_jsii_calls import count_calls
from tests.support.synthesis import (
    Template,
    body_of,
    integration,
    new_function,
    new_stack,
    only,
    resources,
    synthesize,
    template_file,
)

STREAM, BUFFERED = ResponseTransferMode.STREAM, ResponseTransferMode.BUFFERED
OK = {"200": {"description": "fine"}}
ARN = "arn:aws:lambda:eu-west-1:111122223333:function:mine"
STREAMING_URI = (
    "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15"
    f"/functions/{ARN}/response-streaming-invocations"
)


def events(media_type: str = "text/event-stream") -> dict[str, Any]:
    return {"200": {"description": "messages", "content": {media_type: {}}}}


def operation(**members: Any) -> dict[str, Any]:
    return {"responses": OK, **members}


def document(paths: dict[str, Any], **members: Any) -> OpenApi:
    return OpenApi.from_dict(
        {"openapi": "3.1.0", "info": {"title": "Pets", "version": "3"}, "paths": paths, **members}
    )


PETS: dict[str, Any] = {
    "/pets": {
        "get": operation(operationId="listPets", tags=["pets"]),
        "post": operation(
            operationId="addPet",
            tags=["pets"],
            parameters=[
                {"name": "dry", "in": "query", "required": True, "schema": {"type": "boolean"}}
            ],
            requestBody={
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            },
            **{"x-amazon-apigateway-request-validator": "all"},
        ),
    },
    "/pets/{id}": {"get": operation(operationId="pet", tags=["pets", "one"])},
    "/events": {"get": {"operationId": "events", "responses": events()}},
    "/lines": {"get": {"responses": events("application/x-ndjson")}},
    "/files/{name:path}": {"get": operation()},
}
SCHEMES_AND_MODELS = {
    "components": {"schemas": {"Pet": {"type": "object", "required": ["name"]}}},
    "x-amazon-apigateway-request-validators": {
        "all": {"validateRequestBody": True, "validateRequestParameters": True}
    },
}


def warnings_of(stack: Stack, rule: str) -> list[str]:
    warnings = FoundAnnotations.from_stack(stack).find_warning("*", Match.any_value())
    messages = [str(warning.entry.data) for warning in warnings]
    return [message for message in messages if f"[ack: streaming-construct:{rule}]" in message]


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


def methods(template: Template) -> set[tuple[str, str]]:
    paths = body_of(template)["paths"]
    return {(key, path) for path, item in paths.items() for key in item if key != "parameters"}


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


def test_the_most_specific_override_applies_by_field(stack: Stack) -> None:
    """Path and method precede operationId, which precedes the tag. Unset fields come from the
    next."""
    special = new_function(stack, "Special")
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        openapi=OpenApiOptions(
            document=document(
                {
                    "/pets": PETS["/pets"],
                    "/pets/{id}": {
                        "get": {
                            **PETS["/pets/{id}"]["get"],
                            "x-streaming-construct": {
                                "timeout": 9,
                                "throttle": {"rate": 1, "burst": 2},
                            },
                        }
                    },
                },
                **SCHEMES_AND_MODELS,
            ),
            operation_overrides={
                "pets": RouteOptions(timeout=Duration.seconds(30), handler=special),
                "pet": RouteOptions(timeout=Duration.seconds(20)),
                "GET /pets/{id}": RouteOptions(timeout=Duration.seconds(10)),
                "addPet": RouteOptions(throttle=ThrottleSettings(rate_limit=5, burst_limit=10)),
            },
        ),
    )
    template = synthesize(stack)

    def of(path: str, method: str) -> dict[str, Any]:
        return integration(template, path, method)

    assert of("/pets", "GET")["timeoutInMillis"] == 30_000
    assert of("/pets/{id}", "GET")["timeoutInMillis"] == 10_000
    assert "Special" in json.dumps(of("/pets/{id}", "GET")["uri"])
    throttled = {
        (method_setting["HttpMethod"], method_setting["ResourcePath"]): method_setting[
            "ThrottlingRateLimit"
        ]
        for method_setting in only(template, "AWS::ApiGateway::Stage")["MethodSettings"]
        if "ThrottlingRateLimit" in method_setting
    }
    assert throttled == {("*", "/*"): 100, ("POST", "/~1pets"): 5, ("GET", "/~1pets~1{id}"): 1}


def test_an_integration_in_the_document_is_kept_and_completed(stack: Stack) -> None:
    """Only missing members are added. An override precedes it."""
    paths = {
        "/own": {"get": operation(**{"x-amazon-apigateway-integration": {"uri": STREAMING_URI}})},
        "/timeout": {
            "get": operation(
                **{
                    "x-amazon-apigateway-integration": {
                        "timeoutInMillis": 7000,
                        "cacheNamespace": "mine",
                    }
                }
            )
        },
        "/mock": {"get": operation(**{"x-amazon-apigateway-integration": {"type": "mock"}})},
        "/taken": {"get": operation(**{"x-amazon-apigateway-integration": {"type": "mock"}})},
        "/web": {
            "get": operation(
                **{
                    "x-amazon-apigateway-integration": {
                        "type": "http_proxy",
                        "httpMethod": "GET",
                        "uri": "https://a.example",
                    }
                }
            )
        },
    }
    function = new_function(stack)
    StreamingRestApi(
        stack,
        "Api",
        handler=function,
        openapi=OpenApiOptions(
            document=document(paths),
            operation_overrides={"GET /taken": RouteOptions(handler=function)},
        ),
    )
    template = synthesize(stack)

    definition = integration(template, "/own", "GET")
    assert definition["uri"] == STREAMING_URI
    assert definition["responseTransferMode"] == "STREAM"
    assert definition["timeoutInMillis"] == 900_000
    assert "Fn::GetAtt" in definition["credentials"]
    completed = integration(template, "/timeout", "GET")
    assert completed["timeoutInMillis"] == 7000
    assert completed["cacheNamespace"] == "mine"
    assert completed["type"] == "aws_proxy"
    assert integration(template, "/mock", "GET") == {"type": "mock"}
    assert integration(template, "/taken", "GET")["type"] == "aws_proxy"
    assert integration(template, "/web", "GET") == {
        "type": "http_proxy",
        "httpMethod": "GET",
        "uri": "https://a.example",
        "responseTransferMode": "STREAM",
        "timeoutInMillis": 900_000,
    }
    assert warnings_of(stack, "openapi-dropped") == []


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


def error_of(stack: Stack, **options: Any) -> str:
    with pytest.raises(ValueError, match="nothing was created") as refused:
        StreamingRestApi(stack, "Api", **{"handler": new_function(stack), **options})
    (api,) = (child for child in stack.node.children if child.node.id == "Api")
    assert api.node.children == []
    return str(refused.value)


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
    assert message.count("[openapi-refused]") >= 2
    assert "[throttle-invalid]" in message


def overridden(overrides: dict[str, Any], paths: dict[str, Any] = PETS) -> dict[str, Any]:
    """Return the arguments of an API of a document with operation overrides."""
    source = document(paths, **(SCHEMES_AND_MODELS if paths is PETS else {}))
    return {"openapi": OpenApiOptions(document=source, operation_overrides=overrides)}


REFUSED: dict[str, tuple[Callable[[Stack], dict[str, Any]], str]] = {
    "a name that nothing has": (
        lambda _: overridden({"GET /pet": RouteOptions()}),
        "did you mean 'GET /pets'",
    ),
    "an override that is no route": (
        lambda _: overridden({"pets": {"timeout": 3}}),
        "override pets: it is a dict. Write RouteOptions(...)",
    ),
    "a mode as text": (
        lambda _: overridden({"pets": RouteOptions(response_transfer_mode="STREAM")}),  # type: ignore[arg-type] # on purpose
        "transfer_mode is 'STREAM', not a ResponseTransferMode",
    ),
    "a document that was not read": (
        lambda _: {"openapi": {"openapi": "3.0.0"}},
        "Write OpenApi.from_file(...)",
    ),
    "a handler that is none": (
        lambda _: overridden({"pets": RouteOptions(handler="chat")}),  # type: ignore[arg-type] # on purpose
        "override pets: the handler is the text 'chat'",
    ),
    "no handler at all": (
        lambda _: {"handler": None, "openapi": document(PETS, **SCHEMES_AND_MODELS)},
        "1 problem, nothing was created\n  - the API: the handler is missing",
    ),
    "a timeout that is too long": (
        lambda _: overridden({"addPet": RouteOptions(timeout=Duration.minutes(16))}),
        "route POST /pets: API Gateway does not accept a timeout of 960000 ms",
    ),
    "an extension that says nothing": (
        lambda _: {
            "openapi": document(
                {"/a": {"get": operation(**{"x-streaming-construct": {"transfermode": 1}})}}
            )
        },
        "operation GET /a: x-streaming-construct: it has no member 'transfermode'",
    ),
    "a mode that the document's URI does not go with": (
        lambda _: overridden(
            {"GET /a": RouteOptions(response_transfer_mode=BUFFERED)},
            {
                "/a": {
                    "get": operation(**{"x-amazon-apigateway-integration": {"uri": STREAMING_URI}})
                }
            },
        ),
        "its uri does not end as that of a BUFFERED integration does",
    ),
    "two words on what is served as one": (
        lambda _: overridden(
            {
                "GET /a": RouteOptions(timeout=Duration.seconds(1)),
                "GET /a/": RouteOptions(timeout=Duration.seconds(2)),
            },
            {"/a": {"get": operation()}, "/a/": {"get": operation()}},
        ),
        "serves it as GET /a together with other operations, which have another timeout",
    ),
    "a negative timeout": (
        lambda _: {
            "openapi": document(
                {"/a": {"get": operation(**{"x-streaming-construct": {"timeout": -1}})}}
            )
        },
        "x-streaming-construct: timeout is -1, not a number of seconds",
    ),
    "more resources than there may be": (
        lambda _: {"openapi": document({f"/p{n}": {"get": operation()} for n in range(301)})},
        "301 resources, including parents, exceed the quota of 300",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_overrides_that_cannot_work_are_an_error(case: str, stack: Stack) -> None:
    """No resource is created."""
    options, words = REFUSED[case]

    assert words in error_of(stack, **options(stack))


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
