"""What is checked of requests, as templates of either kind say it."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.model.authorization import RequestValidation
from tests.templates.reader.test_api_reader import fn, operation, read, resources

VALIDATOR = "x-amazon-apigateway-request-validator"
VALIDATORS = {
    "all": {"validateRequestBody": True, "validateRequestParameters": True},
    "parameters": {"validateRequestParameters": True},
}
TEXT = {"type": "string"}


def validation(declared: dict[str, Any], **body: Any) -> RequestValidation | None:
    """Read the one operation of a body."""
    template = resources({"/": {"post": {**operation(fn()), **declared}}})
    template["Api"]["Properties"]["Body"].update({f"{VALIDATOR}s": VALIDATORS, **body})
    (route,) = read(template).routes
    return route.validation


def json_body(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def test_without_a_validator_nothing_is_checked() -> None:
    """Whatever is declared."""
    assert validation(json_body(TEXT)) is None


def test_an_operations_own_validator_comes_before_that_of_the_document() -> None:
    """It names one of the document's."""
    own = validation({VALIDATOR: "parameters"}, **{VALIDATOR: "all"})
    inherited = validation({}, **{VALIDATOR: "all"})

    assert own == RequestValidation(name="parameters", parameters=True)
    assert inherited == RequestValidation(name="all", body=True, parameters=True)


def test_a_validator_that_is_not_defined_checks_nothing() -> None:
    """The import warns of it and goes on."""
    assert validation({VALIDATOR: "lost"}) == RequestValidation(name="lost")


def test_required_parameters_of_query_and_header_are_asked_for() -> None:
    """Those of the path are always there; references are followed."""
    parameters = [
        {"name": "q", "in": "query", "required": True},
        {"name": "page", "in": "query"},
        {"name": "id", "in": "path", "required": True},
        {"$ref": "#/components/parameters/tenant"},
    ]
    tenant = {"tenant": {"name": "X-T", "in": "header", "required": True}}
    found = validation(
        {VALIDATOR: "all", "parameters": parameters}, components={"parameters": tenant}
    )

    assert found is not None
    assert found.required == ("method.request.querystring.q", "method.request.header.X-T")


def test_a_model_holds_what_it_refers_to() -> None:
    """Also what refers to itself, and nothing else of the document."""
    schemas = {
        "Tree": {"properties": {"left": {"$ref": "#/components/schemas/Tree"}, "name": TEXT}},
        "Other": TEXT,
    }
    found = validation(
        {VALIDATOR: "all", **json_body({"$ref": "#/components/schemas/Tree"})},
        components={"schemas": schemas},
    )

    assert found is not None
    assert found.models == {
        "application/json": {
            "$ref": "#/definitions/Tree",
            "definitions": {
                "Tree": {"properties": {"left": {"$ref": "#/definitions/Tree"}, "name": TEXT}}
            },
        }
    }


def test_a_model_that_is_not_known_says_why() -> None:
    """With the media type it is for."""
    schema = {"type": "string", "pattern": {"Fn::ImportValue": "elsewhere"}}
    found = validation({VALIDATOR: "all", **json_body(schema)})

    assert found is not None
    assert "elsewhere" in found.unresolved["RequestModels.application/json"]


@pytest.mark.parametrize("as_text", [True, False])
def test_methods_of_a_template_name_validator_and_models_by_resources(as_text: bool) -> None:
    """As CDK's `RestApi` writes them; a schema may be JSON text."""
    schema: Any = {"$ref": "https://apigateway.amazonaws.com/restapis/x/models/Text"}
    api = {"RestApiId": {"Ref": "Api"}}
    template = resources(
        {},
        Validator={
            "Type": "AWS::ApiGateway::RequestValidator",
            "Properties": {**api, "ValidateRequestBody": True, "ValidateRequestParameters": "true"},
        },
        Prompt={
            "Type": "AWS::ApiGateway::Model",
            "Properties": {**api, "Name": "Prompt", "Schema": schema},
        },
        Text={
            "Type": "AWS::ApiGateway::Model",
            "Properties": {
                **api,
                "Name": "Text",
                "Schema": '{"type": "string"}' if as_text else TEXT,
            },
        },
        Method={
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                **api,
                "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                "HttpMethod": "POST",
                "Integration": {
                    "Type": "AWS_PROXY",
                    "Uri": operation(fn())["x-amazon-apigateway-integration"]["uri"],
                },
                "RequestValidatorId": {"Ref": "Validator"},
                "RequestParameters": {
                    "method.request.querystring.q": True,
                    "method.request.header.X-T": False,
                    "method.request.path.id": True,
                },
                "RequestModels": {"application/json": {"Ref": "Prompt"}},
            },
        },
    )
    (route,) = read(template).routes
    found = route.validation

    assert found is not None
    assert (found.body, found.parameters) == (True, True)
    assert found.required == ("method.request.querystring.q",)
    definitions = found.models["application/json"]["definitions"]
    assert list(definitions.values()) == [{"$ref": "#/definitions/Text"}, TEXT]
