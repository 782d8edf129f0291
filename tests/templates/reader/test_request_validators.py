"""Request validation of templates of either kind."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.model.authorization import RequestValidation
from tests.templates.reader.test_api_reader import get_att, operation, read, resources

VALIDATOR = "x-amazon-apigateway-request-validator"
VALIDATORS = {
    "all": {"validateRequestBody": True, "validateRequestParameters": True},
    "parameters": {"validateRequestParameters": True},
}
TEXT = {"type": "string"}


def validation(declared: dict[str, Any], **body: Any) -> RequestValidation | None:
    """Read the one operation of a body."""
    template = resources({"/": {"post": {**operation(get_att()), **declared}}})
    template["Api"]["Properties"]["Body"].update({f"{VALIDATOR}s": VALIDATORS, **body})
    (route,) = read(template).routes
    return route.validation


def json_body(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def test_without_a_validator_nothing_is_checked() -> None:
    """Parameters and models do not matter."""
    assert validation(json_body(TEXT)) is None


def test_the_validator_of_an_operation_overrides_that_of_the_document() -> None:
    """Its name is one of the document's validators."""
    of_operation = validation({VALIDATOR: "parameters"}, **{VALIDATOR: "all"})
    inherited = validation({}, **{VALIDATOR: "all"})

    assert of_operation == RequestValidation(name="parameters", has_parameter_validation=True)
    assert inherited == RequestValidation(
        name="all", has_body_validation=True, has_parameter_validation=True
    )


def test_an_undefined_validator_checks_nothing() -> None:
    """The import only warns of it."""
    assert validation({VALIDATOR: "lost"}) == RequestValidation(name="lost")


def test_required_query_and_header_parameters_are_read() -> None:
    """Those of the path are always present. References are resolved."""
    parameters = [
        {"name": "q", "in": "query", "required": True},
        {"name": "page", "in": "query"},
        {"name": "id", "in": "path", "required": True},
        {"$ref": "#/components/parameters/tenant"},
    ]
    tenant = {"tenant": {"name": "X-T", "in": "header", "required": True}}
    request_validation = validation(
        {VALIDATOR: "all", "parameters": parameters}, components={"parameters": tenant}
    )

    assert request_validation is not None
    assert request_validation.required == (
        "method.request.querystring.q",
        "method.request.header.X-T",
    )


def test_a_model_contains_its_references() -> None:
    """It may be recursive, and has nothing else of the document."""
    schemas = {
        "Tree": {"properties": {"left": {"$ref": "#/components/schemas/Tree"}, "name": TEXT}},
        "Other": TEXT,
    }
    request_validation = validation(
        {VALIDATOR: "all", **json_body({"$ref": "#/components/schemas/Tree"})},
        components={"schemas": schemas},
    )

    assert request_validation is not None
    assert request_validation.models == {
        "application/json": {
            "$ref": "#/definitions/Tree",
            "definitions": {
                "Tree": {"properties": {"left": {"$ref": "#/definitions/Tree"}, "name": TEXT}}
            },
        }
    }


def test_an_unresolved_model_has_its_reason() -> None:
    """The reason has the media type."""
    schema = {"type": "string", "pattern": {"Fn::ImportValue": "elsewhere"}}
    request_validation = validation({VALIDATOR: "all", **json_body(schema)})

    assert request_validation is not None
    assert "elsewhere" in request_validation.unresolved["RequestModels.application/json"]


@pytest.mark.parametrize("as_text", [True, False])
def test_methods_of_a_template_name_validator_and_models_by_resources(as_text: bool) -> None:
    """CDK's `RestApi` writes them. A schema may be JSON text."""
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
                    "Uri": operation(get_att())["x-amazon-apigateway-integration"]["uri"],
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
    request_validation = route.validation

    assert request_validation is not None
    assert (
        request_validation.has_body_validation,
        request_validation.has_parameter_validation,
    ) == (True, True)
    assert request_validation.required == ("method.request.querystring.q",)
    definitions = request_validation.models["application/json"]["definitions"]
    assert list(definitions.values()) == [{"$ref": "#/definitions/Text"}, TEXT]
