"""The authorization of an OpenAPI body: security schemes, and each operation's requirement.

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

API_KEY: Final = "ApiKey"
"""The scheme by which API Gateway itself asks for the key of a usage plan."""
_AUTH: Final = "x-amazon-apigateway-auth"
_AUTHTYPE: Final = "x-amazon-apigateway-authtype"
_AUTHORIZER: Final = "x-amazon-apigateway-authorizer"


def security_schemes(accesses: Iterable[MethodAuthorization]) -> dict[str, Any]:
    """Return the scheme of each authorizer in use, and that of API keys, by name."""
    schemes: dict[str, Any] = {}
    for access in accesses:
        authorizer = access.authorizer
        if authorizer is not None and authorizer.name not in schemes:
            schemes[authorizer.name] = _scheme(authorizer)
        if access.api_key_required:
            schemes[API_KEY] = _api_key("x-api-key")
    return dict(sorted(schemes.items()))


def security(access: MethodAuthorization) -> list[dict[str, list[str]]]:
    """Return what an operation asks for: a requirement each, all of which API Gateway applies."""
    alternatives: list[dict[str, list[str]]] = []
    if access.authorizer is not None:
        alternatives.append({access.authorizer.name: list(access.scopes)})
    if access.api_key_required:
        alternatives.append({API_KEY: []})
    return alternatives


def is_authorized(operation: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Return whether an operation of a converted document states its authorization, or none."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    named = [
        schemes.get(name, {})
        for alternative in operation.get("security", ())
        for name in alternative
    ]
    return _AUTH in operation or any(
        # The conversion keeps another type only if it is not understood.
        _AUTHORIZER in scheme or _AUTHTYPE in scheme or scheme.get("type", "apiKey") != "apiKey"
        for scheme in named
    )


def _scheme(authorizer: Authorizer) -> dict[str, Any]:
    if authorizer.type is AuthorizerType.IAM:
        return {**_api_key("Authorization"), _AUTHTYPE: "awsSigv4"}
    if authorizer.jwt is not None:
        return _jwt_scheme(authorizer, authorizer.jwt)
    kind, declared = "custom", _with_role(authorizer)
    if authorizer.type is AuthorizerType.COGNITO:
        kind, declared = "cognito_user_pools", {"providerARNs": list(authorizer.user_pools)}
    if authorizer.ttl_seconds != AUTHORIZER_TTL_DEFAULT_SECONDS:
        declared["authorizerResultTtlInSeconds"] = authorizer.ttl_seconds
    return {
        **_api_key(_header(authorizer)),
        _AUTHTYPE: kind,
        _AUTHORIZER: {"type": authorizer.type.value.lower(), **declared},
    }


def _jwt_scheme(authorizer: Authorizer, jwt: JwtConfiguration) -> dict[str, Any]:
    return {
        **_api_key(_header(authorizer)),
        _AUTHTYPE: "jwt",
        _AUTHORIZER: {
            "type": "jwt",
            "identitySource": ", ".join(authorizer.identity_sources),
            "jwtConfiguration": {
                "issuers": [_jwt_issuer(issuer) for issuer in jwt.issuers],
                "defaultAlgorithms": list(jwt.algorithms),
            },
        },
    }


def _jwt_issuer(issuer: JwtIssuer) -> dict[str, Any]:
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


def _with_role(authorizer: Authorizer) -> dict[str, Any]:
    sources = ", ".join(authorizer.identity_sources)
    is_request = authorizer.type is AuthorizerType.REQUEST
    members = {
        "authorizerUri": authorizer.uri,
        "authorizerCredentials": authorizer.credentials,
        "identitySource": sources if is_request and sources else None,
        "identityValidationExpression": authorizer.validation_expression,
    }
    return {name: value for name, value in members.items() if value is not None}


def _header(authorizer: Authorizer) -> str:
    """Return the header of a token; API Gateway's own exports write `Unused` where it is none."""
    if authorizer.type is AuthorizerType.REQUEST:
        return "Unused"
    (source,) = authorizer.identity_sources
    return source.rpartition(".header.")[2]


def _api_key(header: str) -> dict[str, Any]:
    return {"type": "apiKey", "name": header, "in": "header"}
