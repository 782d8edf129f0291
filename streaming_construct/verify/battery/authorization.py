"""Authorizers and API keys: allowed and denied requests, and the caller in the event."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery.programs import DOCS, GATEWAY_RESPONSES
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import Case, CaseRequest, Credential

_PAGE: Final = "local-gateway.md#authorizers"
_RESPONSES: Final = "local-gateway.md#responses"
_LAMBDA: Final = f"{DOCS}apigateway-use-lambda-authorizer.html"
_LAMBDA_OUTPUT: Final = f"{DOCS}api-gateway-lambda-authorizer-output.html"
_COGNITO: Final = f"{DOCS}apigateway-integrate-with-cognito.html"
_USAGE_PLANS: Final = f"{DOCS}api-gateway-api-usage-plans.html"
_IAM: Final = f"{DOCS}permissions.html"
_JWT: Final = "authorization.md#json-web-tokens"
_DENIED: Final = "User is not authorized to access this resource"
_FORGED: Final = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ."


_case: Final = Theme(name="authorization", id_prefix="authorization", page=_RESPONSES).case


def _get(path: str, credential: Credential = Credential.NONE, **headers: str) -> CaseRequest:
    return CaseRequest(
        path=f"/authorized/{path}",
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        credential=credential,
    )


def _get_with_token(kind: str, header: str, token: str) -> CaseRequest:
    return CaseRequest(path=f"/authorized/{kind}", headers=((header, token),))


def _create_lambda_cases(kind: str, header: str) -> tuple[Case, ...]:
    """Return the cases that TOKEN and REQUEST authorizers share."""
    return (
        *_create_allowed_lambda_cases(kind),
        *_create_rejected_lambda_cases(kind, header),
        *_create_failed_lambda_cases(kind, header),
    )


def _create_allowed_lambda_cases(kind: str) -> tuple[Case, ...]:
    name = kind.upper()
    return (
        _case(
            f"{kind}-allowed",
            f"A {name} authorizer that allows the method passes its context to the function.",
            _get(kind, Credential.LAMBDA),
            {
                "status": 200,
                "event:/requestContext/authorizer/principalId": "caller",
                "event:/requestContext/authorizer/text": "blue",
            },
            source_url=_LAMBDA_OUTPUT,
        ),
        _case(
            f"{kind}-context-types",
            f"The function receives each value of the context of a {name} authorizer as text.",
            _get(kind, Credential.LAMBDA),
            {
                "event:/requestContext/authorizer/number": "7",
                "event:/requestContext/authorizer/flag": "true",
            },
            source_url=_LAMBDA_OUTPUT,
        ),
    )


def _create_rejected_lambda_cases(kind: str, header: str) -> tuple[Case, ...]:
    name = kind.upper()
    return (
        _case(
            f"{kind}-missing",
            f"Without the identity source of a {name} authorizer, the status is 401.",
            _get(kind),
            {"status": 401, "json:/message": "Unauthorized"},
            source_url=_LAMBDA,
        ),
        _case(
            f"{kind}-denied",
            f"A policy of a {name} authorizer that denies the method results in status 403.",
            _get_with_token(kind, header, "deny"),
            {"status": 403, "json:/message": f"{_DENIED} with an explicit deny"},
            source_url=GATEWAY_RESPONSES,
        ),
        _case(
            f"{kind}-not-mentioned",
            f"A policy of a {name} authorizer for another method results in status 403.",
            _get_with_token(kind, header, "other"),
            {"status": 403, "json:/message": _DENIED},
            source_url=GATEWAY_RESPONSES,
        ),
        _case(
            f"{kind}-unauthorized",
            f"The error `Unauthorized` of a {name} authorizer results in status 401.",
            _get_with_token(kind, header, "unauthorized"),
            {"status": 401, "json:/message": "Unauthorized"},
            source_url=_LAMBDA,
        ),
    )


def _create_failed_lambda_cases(kind: str, header: str) -> tuple[Case, ...]:
    name = kind.upper()
    return (
        _case(
            f"{kind}-malformed",
            f"A result of a {name} authorizer without a policy results in status 500.",
            _get_with_token(kind, header, "malformed"),
            {"status": 500, "type:/message": "null"},
            source_url=GATEWAY_RESPONSES,
        ),
        _case(
            f"{kind}-fails",
            f"Another error of a {name} authorizer results in status 500.",
            _get_with_token(kind, header, "fails"),
            {"status": 500, "type:/message": "null"},
            source_url=GATEWAY_RESPONSES,
        ),
    )


CASES: Final = (
    *_create_lambda_cases("token", "Authorization"),
    _case(
        "token-expression",
        "A token that the validation expression does not match results in status 401.",
        _get("token", Authorization="123"),
        {"status": 401, "json:/message": "Unauthorized"},
        source_url=_LAMBDA,
    ),
    *_create_lambda_cases("request", "X-Token"),
    _case(
        "cognito-allowed",
        "A Cognito authorizer passes the claims of the token to the function.",
        _get("cognito", Credential.COGNITO),
        {
            "status": 200,
            "event:/requestContext/authorizer/claims/token_use": "id",
            "type:/requestContext/authorizer/claims/sub": "string",
        },
        source_url=_COGNITO,
    ),
    _case(
        "cognito-claim-types",
        "The claims of a Cognito token are texts, times included.",
        _get("cognito", Credential.COGNITO),
        {
            "type:/requestContext/authorizer/claims/exp": "string",
            "type:/requestContext/authorizer/claims/auth_time": "string",
        },
    ),
    _case(
        "cognito-missing",
        "Without a token, a Cognito authorizer returns status 401.",
        _get("cognito"),
        {"status": 401, "json:/message": "Unauthorized"},
        source_url=GATEWAY_RESPONSES,
    ),
    _case(
        "cognito-invalid",
        "A Cognito authorizer returns status 401 for a token that it did not sign.",
        _get("cognito", Authorization=_FORGED),
        {"status": 401, "json:/message": "Unauthorized"},
        source_url=GATEWAY_RESPONSES,
    ),
    _case(
        "cognito-access-token",
        "A Cognito authorizer without scopes returns status 401 for an access token.",
        _get("cognito", Credential.COGNITO_ACCESS),
        {"status": 401, "json:/message": "Unauthorized"},
        source_url=_COGNITO,
    ),
    _case(
        "cognito-scope",
        "A Cognito authorizer with scopes allows an access token with one of them.",
        _get("cognito-scope", Credential.COGNITO_ACCESS),
        {"status": 200, "event:/requestContext/authorizer/claims/token_use": "access"},
        source_url=_COGNITO,
    ),
    _case(
        "cognito-scope-of-an-id-token",
        "A Cognito authorizer with scopes returns status 401 for an ID token.",
        _get("cognito-scope", Credential.COGNITO),
        {"status": 401, "json:/message": "Unauthorized"},
        source_url=_COGNITO,
    ),
    _case(
        "iam-allowed",
        "A signed request passes the identity of its caller to the function.",
        _get("iam", Credential.IAM),
        {
            "status": 200,
            "event:/requestContext/identity/accountId": "{account}",
            "type:/requestContext/identity/userArn": "string",
            "type:/requestContext/identity/accessKey": "string",
        },
        source_url=_IAM,
    ),
    _case(
        "iam-signature-is-removed",
        "The function does not receive the signature.",
        _get("iam", Credential.IAM),
        {"status": 200, "has_event:/headers/Authorization": False},
        page="local-gateway.md#routing-and-events",
    ),
    _case(
        "iam-missing",
        "A request that is not signed results in status 403.",
        _get("iam"),
        {"status": 403, "json:/message": "Missing Authentication Token"},
        source_url=GATEWAY_RESPONSES,
    ),
    _case(
        "jwt-allowed",
        "A JWT authorizer passes the claims of the token to the function.",
        _get("jwt", Credential.JWT),
        {"status": 200, "type:/requestContext/authorizer/claims/sub": "string"},
        source_url=f"{DOCS}rest-api-jwt-authorizer-claims.html",
        page=_JWT,
    ),
    _case(
        "jwt-claim-types",
        "Each claim of a JWT has its JSON type in the event.",
        _get("jwt", Credential.JWT),
        {"type:/requestContext/authorizer/claims/exp": "number"},
        source_url=f"{DOCS}rest-api-jwt-authorizer-claims.html",
        page=_JWT,
    ),
    _case(
        "jwt-missing",
        "Without a token, a JWT authorizer returns status 401.",
        _get("jwt"),
        {"status": 401, "json:/message": "Unauthorized"},
    ),
    _case(
        "jwt-invalid",
        "A JWT authorizer returns status 401 for a token without a signature.",
        _get("jwt", Authorization=_FORGED),
        {"status": 401, "json:/message": "Unauthorized"},
    ),
    _case(
        "jwt-without-the-scope",
        "A JWT authorizer with scopes returns status 403 for a token without them.",
        _get("jwt-scope", Credential.JWT),
        {"status": 403, "json:/message": _DENIED},
    ),
    _case(
        "jwt-access-token-of-cognito",
        "A JWT authorizer returns status 401 for an access token of Cognito, which has no `aud`.",
        _get("jwt-scope", Credential.COGNITO_ACCESS),
        {"status": 401},
        page=_JWT,
    ),
    _case(
        "key-allowed",
        "An API key of a usage plan is part of the event.",
        _get("key", Credential.API_KEY),
        {"status": 200, "type:/requestContext/identity/apiKeyId": "string"},
        source_url=_USAGE_PLANS,
    ),
    _case(
        "key-missing",
        "Without an API key, the status is 403.",
        _get("key"),
        {"status": 403, "json:/message": "Forbidden"},
        source_url=GATEWAY_RESPONSES,
    ),
    _case(
        "key-invalid",
        "An unknown API key results in status 403.",
        _get("key", X_Api_Key="unknown-unknown-unknown"),
        {"status": 403, "json:/message": "Forbidden"},
        source_url=GATEWAY_RESPONSES,
    ),
    _case(
        "log-of-a-denied-request",
        "The access log names the gateway response of a denied request.",
        _get("token"),
        {"log:status": "401", "log:errorType": "UNAUTHORIZED", "log:integrationStatus": "-"},
        page="streaming-rest-api.md#access-log",
    ),
    _case(
        "log-of-the-caller",
        "The access log has the caller of a signed request.",
        _get("iam", Credential.IAM),
        {"log:status": "200", "has_log:user": True, "has_log:caller": True},
        source_url=f"{DOCS}api-gateway-variables-for-access-logging.html",
        page="streaming-rest-api.md#access-log",
    ),
)
"""The cases of this theme."""
