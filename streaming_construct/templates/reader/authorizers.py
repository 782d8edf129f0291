"""Authorizers, scopes and API keys in OpenAPI bodies and in `Method` resources.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-method.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from streaming_construct.aws.function_arn import parse_function_arn
from streaming_construct.aws.integration_uri import parse_integration_uri
from streaming_construct.aws.known_values import (
    AUTH_TYPES,
    AUTHORIZER_MEMBERS,
    METHOD_AUTHORIZATION_TYPES,
)
from streaming_construct.aws.limits import AUTHORIZER_TTL_DEFAULT_SECONDS
from streaming_construct.aws.unknown_values import format_value
from streaming_construct.model.api import Route
from streaming_construct.model.authorization import Authorizer, AuthorizerType, MethodAuthorization
from streaming_construct.model.jwt_configuration import JwtConfiguration
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.unresolved import add_unresolved
from streaming_construct.templates.reader.integrations import get_cloudformation_name
from streaming_construct.templates.reader.jwt_configuration import read_jwt_configuration
from streaming_construct.templates.reader.lambda_functions.functions import LambdaFunctions
from streaming_construct.templates.reader.openapi_body import Operation
from streaming_construct.templates.reader.unknown_elements import (
    find_unknown_authorizer_elements,
    find_unknown_scheme_elements,
)
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import (
    as_list,
    as_mapping,
    as_number,
    to_string,
    to_strings,
)
from streaming_construct.templates.stacks.openapi_file import PLACEHOLDER
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.unresolved import Unresolved, list_unresolved_reasons

_STAGE_VARIABLE: Final = re.compile(r"\$\{stageVariables\.(\w+)\}")
_AUTH: Final = "x-amazon-apigateway-auth"
_AUTHORIZER: Final = "x-amazon-apigateway-authorizer"
_AUTHTYPE: Final = "x-amazon-apigateway-authtype"
_IAM: Final = Authorizer(
    type=AuthorizerType.IAM, name=AuthorizerType.IAM.value, origin=SourceLocation()
)
# SAM writes this scheme, which does not exist, if an event opts out of the default authorizer.
_OPEN: Final = "NONE"
_METHOD_TYPES_WITH_AN_AUTHORIZER: Final = ("CUSTOM", "COGNITO_USER_POOLS", "JWT")
_TYPES: Final = {authorizer_type.value: authorizer_type for authorizer_type in AuthorizerType}
_TYPES_WITH_A_HEADER: Final = (AuthorizerType.TOKEN, AuthorizerType.COGNITO, AuthorizerType.JWT)


@dataclass
class _MemberProblems:
    """The problems of the members of an authorizer, by CloudFormation property.

    `unresolved` has each problem because of which the gateway cannot run the authorizer. `invalid`
    has those of them that API Gateway rejects, and `unknown` the members that this version does not
    know.
    """

    unresolved: dict[str, str]
    unknown: dict[str, str]
    invalid: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def from_members(declared: Mapping[str, Any]) -> _MemberProblems:
        """Return the members whose values are unresolved or unknown."""
        unresolved = {
            get_cloudformation_name(key): "; ".join(reasons)
            for key, value in declared.items()
            if (reasons := list(list_unresolved_reasons(value)))
        }
        return _MemberProblems(unresolved, find_unknown_authorizer_elements(declared))

    def add_invalid(self, name: str, reason: str) -> None:
        """Add a property that API Gateway rejects."""
        self.invalid[name] = self.unresolved[name] = reason


class Authorizers:
    """The authorizers of one API: its security schemes, and its `AWS::ApiGateway::Authorizer`s."""

    def __init__(
        self,
        resolver: Resolver,
        api_id: str,
        body: Mapping[str, Any],
        functions: LambdaFunctions,
        stage_variables: Mapping[str, str],
    ) -> None:
        self._functions = functions
        self._document_security = bool(as_list(body.get("security")))
        self._stage_variables = stage_variables
        self._schemes = {
            **as_mapping(body.get("securityDefinitions")),
            **as_mapping(as_mapping(body.get("components")).get("securitySchemes")),
        }
        self._resources = {
            str(resolver.ref(logical_id)): (properties, find_origin(resolver.stack, logical_id))
            for logical_id, resource in resolver.list_resources("AWS::ApiGateway::Authorizer")
            if (properties := resolver.properties(resource)).get("RestApiId") == api_id
        }

    def read_authorization(self, operation: Operation) -> MethodAuthorization:
        """Read the authorization of an operation; an unresolved authorizer has the reason."""
        if "HttpMethod" in operation.declared:
            return self._read_method_authorization(operation)
        return self._read_openapi_authorization(operation)

    def list_unused(self, routes: Iterable[Route]) -> tuple[str, ...]:
        """Return the names of authorizers that no route uses; none if a route's is not known."""
        required = [route.access.authorizer for route in routes if route.access.authorizer]
        if any(authorizer.unresolved or authorizer.unknown for authorizer in required):
            return ()
        used = {authorizer.name for authorizer in required}
        declared = [to_string(properties.get("Name")) for properties, _ in self._resources.values()]
        declared += [
            name for name, scheme in self._schemes.items() if _AUTHORIZER in as_mapping(scheme)
        ]
        return tuple(name for name in declared if name not in used)

    def _read_method_authorization(self, operation: Operation) -> MethodAuthorization:
        properties, origin = operation.declared, operation.origin
        kind, identity = properties.get("AuthorizationType"), properties.get("AuthorizerId")
        key_required = properties.get("ApiKeyRequired") in (True, "true")
        scopes = to_strings(properties.get("AuthorizationScopes"))
        authorizer: Authorizer | None
        if kind in (None, "NONE") and identity is None:
            authorizer = None
        elif isinstance(kind, str) and kind.upper() not in METHOD_AUTHORIZATION_TYPES:
            authorizer = _create_unknown_authorizer(
                kind, {"AuthorizationType": format_value(kind)}, origin
            )
        elif kind == AuthorizerType.IAM.value:
            authorizer = _IAM
        elif kind in _METHOD_TYPES_WITH_AN_AUTHORIZER and identity is None:
            missing = {"AuthorizerId": "the value is missing"}
            authorizer = _create_unresolved_authorizer(
                kind, "AuthorizerId", "the value is missing", origin
            )
            authorizer = replace(authorizer, invalid=missing)
        elif str(identity) in self._resources:
            declared, written = self._resources[str(identity)]
            authorizer = self._read_authorizer(
                str(declared.get("Name")), _to_openapi_keys(declared), written
            )
        else:
            unclear = next(
                list_unresolved_reasons((kind, identity)), f"there is no authorizer {identity}"
            )
            member = "AuthorizationType" if isinstance(kind, Unresolved) else "AuthorizerId"
            authorizer = _create_unresolved_authorizer(to_string(kind), member, unclear, origin)
        return MethodAuthorization(
            authorizer=authorizer, scopes=scopes, api_key_required=key_required
        )

    def _read_openapi_authorization(self, operation: Operation) -> MethodAuthorization:
        declared, origin = operation.declared, operation.origin
        security = declared.get("security")
        authorizers: dict[str, Authorizer] = {}
        scopes: tuple[str, ...] = ()
        key_required = False
        ignored: list[str] = []
        if isinstance(security, Unresolved):
            authorizers["security"] = _create_unresolved_authorizer(
                "security", "security", str(security), origin
            )
        for name, required_scopes in _list_requirements(security):
            scheme = self._schemes.get(name)
            if scheme is None and name == _OPEN:
                continue
            if scheme is None or isinstance(scheme, Unresolved):
                reason = str(scheme or f"there is no security scheme {name}")
                authorizers[name] = _create_unresolved_authorizer(name, "security", reason, origin)
                ignored += [reason] if scheme is None else []
            elif unknown := find_unknown_scheme_elements(as_mapping(scheme)):
                authorizers[name] = _create_unknown_authorizer(name, unknown, origin)
            elif authorizer := self._read_security_scheme(name, as_mapping(scheme), origin):
                authorizers[name] = authorizer
                scopes += to_strings(required_scopes)
            elif _is_api_key(as_mapping(scheme)):
                key_required = True
            else:
                ignored.append(f"security scheme {name} has no {_AUTHORIZER}")
        if security is None and self._document_security:
            ignored.append(
                "the security of the document as a whole is not applied to its operations"
            )
        if authorizer := _from_auth_extension(declared.get(_AUTH), origin):
            authorizers.setdefault(authorizer.name, authorizer)
        return MethodAuthorization(
            authorizer=_select_authorizer(authorizers, origin),
            scopes=scopes,
            api_key_required=key_required,
            not_enforced_reasons=tuple(ignored),
        )

    def _read_security_scheme(
        self, name: str, scheme: Mapping[str, Any], origin: SourceLocation
    ) -> Authorizer | None:
        if scheme.get(_AUTHTYPE) == "awsSigv4":
            return _IAM
        declared = scheme.get(_AUTHORIZER)
        if declared is None:
            auth_type = scheme.get(_AUTHTYPE)
            if isinstance(auth_type, str) and auth_type not in AUTH_TYPES:
                return _create_unknown_authorizer(
                    name, {_AUTHTYPE: format_value(auth_type)}, origin
                )
            return None
        if isinstance(declared, Unresolved):
            return _create_unresolved_authorizer(name, _AUTHORIZER, str(declared), origin)
        members = as_mapping(declared)
        if _TYPES.get(to_string(members.get("type")).upper()) is not AuthorizerType.REQUEST:
            # Of a REQUEST authorizer the scheme names no header: one without sources has none.
            header = f"method.request.header.{scheme.get('name', 'Authorization')}"
            members = {"identitySource": header, **members}
        return self._read_authorizer(name, members, origin)

    def _read_authorizer(
        self, name: str, declared: Mapping[str, Any], origin: SourceLocation
    ) -> Authorizer:
        kind = _TYPES.get(to_string(declared.get("type")).upper())
        problems = _MemberProblems.from_members(declared)
        if kind is None and "Type" not in problems.unknown:
            problems.unresolved.setdefault(
                "Type", f"API Gateway has no type {declared.get('type')}"
            )
        uri = declared.get("authorizerUri")
        function = self._read_function(kind, uri, problems)
        sources = str(declared.get("identitySource") or "").split(",")
        if kind in _TYPES_WITH_A_HEADER and not any(sources):
            problems.add_invalid("IdentitySource", "the value is missing")
        user_pools = _read_user_pools(kind, declared.get("providerARNs"), problems)
        ttl_seconds = _read_ttl_seconds(declared.get("authorizerResultTtlInSeconds"), problems)
        jwt = _read_jwt(kind, declared.get("jwtConfiguration"), problems)
        expression = declared.get("identityValidationExpression")
        return Authorizer(
            type=kind or AuthorizerType.REQUEST,
            name=name,
            origin=origin,
            function=function,
            identity_sources=tuple(source.strip() for source in sources if source.strip()),
            validation_expression=expression if isinstance(expression, str) else None,
            ttl_seconds=ttl_seconds,
            user_pools=user_pools,
            jwt=jwt,
            uri=self._substitute_stage_variables(uri) if isinstance(uri, str) else None,
            credentials=_read_credentials(declared.get("authorizerCredentials")),
            unresolved=problems.unresolved,
            invalid=problems.invalid,
            unknown=problems.unknown,
        )

    def _read_function(
        self, kind: AuthorizerType | None, uri: object, problems: _MemberProblems
    ) -> str | None:
        """Return the id of the function of a Lambda authorizer; None without one."""
        if kind not in (AuthorizerType.TOKEN, AuthorizerType.REQUEST):
            return None
        function, reason = self._find_function(uri)
        if reason and function is None and self._is_rejected(uri):
            problems.add_invalid("AuthorizerUri", reason)
        elif reason:
            problems.unresolved["AuthorizerUri"] = reason
        return function

    def _find_function(self, uri: object) -> tuple[str | None, str | None]:
        """Return the id of the function in an authorizer's URI, or the reason why there is none."""
        if not isinstance(uri, str):
            return None, None if isinstance(uri, Unresolved) else "the value is missing"
        resolved_uri = self._substitute_stage_variables(uri)
        parsed = parse_integration_uri(resolved_uri)
        arn = parse_function_arn(parsed.function_arn) if parsed else None
        if arn is None:
            return None, f"{resolved_uri} is not the URI of a Lambda function's invocation"
        function = self._functions.find(arn.name)
        if function is None:
            return None, f"function {arn.name} is not declared in this assembly"
        return function.id, None

    def _substitute_stage_variables(self, uri: str) -> str:
        return _STAGE_VARIABLE.sub(lambda match: self._stage_variables.get(match[1], ""), uri)

    def _is_rejected(self, uri: object) -> bool:
        """Return whether API Gateway rejects a URI: it is missing, or invokes no function."""
        if not isinstance(uri, str):
            return not isinstance(uri, Unresolved)
        names = _STAGE_VARIABLE.findall(uri)
        if PLACEHOLDER in uri or any(name not in self._stage_variables for name in names):
            return False
        parsed = parse_integration_uri(self._substitute_stage_variables(uri))
        return parsed is None or parse_function_arn(parsed.function_arn) is None


def _to_openapi_keys(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give an `AWS::ApiGateway::Authorizer` the keys that an OpenAPI body uses."""
    members = {name[:1].lower() + name[1:]: value for name, value in properties.items()}
    return {
        **{name: value for name, value in members.items() if name not in AUTHORIZER_MEMBERS},
        "type": properties.get("Type"),
        "authorizerUri": properties.get("AuthorizerUri"),
        "authorizerCredentials": properties.get("AuthorizerCredentials"),
        "identitySource": properties.get("IdentitySource"),
        "identityValidationExpression": properties.get("IdentityValidationExpression"),
        "authorizerResultTtlInSeconds": properties.get("AuthorizerResultTtlInSeconds"),
        "providerARNs": properties.get("ProviderARNs"),
        "jwtConfiguration": properties.get("JwtConfiguration"),
    }


def _read_user_pools(
    kind: AuthorizerType | None, declared: object, problems: _MemberProblems
) -> tuple[str, ...]:
    if kind is AuthorizerType.COGNITO and not as_list(declared):
        if isinstance(declared, Unresolved):
            problems.unresolved["ProviderARNs"] = str(declared)
        else:
            problems.add_invalid("ProviderARNs", "the value is missing")
    return to_strings(declared)


def _read_ttl_seconds(declared: object, problems: _MemberProblems) -> int:
    ttl_seconds = as_number(AUTHORIZER_TTL_DEFAULT_SECONDS if declared is None else declared)
    if ttl_seconds is not None:
        return int(ttl_seconds)
    if not isinstance(declared, Unresolved):
        problems.add_invalid("AuthorizerResultTtlInSeconds", f"{declared!r} is not a number")
    return AUTHORIZER_TTL_DEFAULT_SECONDS


def _read_jwt(
    kind: AuthorizerType | None, declared: object, problems: _MemberProblems
) -> JwtConfiguration | None:
    if kind is not AuthorizerType.JWT:
        return None
    configuration, reasons, unknown_members = read_jwt_configuration(declared)
    problems.unknown |= unknown_members
    for reason in reasons:
        add_unresolved(problems.unresolved, "JwtConfiguration", reason)
        problems.invalid["JwtConfiguration"] = reason
    return configuration


def _read_credentials(value: object) -> str | None:
    """Return the ARN of a role, or `"?"` if it is not known."""
    return "?" if isinstance(value, Unresolved) else None if value is None else to_string(value)


def _list_requirements(security: object) -> Iterator[tuple[str, object]]:
    """Yield scheme and scopes; API Gateway knows no alternatives and takes all that are named."""
    for requirement in as_list(security):
        yield from as_mapping(requirement).items()


def _is_api_key(scheme: Mapping[str, Any]) -> bool:
    return scheme.get("type") == "apiKey" and to_string(scheme.get("name")).lower() == "x-api-key"


def _from_auth_extension(declared: object, origin: SourceLocation) -> Authorizer | None:
    """Read `x-amazon-apigateway-auth`, which requires IAM without a security scheme."""
    if isinstance(declared, Unresolved):
        return _create_unresolved_authorizer(_AUTH, _AUTH, str(declared), origin)
    kind = as_mapping(declared).get("type")
    if isinstance(kind, str) and kind.upper() not in METHOD_AUTHORIZATION_TYPES:
        return _create_unknown_authorizer(_AUTH, {f"{_AUTH}.type": format_value(kind)}, origin)
    return _IAM if to_string(kind).upper() == AuthorizerType.IAM.value else None


def _select_authorizer(
    authorizers: Mapping[str, Authorizer], origin: SourceLocation
) -> Authorizer | None:
    """Return the one authorizer of an operation; API Gateway takes no more than one."""
    if len(set(authorizers.values())) > 1:
        names = ", ".join(authorizers)
        return _create_unresolved_authorizer(
            names, "security", f"a method has one authorizer, and this one names {names}", origin
        )
    return next(iter(authorizers.values()), None)


def _create_unknown_authorizer(
    name: str, unknown: Mapping[str, str], origin: SourceLocation
) -> Authorizer:
    return Authorizer(type=AuthorizerType.REQUEST, name=name, origin=origin, unknown=unknown)


def _create_unresolved_authorizer(
    name: str, member: str, reason: str, origin: SourceLocation
) -> Authorizer:
    return Authorizer(
        type=AuthorizerType.REQUEST, name=name, origin=origin, unresolved={member: reason}
    )
