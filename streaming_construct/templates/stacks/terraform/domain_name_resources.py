"""Convert custom domain names and the mappings of APIs to them."""

from __future__ import annotations

from typing import Any

from streaming_construct.templates.stacks.coercion import as_list
from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    add_dependencies,
    create_cloudformation_resource,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
)
from streaming_construct.templates.stacks.unresolved import Unresolved


def to_domain_name(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a custom domain name of a REST API."""
    types = resource.get_block("endpoint_configuration").get("types")
    values = resource.values
    # A private domain name is of the same type in Terraform.
    kind = "DomainNameV2" if types == ["PRIVATE"] else "DomainName"
    return create_cloudformation_resource(
        f"AWS::ApiGateway::{kind}",
        DomainName=values.get("domain_name"),
        EndpointConfiguration={"Types": types} if types else None,
        CertificateArn=reader.resolve_value(resource, "certificate_arn"),
        RegionalCertificateArn=reader.resolve_value(resource, "regional_certificate_arn"),
        SecurityPolicy=values.get("security_policy") or None,
        EndpointAccessMode=values.get("endpoint_access_mode") or None,
        MutualTlsAuthentication=_convert_mutual_tls(resource),
    )


def _convert_mutual_tls(resource: PlanResource) -> dict[str, Any] | None:
    if not as_list(resource.values.get("mutual_tls_authentication")):
        return None
    uri = resource.get_block("mutual_tls_authentication").get("truststore_uri")
    unknown = Unresolved(f"{resource.address}: truststore_uri is known only once it is applied")
    return {"TruststoreUri": unknown if uri is None else uri}


def to_http_domain_name(_: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a custom domain name of an HTTP API."""
    settings = resource.get_block("domain_name_configuration")
    configuration = {
        "CertificateArn": settings.get("certificate_arn"),
        "EndpointType": settings.get("endpoint_type"),
        "SecurityPolicy": settings.get("security_policy"),
    }
    present = {name: value for name, value in configuration.items() if value is not None}
    return create_cloudformation_resource(
        "AWS::ApiGatewayV2::DomainName",
        DomainName=resource.values.get("domain_name"),
        DomainNameConfigurations=[present],
        MutualTlsAuthentication=_convert_mutual_tls(resource),
    )


def to_base_path_mapping(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return the mapping of a stage to a custom domain name."""
    is_private = bool(reader.resolve_value(resource, "domain_name_id"))
    domain = reader.find_targets(resource, "domain_name_id") or reader.find_targets(
        resource, "domain_name"
    )
    # A reference names the domain name even if the plan does not show the name.
    name = {"Ref": domain[0][0].address} if domain else resource.values.get("domain_name")
    converted = create_cloudformation_resource(
        "AWS::ApiGateway::BasePathMappingV2" if is_private else "AWS::ApiGateway::BasePathMapping",
        RestApiId=reader.resolve_value(resource, "api_id"),
        Stage=resource.values.get("stage_name"),
        BasePath=resource.values.get("base_path"),
        **{"DomainNameArn" if is_private else "DomainName": name},
    )
    return add_dependencies(reader, resource, converted)


def to_api_mapping(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return the mapping of a stage to a custom domain name of an HTTP API."""
    return create_cloudformation_resource(
        "AWS::ApiGatewayV2::ApiMapping",
        ApiId=reader.resolve_value(resource, "api_id"),
        Stage=resource.values.get("stage"),
        ApiMappingKey=resource.values.get("api_mapping_key"),
        DomainName=resource.values.get("domain_name"),
    )
