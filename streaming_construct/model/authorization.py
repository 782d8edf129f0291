"""Authorizers, and what a method requires of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from streaming_construct.model.jwt_configuration import JwtConfiguration
from streaming_construct.model.source_location import SourceLocation


class AuthorizerType(str, Enum):
    """The type of authorization of a route."""

    TOKEN = "TOKEN"  # noqa: S105 - the name of a kind of Lambda authorizer
    REQUEST = "REQUEST"
    COGNITO = "COGNITO_USER_POOLS"
    JWT = "JWT"
    IAM = "AWS_IAM"


@dataclass(frozen=True, kw_only=True)
class Authorizer:
    """An authorizer of an API, or `AWS_IAM`, which every API has.

    `function` is the `Function.id` of a Lambda authorizer. `identity_sources` are mapping
    expressions (`method.request.header.Authorization`). `ttl_seconds` is how long results are
    cached; 0 disables caching. `user_pools` are the ARNs of a Cognito authorizer. `jwt` configures
    a JWT authorizer. `uri` and `credentials` define how API Gateway invokes the function, if the
    source has them. `unresolved` maps each CloudFormation property whose value is
    unknown or invalid to the reason, and `invalid` only those that API Gateway rejects. `unknown`
    maps each property or member that this library does not know, or whose value it does not know,
    to that value as text.
    """

    type: AuthorizerType
    name: str
    origin: SourceLocation
    function: str | None = None
    identity_sources: tuple[str, ...] = ()
    validation_expression: str | None = None
    ttl_seconds: int = 300
    user_pools: tuple[str, ...] = ()
    jwt: JwtConfiguration | None = None
    uri: str | None = None
    credentials: str | None = None
    unresolved: Mapping[str, str] = field(default_factory=dict, hash=False)
    invalid: Mapping[str, str] = field(default_factory=dict, hash=False)
    unknown: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class MethodAuthorization:
    """The credentials that a request to a route needs; the default is none.

    The token of a Cognito or JWT authorizer must have one of the `scopes`, if there are any.
    `not_enforced_reasons` name what was declared and API Gateway does not act on.
    """

    authorizer: Authorizer | None = None
    scopes: tuple[str, ...] = ()
    api_key_required: bool = False
    not_enforced_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RequestValidation:
    """The request validation that API Gateway does before the integration: its validator, by name.

    With `has_parameter_validation`, a request must have a value for each of `required`, which are
    mapping expressions (`method.request.querystring.limit`). With `has_body_validation`, the body
    must be valid by the model of its media type. `models` are JSON schemas of draft 4, each
    complete by itself. `unresolved` maps each CloudFormation property whose value is unknown
    (`RequestModels.text/plain`) to the reason.
    """

    name: str
    has_body_validation: bool = False
    has_parameter_validation: bool = False
    required: tuple[str, ...] = ()
    models: Mapping[str, Any] = field(default_factory=dict)
    unresolved: Mapping[str, str] = field(default_factory=dict)
