"""Build the authorization of an OpenAPI body: security schemes, and security requirements.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html

The AWS page of JWT authorizers names OpenAPI as a way to create one. The members of
`jwtConfiguration` are those of the service's API model
(https://docs.aws.amazon.com/apigateway/latest/api/API_JwtConfiguration.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from streaming_construct.aws.limits import AUTHORIZER_TTL_DEFAULT_SECONDS
from streaming_construct.model.authorization import Authorizer, AuthorizerType, MethodAuthorization
from streaming_construct.model.jwt_configuration import JwtConfiguration, JwtIssuer

# The scheme with which API Gateway requires the key of a usage plan.
API_KEY: Final = "ApiKey"
_AUTH: Final = "x-amazon-apigateway-auth"
_AUTHTYPE: Final = "x-amazon-apigateway-authtype"
_AUTHORIZER: Final = "x-amazon-apigateway-authorizer"


def build_security_schemes(authorizations: Iterable[MethodAuthorization]) -> dict[str, Any]:
    """Return the scheme of each authorizer in use, and that of API keys, by name."""
    schemes: dict[str, Any] = {}
    for authorization in authorizations:
        authorizer = authorization.authorizer
        if authorizer is not None and authorizer.name not in schemes:
            schemes[authorizer.name] = _build_scheme(authorizer)
        if authorization.api_key_required:
            schemes[API_KEY] = _build_api_key("x-api-key")
    return dict(sorted(schemes.items()))


def build_security(authorization: MethodAuthorization) -> list[dict[str, list[str]]]:
    """Return the security requirements of an operation. API Gateway enforces all of them."""
    alternatives: list[dict[str, list[str]]] = []
    if authorization.authorizer is not None:
        alternatives.append({authorization.authorizer.name: list(authorization.scopes)})
    if authorization.api_key_required:
        alternatives.append({API_KEY: []})
    return alternatives


def is_authorized(operation: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Return whether an operation of a converted document declares its authorization."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    scheme_names = [
        schemes.get(name, {})
        for alternative in operation.get("security", ())
        for name in alternative
    ]
    return _AUTH in operation or any(
        # The conversion keeps another type only if it is not understood.
        _AUTHORIZER in scheme or _AUTHTYPE in scheme or scheme.get("type", "apiKey") != "apiKey"
        for scheme in scheme_names
    )


def _build_scheme(authorizer: Authorizer) -> dict[str, Any]:
    if authorizer.type is AuthorizerType.IAM:
        return {**_build_api_key("Authorization"), _AUTHTYPE: "awsSigv4"}
    if authorizer.jwt is not None:
        return _build_jwt_scheme(authorizer, authorizer.jwt)
    kind, declared = "custom", _build_lambda_authorizer(authorizer)
    if authorizer.type is AuthorizerType.COGNITO:
        kind, declared = "cognito_user_pools", {"providerARNs": list(authorizer.user_pools)}
    if authorizer.ttl_seconds != AUTHORIZER_TTL_DEFAULT_SECONDS:
        declared["authorizerResultTtlInSeconds"] = authorizer.ttl_seconds
    return {
        **_build_api_key(_find_token_header(authorizer)),
        _AUTHTYPE: kind,
        _AUTHORIZER: {"type": authorizer.type.value.lower(), **declared},
    }


def _build_jwt_scheme(authorizer: Authorizer, jwt: JwtConfiguration) -> dict[str, Any]:
    return {
        **_build_api_key(_find_token_header(authorizer)),
        _AUTHTYPE: "jwt",
        _AUTHORIZER: {
            "type": "jwt",
            "identitySource": ", ".join(authorizer.identity_sources),
            "jwtConfiguration": {
                "issuers": [_build_jwt_issuer(issuer) for issuer in jwt.issuers],
                "defaultAlgorithms": list(jwt.algorithms),
            },
        },
    }


def _build_jwt_issuer(issuer: JwtIssuer) -> dict[str, Any]:
    claims = [
        {
            "claimName": claim.name,
            "format": claim.format,
            "required": claim.is_required,
            **({"expectedValues": list(claim.expected_values)} if claim.expected_values else {}),
        }
        for claim in issuer.claims
    ]
    members = {"issuer": issuer.issuer, "audiences": list(issuer.audiences)}
    return {**members, "additionalClaims": claims} if claims else members


def _build_lambda_authorizer(authorizer: Authorizer) -> dict[str, Any]:
    sources = ", ".join(authorizer.identity_sources)
    is_request = authorizer.type is AuthorizerType.REQUEST
    members = {
        "authorizerUri": authorizer.uri,
        "authorizerCredentials": authorizer.credentials,
        "identitySource": sources if is_request and sources else None,
        "identityValidationExpression": authorizer.validation_expression,
    }
    return {name: value for name, value in members.items() if value is not None}


def _find_token_header(authorizer: Authorizer) -> str:
    """Return the header of a token; without one, `Unused`, as in exports of API Gateway."""
    if authorizer.type is AuthorizerType.REQUEST:
        return "Unused"
    (source,) = authorizer.identity_sources
    return source.rpartition(".header.")[2]


def _build_api_key(header: str) -> dict[str, Any]:
    return {"type": "apiKey", "name": header, "in": "header"}
