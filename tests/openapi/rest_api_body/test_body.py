"""The body of a REST API: a valid OpenAPI 3.0 document with one operation for each route."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV30SpecValidator

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.model.api import ApiModel
from streaming_construct.model.cors import Cors, add_preflights, create_gateway_responses
from streaming_construct.openapi.rest_api_body.body import build_body
from tests.support.models import new_api, new_route

INTEGRATION = "x-amazon-apigateway-integration"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
ANY_METHOD = "x-amazon-apigateway-any-method"
CORS = Cors(
    allow_origins=("https://app.example", "https://admin.example"),
    allow_methods=("GET",),
    allow_headers=("X-Chat",),
)


def with_cors(api: ApiModel) -> ApiModel:
    return add_preflights(replace(api, gateway_responses=create_gateway_responses(CORS)), CORS)


EVERY_SHAPE = with_cors(
    new_api(
        new_route("/", ANY),
        new_route("/{proxy+}", ANY),
        new_route("/jobs/{id}/lines/{line}", "GET"),
        new_route("/jobs/{id}/lines/{line}", "DELETE", timeout_ms=60_000),
        new_route("/health", mode=TransferMode.BUFFERED, timeout_ms=29_000),
        binary_media_types=("image/png",),
    )
)


def errors(document: dict[str, Any]) -> list[str]:
    """Return the errors of `document`. Greedy variables are API Gateway's, not OpenAPI's."""
    paths = {path.replace("+}", "}"): item for path, item in document["paths"].items()}
    validator = OpenAPIV30SpecValidator({**document, "paths": paths})
    return [str(error.message) for error in validator.iter_errors()]


def operations(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (ANY if key == ANY_METHOD else key.upper(), path)
        for path, item in document["paths"].items()
        for key in item
        if key != "parameters"
    }


def test_the_body_is_valid_openapi() -> None:
    """It is 3.0: API Gateway does not import 3.1."""
    document = build_body(EVERY_SHAPE)

    assert document["openapi"] == "3.0.1"
    assert errors(document) == []


def test_the_validator_finds_an_error() -> None:
    """A path variable that is not declared is one."""
    document = build_body(new_api(new_route("/jobs/{id}")))
    del document["paths"]["/jobs/{id}"]["parameters"]

    assert errors(document)


VARIABLES = st.sampled_from(["{id}", "{a_b}", "{a-b}", "{proxy+}"])
SEGMENTS = st.sampled_from(["jobs", "v1.0", "a:b", "-"])
PATHS = st.builds(
    lambda segments, last: "/" + "/".join([*segments, *last]),
    st.lists(SEGMENTS, max_size=3),
    st.lists(VARIABLES, max_size=1),
)
ROUTES = st.builds(
    lambda path, method, mode, timeout: new_route(path, method, mode=mode, timeout_ms=timeout),
    PATHS,
    st.sampled_from([ANY, *HTTP_METHODS]),
    st.sampled_from(TransferMode),
    st.integers(50, 900_000),
)


@settings(max_examples=25, deadline=None)  # a validation takes about a tenth of a second
@given(st.lists(ROUTES, max_size=8, unique_by=lambda route: (route.method, route.path)))
def test_each_route_is_one_operation(routes: list[Any]) -> None:
    """Each is valid and has its integration."""
    document = build_body(new_api(*routes))

    assert errors(document) == []
    assert operations(document) == {(route.method, route.path) for route in routes}
    for route in routes:
        key = ANY_METHOD if route.method == ANY else route.method.lower()
        integration = document["paths"][route.path][key][INTEGRATION]
        assert integration["responseTransferMode"] == route.integration.transfer_mode.value
        assert integration["timeoutInMillis"] == route.integration.timeout_ms


def test_an_integration_is_a_lambda_proxy() -> None:
    """POST invokes it, whatever the method of the route, with the credentials of the API."""
    document = build_body(new_api(new_route("/chat", "GET", timeout_ms=60_000)))

    assert document["paths"]["/chat"]["get"][INTEGRATION] == {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": "uri of chat",
        "credentials": "role",
        "responseTransferMode": "STREAM",
        "timeoutInMillis": 60_000,
    }


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", []),
        ("/jobs", []),
        ("/jobs/{id}/lines/{line}", ["id", "line"]),
        ("/files/{path+}", ["path"]),
    ],
)
def test_the_variables_of_a_path_are_its_parameters(path: str, names: list[str]) -> None:
    """All are required, as in OpenAPI. A greedy one has no plus sign."""
    item = build_body(new_api(new_route(path)))["paths"][path]

    parameters = item.get("parameters", [])
    assert [parameter["name"] for parameter in parameters] == names
    assert all(p["in"] == "path" and p["required"] is True for p in parameters)


def test_every_path_has_a_preflight() -> None:
    """It is a mock: its request template has the status, its response the headers."""
    paths = build_body(
        with_cors(new_api(new_route("/a"), new_route("/a", "POST"), new_route("/b")))
    )["paths"]

    for path in ("/a", "/b"):
        mock = paths[path]["options"][INTEGRATION]
        assert mock["type"] == "mock"
        assert json.loads(mock["requestTemplates"]["application/json"]) == {"statusCode": 204}
        response = mock["responses"]["default"]
        assert response["statusCode"] == "204"
        assert response["responseTemplates"].keys() == {"application/json"}
        assert "contentHandling" not in mock


def test_a_mapped_header_is_declared() -> None:
    """API Gateway rejects a mapping to a header that the method response lacks."""
    operation = build_body(EVERY_SHAPE)["paths"]["/health"]["options"]

    declared = operation["responses"]["204"]["headers"]
    mapped = operation[INTEGRATION]["responses"]["default"]["responseParameters"]
    assert mapped.keys() == {f"method.response.header.{name}" for name in declared}
    assert "method.response.header.Access-Control-Allow-Origin" in mapped


def test_with_binary_media_types_a_preflight_is_read_as_text() -> None:
    """Otherwise its template would receive bytes."""
    mock = build_body(EVERY_SHAPE)["paths"]["/health"]["options"][INTEGRATION]

    assert mock["contentHandling"] == "CONVERT_TO_TEXT"


def test_gateway_responses_have_headers_and_keep_their_status() -> None:
    """Without headers the extension is missing."""
    responses = build_body(EVERY_SHAPE)[GATEWAY_RESPONSES]

    assert set(responses) == {"DEFAULT_4XX", "DEFAULT_5XX"}
    for response in responses.values():
        assert response["responseParameters"]["gatewayresponse.header.Vary"] == "'Origin'"
        assert "statusCode" not in response
    assert GATEWAY_RESPONSES not in build_body(new_api(new_route()))


def test_the_body_is_plain_json() -> None:
    """The template contains it unchanged."""
    document = build_body(EVERY_SHAPE)

    assert json.loads(json.dumps(document)) == document


BASE: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "Pets", "version": "7"},
    "paths": {
        "/pets/{id}": {
            "get": {
                "operationId": "pet",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "q", "in": "query", "schema": {"type": "string"}},
                ],
                "responses": {"200": {"description": "a pet"}},
            }
        }
    },
    "components": {"schemas": {"Pet": {"type": "object"}}},
}


def test_a_base_document_keeps_its_members() -> None:
    """Operations get integrations, paths get preflights, and missing routes are added."""
    before = json.dumps(BASE)
    document = build_body(
        with_cors(new_api(new_route("/pets/{id}"), new_route("/more", "POST"))), BASE
    )

    pet = document["paths"]["/pets/{id}"]
    operation = BASE["paths"]["/pets/{id}"]["get"]
    assert {**pet["get"], INTEGRATION: None} == {**operation, INTEGRATION: None}
    assert pet["get"][INTEGRATION]["uri"] == "uri of chat"
    assert pet["options"][INTEGRATION]["type"] == "mock"
    assert document["components"] == BASE["components"]
    assert document["info"] == {"title": "Api", "version": "7"}
    assert operations(document) == {
        ("GET", "/pets/{id}"),
        ("OPTIONS", "/pets/{id}"),
        ("POST", "/more"),
        ("OPTIONS", "/more"),
    }
    assert errors(document) == []
    assert json.dumps(BASE) == before


def test_an_integration_of_a_document_is_only_completed() -> None:
    """Integrations of other types are unchanged."""
    route = new_route("/pets/{id}", timeout_ms=60_000)
    lambda_proxy = replace(route.integration, raw={"timeoutInMillis": 5, "uri": {"Ref": "U"}})
    mock = replace(route.integration, type="mock", raw={"type": "mock"})

    def write(integration: Any) -> Any:
        document = build_body(new_api(replace(route, integration=integration)), BASE)
        return document["paths"]["/pets/{id}"]["get"][INTEGRATION]

    assert write(lambda_proxy) == {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": {"Ref": "U"},
        "credentials": "role",
        "responseTransferMode": "STREAM",
        "timeoutInMillis": 5,
    }
    assert write(mock) == {"type": "mock"}


def test_gateway_responses_of_the_document_get_the_headers_too() -> None:
    """A specific one replaces the default, whose headers a page would miss."""
    responses = {
        "DEFAULT_4XX": {"statusCode": "418"},
        "THROTTLED": {"responseParameters": {"gatewayresponse.header.Retry-After": "'1'"}},
    }
    merged = build_body(with_cors(new_api(new_route())), {GATEWAY_RESPONSES: responses})[
        GATEWAY_RESPONSES
    ]

    assert merged["DEFAULT_4XX"]["statusCode"] == "418"
    assert set(merged) == {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED"}
    for response in merged.values():
        assert response["responseParameters"]["gatewayresponse.header.Vary"] == "'Origin'"
    assert "gatewayresponse.header.Retry-After" in merged["THROTTLED"]["responseParameters"]
    assert (
        build_body(new_api(new_route()), {GATEWAY_RESPONSES: responses})[GATEWAY_RESPONSES]
        == responses
    )
