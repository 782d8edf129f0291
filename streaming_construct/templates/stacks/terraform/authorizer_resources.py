"""Convert authorizers."""

from __future__ import annotations

from typing import Any, Final

from streaming_construct.templates.stacks.coercion import as_list
from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    COMMON_ARGUMENTS,
    capitalize_names,
    convert_integration_uri,
    create_cloudformation_resource,
    find_unknown_arguments,
    insert_unresolved,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
    create_get_att,
)
from streaming_construct.templates.stacks.unresolved import Unresolved

_AUTHORIZER_ARGUMENTS: Final = COMMON_ARGUMENTS | {
    *("arn", "authorizer_credentials", "authorizer_result_ttl_in_seconds", "authorizer_uri"),
    *("identity_source", "identity_validation_expression", "jwt_configuration", "name"),
    *("provider_arns", "type"),
}


def to_authorizer(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return an authorizer."""
    kind = resource.values.get("type") or "TOKEN"
    uri = None
    if kind in ("TOKEN", "REQUEST"):
        uri = convert_integration_uri(reader, resource, "authorizer_uri", streams=False)
    return create_cloudformation_resource(
        "AWS::ApiGateway::Authorizer",
        Name=resource.values.get("name"),
        RestApiId=reader.resolve_value(resource, "rest_api_id"),
        Type=kind,
        AuthorizerUri=uri,
        AuthorizerCredentials=reader.resolve_value(resource, "authorizer_credentials"),
        IdentitySource=resource.values.get("identity_source"),
        IdentityValidationExpression=resource.values.get("identity_validation_expression") or None,
        AuthorizerResultTtlInSeconds=resource.values.get("authorizer_result_ttl_in_seconds"),
        ProviderARNs=_read_provider_arns(reader, resource),
        JwtConfiguration=_convert_jwt_configuration(resource),
        **find_unknown_arguments(resource, _AUTHORIZER_ARGUMENTS),
    )


def _read_provider_arns(reader: PlanReader, resource: PlanResource) -> object:
    if resource.unknown.get("provider_arns") is True:
        return [
            create_get_att(*target) for target in reader.find_targets(resource, "provider_arns")
        ]
    return resource.values.get("provider_arns")


def _convert_jwt_configuration(resource: PlanResource) -> object:
    """Return the configuration with CloudFormation's names; the blocks of a plan are lists.

    A block that is unknown in the plan is unresolved.
    """
    hidden = resource.unknown.get("jwt_configuration")
    if hidden is True:
        return Unresolved(f"{resource.address}: jwt_configuration is known only once it is applied")
    block = resource.get_block("jwt_configuration")
    return capitalize_names(insert_unresolved(block, next(iter(as_list(hidden)), None))) or None
