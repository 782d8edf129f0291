"""JWT authorizers of a construct, in the body of its API."""

from __future__ import annotations

import pytest
from aws_cdk import aws_cognito

from streaming_construct import Authorizer, JwtIssuer, StreamingRestApi
from tests.support.synthesis import body_of, new_function, new_stack, synthesize

ANY = "x-amazon-apigateway-any-method"


def test_a_jwt_authorizer_is_written_into_the_body() -> None:
    """It has its issuers in order, the claims of the first, and the scopes of each route."""
    second_issuer = JwtIssuer(issuer="https://other.example.com", audiences=("api",))
    authorizer = Authorizer.jwt(
        second_issuer,
        issuer="https://id.example.com/",
        audiences=["chat"],
        algorithms=["ES256"],
        required_claims={"tenant": ["a"], "email": []},
        scopes=["chat/write"],
    )
    stack = new_stack()
    StreamingRestApi(stack, "Api", handler=new_function(stack), authorizer=authorizer)

    body = body_of(synthesize(stack))
    (scheme,) = body["components"]["securitySchemes"].values()
    declared = scheme["x-amazon-apigateway-authorizer"]
    assert (scheme["name"], scheme["x-amazon-apigateway-authtype"]) == ("Authorization", "jwt")
    assert declared == {
        "type": "jwt",
        "identitySource": "method.request.header.Authorization",
        "jwtConfiguration": {
            "issuers": [
                {
                    "issuer": "https://id.example.com/",
                    "audiences": ["chat"],
                    "additionalClaims": [
                        {
                            "claimName": "tenant",
                            "format": "SINGLE_STRING",
                            "required": True,
                            "expectedValues": ["a"],
                        },
                        {"claimName": "email", "format": "SINGLE_STRING", "required": True},
                    ],
                },
                {"issuer": "https://other.example.com", "audiences": ["api"]},
            ],
            "defaultAlgorithms": ["ES256"],
        },
    }
    operation = body["paths"]["/"][ANY]
    assert operation["security"] == [{"Jwtidexamplecom": ["chat/write"]}]


def test_the_error_of_an_invalid_jwt_authorizer_lists_all_problems() -> None:
    """No resource is created."""
    authorizer = Authorizer.jwt(
        issuer="http://id.example.com",
        audiences=[""],
        algorithms=["HS256"],
        required_claims={"exp": []},
    )
    stack = new_stack()
    with pytest.raises(ValueError, match="authorizer-invalid") as rejected:
        StreamingRestApi(stack, "Api", handler=new_function(stack), authorizer=authorizer)

    text = str(rejected.value)
    for part in ("algorithm HS256", "not an https URL", "an empty audience", "claim exp itself"):
        assert part in text


def test_audiences_without_an_issuer_are_an_error() -> None:
    """They would belong to no issuer."""
    with pytest.raises(TypeError, match="require issuer"):
        Authorizer.jwt(audiences=["chat"])
    with pytest.raises(TypeError, match="audiences=\\['chat'\\]"):
        Authorizer.jwt(issuer="https://id.example.com", audiences="chat")


def test_the_issuer_of_a_user_pool_is_unchanged() -> None:
    """Only the deployment knows its URL. The token is not part of the name."""
    stack = new_stack()
    pool = aws_cognito.UserPool(stack, "Users")
    authorizer = Authorizer.jwt(issuer=pool.user_pool_provider_url, audiences=["client"])
    StreamingRestApi(stack, "Api", handler=new_function(stack), authorizer=authorizer)

    schemes = body_of(synthesize(stack))["components"]["securitySchemes"]
    declared = schemes["Jwt"]["x-amazon-apigateway-authorizer"]["jwtConfiguration"]
    assert declared["issuers"][0]["issuer"]["Fn::GetAtt"][1] == "ProviderURL"
