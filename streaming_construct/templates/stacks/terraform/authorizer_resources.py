"""Convert authorizers."""

from __future__ import annotations

from typing import Any, Final

from streaming_construct.templates.stacks.coercion import as_list
from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    COMMON_ARGUMENTS,
    cloudformation_resource,
    integration_uri,
    unknown_arguments,
    with_capitalized_names,
    with_unresolved,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
    attribute_of,
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
        uri = integration_uri(reader, resource, "authorizer_uri", streams=False)
    return cloudformation_resource(
        "AWS::ApiGateway::Authorizer",
        Name=resource.values.get("name"),
        RestApiId=reader.value(resource, "rest_api_id"),
        Type=kind,
        AuthorizerUri=uri,
        AuthorizerCredentials=reader.value(resource, "authorizer_credentials"),
        IdentitySource=resource.values.get("identity_source"),
        IdentityValidationExpression=resource.values.get("identity_validation_expression") or None,
        AuthorizerResultTtlInSeconds=resource.values.get("authorizer_result_ttl_in_seconds"),
        ProviderARNs=_provider_arns(reader, resource),
        JwtConfiguration=_jwt_configuration(resource),
        **unknown_arguments(resource, _AUTHORIZER_ARGUMENTS),
    )


def _provider_arns(reader: PlanReader, resource: PlanResource) -> object:
    if resource.unknown.get("provider_arns") is True:
        return [attribute_of(*target) for target in reader.targets(resource, "provider_arns")]
    return resource.values.get("provider_arns")


def _jwt_configuration(resource: PlanResource) -> object:
    """Return the configuration with CloudFormation's names; the blocks of a plan are lists.

    A block that the plan does not know is not known here, either.
    """
    hidden = resource.unknown.get("jwt_configuration")
    if hidden is True:
        return Unresolved(f"{resource.address}: jwt_configuration is known only once it is applied")
    block = resource.block("jwt_configuration")
    return with_capitalized_names(with_unresolved(block, next(iter(as_list(hidden)), None))) or None
