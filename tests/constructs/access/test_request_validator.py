"""Request validators of a construct."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk.aws_apigateway import CorsOptions, RequestValidatorOptions

from streaming_construct import OpenApiOptions, RouteOptions, StreamingRestApi
from tests.constructs.access.authorized_api import OPERATION, as_deployed, document
from tests.openapi.conversion.import_rules import findings as import_findings
from tests.support.synthesis import body_of, new_function, synthesize

VALIDATOR = "x-amazon-apigateway-request-validator"
BODY_AND_PARAMETERS = RequestValidatorOptions(
    validate_request_body=True, validate_request_parameters=True
)
PROMPT = {
    **OPERATION,
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "required": ["text"]}}},
    },
}
SEARCH = {**OPERATION, "parameters": [{"name": "q", "in": "query", "required": True}]}


def test_one_argument_enables_validation(stack: Stack) -> None:
    """It applies to every other operation. The response to an invalid body names the
    problem."""
    paths = {
        "/prompts": {"post": PROMPT},
        "/search": {"get": SEARCH},
        "/theirs": {"get": {**SEARCH, VALIDATOR: "mine"}},
        "/unchecked": {"get": SEARCH},
    }
    mine = {"mine": {"validateRequestBody": False, "validateRequestParameters": True}}
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        openapi=OpenApiOptions(
            document=document(paths, **{f"{VALIDATOR}s": mine}),
            operation_overrides={
                "GET /search": RouteOptions(
                    request_validator_options=RequestValidatorOptions(
                        validate_request_parameters=True, request_validator_name="present"
                    )
                ),
                "GET /unchecked": RouteOptions(request_validator_options=RequestValidatorOptions()),
            },
        ),
        request_validator_options=BODY_AND_PARAMETERS,
        cors=CorsOptions(allow_origins=["https://app.example"]),
    )
    body = body_of(synthesize(stack))
    operations = {path: next(iter(item.values())) for path, item in body["paths"].items()}
    validators = {path: operation.get(VALIDATOR) for path, operation in operations.items()}

    assert validators == {
        "/prompts": "bodyAndParameters",
        "/search": "present",
        "/theirs": "mine",
        "/unchecked": "nothing",
    }
    assert body[f"{VALIDATOR}s"] == {
        **mine,
        "bodyAndParameters": {"validateRequestBody": True, "validateRequestParameters": True},
        "nothing": {"validateRequestBody": False, "validateRequestParameters": False},
        "present": {"validateRequestBody": False, "validateRequestParameters": True},
    }
    response = body["x-amazon-apigateway-gateway-responses"]["BAD_REQUEST_BODY"]
    template = response["responseTemplates"]["application/json"]
    assert "$context.error.validationErrorString" in template
    assert response["responseParameters"] == {
        "gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example'",
        "gatewayresponse.header.Vary": "'Origin'",
    }
    assert import_findings(as_deployed(body)) == []


def test_the_gateway_response_of_a_document_is_kept(stack: Stack) -> None:
    """The document has a gateway response for an invalid body."""
    gateway_response = {"statusCode": "422", "responseTemplates": {"application/json": "{}"}}
    extension = "x-amazon-apigateway-gateway-responses"
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        openapi=document(
            {"/": {"post": PROMPT}}, **{extension: {"BAD_REQUEST_BODY": gateway_response}}
        ),
        request_validator_options=BODY_AND_PARAMETERS,
    )

    response = body_of(synthesize(stack))[extension]["BAD_REQUEST_BODY"]
    assert {**response, "responseParameters": {}} == {
        **gateway_response,
        "responseParameters": {},
    }
