"""Gateway responses and OAuth metadata of a construct, in the body of its API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import CfnParameter, Fn
from aws_cdk.aws_apigateway import CfnRestApi, CorsOptions, DomainNameOptions, ResponseType
from aws_cdk.aws_certificatemanager import Certificate

from streaming_construct import (
    Authorizer,
    OpenApi,
    StreamingRestApi,
)
from streaming_construct.constructs.cdk.default_child import get_default_child
from streaming_construct.constructs.endpoint.gateway_responses import GatewayResponses
from streaming_construct.model.integrations import TemplatedResponse
from tests.support.synthesis import body_of, new_function, new_stack, synthesize

RESPONSES = "x-amazon-apigateway-gateway-responses"
WELL_KNOWN = "/.well-known/oauth-protected-resource"
ARN = "arn:aws:acm:eu-west-1:111122223333:certificate/0f"
ALLOW_ORIGIN = "gatewayresponse.header.Access-Control-Allow-Origin"


def domain(stack: Any, base_path: str | None = None) -> DomainNameOptions:
    certificate = Certificate.from_certificate_arn(stack, "Certificate", ARN)
    return DomainNameOptions(
        domain_name="api.example.com", certificate=certificate, base_path=base_path
    )


def stack_in_a_region() -> Any:
    return new_stack(account="111122223333", region="eu-west-1")


def test_customizations_are_merged_with_cors_and_the_document() -> None:
    """A header of a customization precedes that of the document, which precedes that of CORS."""
    stack = new_stack()
    document = {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {"/": {"get": {"responses": {"200": {"description": "ok"}}}}},
        RESPONSES: {
            "THROTTLED": {"responseParameters": {"gatewayresponse.header.Retry-After": "'9'"}},
            "QUOTA_EXCEEDED": {"statusCode": "402"},
        },
    }
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        openapi=OpenApi.from_dict(document),
        cors=CorsOptions(allow_origins=["https://a.example.com"]),
    )
    api.add_gateway_response(
        ResponseType.THROTTLED,
        status_code=503,
        response_headers={"Retry-After": "'60'"},
        templates={"text/plain": "later"},
    )
    assert "Retry-After" in str(stack.resolve(get_default_child(api.rest_api, CfnRestApi).body))
    # CDK keeps the body that it has resolved: a later response must replace it.
    api.add_gateway_response(
        ResponseType.UNAUTHORIZED, response_headers={"access-control-allow-origin": "'*'"}
    )
    responses = body_of(synthesize(stack))[RESPONSES]

    throttled = responses["THROTTLED"]
    assert (throttled["statusCode"], throttled["responseTemplates"]) == (
        "503",
        {"text/plain": "later"},
    )
    assert throttled["responseParameters"]["gatewayresponse.header.Retry-After"] == "'60'"
    assert throttled["responseParameters"][ALLOW_ORIGIN] == "'https://a.example.com'"
    unauthorized = responses["UNAUTHORIZED"]["responseParameters"]
    assert unauthorized["gatewayresponse.header.access-control-allow-origin"] == "'*'"
    assert ALLOW_ORIGIN not in unauthorized
    assert responses["QUOTA_EXCEEDED"]["statusCode"] == "402"
    assert responses["QUOTA_EXCEEDED"]["responseParameters"][ALLOW_ORIGIN]
    assert responses["DEFAULT_4XX"]["responseParameters"][ALLOW_ORIGIN]


def test_customizations_and_the_challenge_have_the_headers_of_cors() -> None:
    """A header of the customized response UNAUTHORIZED precedes that of the challenge."""
    responses = GatewayResponses()
    cors = {"Access-Control-Allow-Origin": "'*'"}
    default = TemplatedResponse(headers=cors)
    responses.set_challenge("'Bearer'")

    merged = responses.merge({"DEFAULT_4XX": default}, cors)
    challenge = {"WWW-Authenticate": "'Bearer'", **cors}
    assert merged == {"DEFAULT_4XX": default, "UNAUTHORIZED": TemplatedResponse(headers=challenge)}

    own = {"www-authenticate": "'Basic'"}
    responses.add(ResponseType.UNAUTHORIZED, TemplatedResponse(status=403, headers=own))
    responses.add(ResponseType.ACCESS_DENIED, TemplatedResponse(status=404))
    assert responses.merge({}, cors) == {
        "UNAUTHORIZED": TemplatedResponse(status=403, headers={**cors, **own}),
        "ACCESS_DENIED": TemplatedResponse(status=404, headers=cors),
    }


def test_oauth_metadata_is_a_mock_route_that_the_401_response_names() -> None:
    """The route is open, although the API has an authorizer."""
    stack = stack_in_a_region()
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        domain_name=domain(stack),
        authorizer=Authorizer.jwt(issuer="https://id.example.com", audiences=["chat"]),
    )
    api.add_oauth_protected_resource(
        authorization_servers=["https://id.example.com"],
        scopes=["chat/read", "chat/write"],
        path="/mcp",
        resource_name="Chat",
    )
    with pytest.raises(ValueError, match="Call add_oauth_protected_resource once"):
        api.add_oauth_protected_resource(authorization_servers=["https://id.example.com"])
    body = body_of(synthesize(stack))
    operation = body["paths"][f"{WELL_KNOWN}/mcp"]["get"]
    integration = operation["x-amazon-apigateway-integration"]
    response = integration["responses"]["default"]

    assert "security" not in operation
    assert integration["type"] == "mock"
    assert json.loads(response["responseTemplates"]["application/json"]) == {
        "resource": "https://api.example.com/mcp",
        "authorization_servers": ["https://id.example.com"],
        "scopes_supported": ["chat/read", "chat/write"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Chat",
    }
    assert body[RESPONSES]["UNAUTHORIZED"]["responseParameters"] == {
        "gatewayresponse.header.WWW-Authenticate": (
            "'Bearer resource_metadata="
            f'"https://api.example.com{WELL_KNOWN}/mcp", scope="chat/read chat/write"\''
        )
    }


def test_an_authorization_server_may_be_a_token() -> None:
    stack = stack_in_a_region()
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), domain_name=domain(stack))
    api.add_oauth_protected_resource(authorization_servers=[Fn.import_value("Issuer")])

    assert "Fn::ImportValue" in json.dumps(body_of(synthesize(stack))["paths"][WELL_KNOWN])


@pytest.mark.parametrize(
    ("base_path", "resource", "problem"),
    [
        ("", {}, "no custom domain name"),
        ("v1", {}, "base path /v1"),
        (None, {"authorization_servers": []}, "authorization_servers is [], not a list of URLs"),
        (None, {"authorization_servers": 5}, "authorization_servers is 5, not a list of URLs"),
        (None, {"authorization_servers": [None]}, "None is not an https URL"),
        (
            None,
            {"authorization_servers": "https://id.example.com"},
            "authorization_servers is 'https://id.example.com', not a list of URLs",
        ),
        (None, {"authorization_servers": ["http://id.example.com"]}, "not an https URL"),
        (None, {"authorization_servers": ["https:id.example.com"]}, "not an https URL"),
        (None, {"scopes": ["a b"]}, "'a b' is not a scope"),
        (None, {"scopes": "chat"}, "scopes is 'chat', not a list"),
        (None, {"scopes": None}, "scopes is None, not a list"),
        (None, {"path": "mcp"}, "path is 'mcp'"),
        (None, {"path": "/{mcp}"}, "path is '/{mcp}'"),
        (None, {"path": None}, "path is None"),
        (None, {"path": "mcp", "resource_name": 5}, "resource_name is 5, not a str"),
    ],
)
def test_metadata_that_clients_cannot_find_or_read_is_an_error(
    base_path: str | None, resource: dict[str, Any], problem: str
) -> None:
    """The error has the reason: the paths of an execute-api URL start with the stage."""
    stack = stack_in_a_region()
    options: dict[str, Any] = {"authorization_servers": ["https://id.example.com"], **resource}
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        domain_name=None if base_path == "" else domain(stack, base_path),
    )

    with pytest.raises(ValueError, match="oauth-resource-invalid") as caught:
        api.add_oauth_protected_resource(**options)
    assert problem in str(caught.value)
    assert not any(route.path.startswith(WELL_KNOWN) for route in api.routes)


def test_gateway_responses_that_api_gateway_rejects_are_an_error() -> None:
    """All problems of a call are in one error; a second response of a type is an error."""
    stack = new_stack()
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    wrong: dict[Any, dict[str, Any]] = {
        "THROTTLED": {"response_headers": ["Retry-After"], "templates": "later"},
        ResponseType.THROTTLED: {"status_code": 199, "response_headers": {"a b": "'1'", "c": "1"}},
        ResponseType.QUOTA_EXCEEDED: {
            "status_code": 600,
            "response_headers": [],
            "templates": {"text/plain": 5},
        },
        None: {},
    }
    problems = ""
    for kind, options in wrong.items():
        with pytest.raises(ValueError, match="the gateway response was not added") as caught:
            api.add_gateway_response(kind, **options)
        problems += str(caught.value)

    assert "type is 'THROTTLED', not a ResponseType. Pass ResponseType.THROTTLED." in problems
    assert "response_headers is ['Retry-After']" in problems
    assert "templates is 'later'" in problems
    assert "status_code is 199" in problems
    assert "status_code is 600" in problems
    assert "the type is missing" in problems
    assert "response_headers is []" in problems
    assert "templates has 'text/plain': 5" in problems
    assert "'a b' is no header" in problems
    assert "header c is '1', which is no mapping expression" in problems
    api.add_gateway_response(ResponseType.THROTTLED)
    with pytest.raises(ValueError, match=r"THROTTLED.*the API already has a gateway response"):
        api.add_gateway_response(ResponseType.THROTTLED)


def test_values_that_are_known_at_deployment_are_accepted() -> None:
    """A token is no invalid expression, and a later change of the dict has no effect."""
    stack = new_stack()
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    header = CfnParameter(stack, "Header")
    headers = {"X-Help": header.value_as_string}
    api.add_gateway_response(ResponseType.THROTTLED, response_headers=headers)
    headers["X-Late"] = "late"

    body = body_of(synthesize(stack))[RESPONSES]["THROTTLED"]

    assert body["responseParameters"] == {"gatewayresponse.header.X-Help": {"Ref": "Header"}}
