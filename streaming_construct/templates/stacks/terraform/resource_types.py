"""The Terraform resource types that are read, and those without an effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from streaming_construct.templates.stacks.terraform.authorizer_resources import to_authorizer
from streaming_construct.templates.stacks.terraform.domain_name_resources import (
    to_api_mapping,
    to_base_path_mapping,
    to_domain_name,
    to_http_domain_name,
)
from streaming_construct.templates.stacks.terraform.http_api_resources import (
    to_http_api,
    to_http_integration,
)
from streaming_construct.templates.stacks.terraform.iam_resources import to_role, to_role_policy
from streaming_construct.templates.stacks.terraform.lambda_resources import (
    to_alias,
    to_function,
    to_permission,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
)
from streaming_construct.templates.stacks.terraform.rest_api_resources import (
    to_gateway_response,
    to_method,
    to_resource_of_path,
    to_rest_api,
)
from streaming_construct.templates.stacks.terraform.stage_resources import (
    to_deployment,
    to_stage,
    to_usage_plan,
)
from streaming_construct.templates.stacks.terraform.xray_resources import to_sampling_rule

_NAMESPACES: Final = ("aws_api_gateway_", "aws_apigatewayv2_", "aws_lambda_")
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs: not read.
_TYPES_WITHOUT_EFFECT: Final = frozenset(
    {
        *(
            f"aws_api_gateway_{name}"
            for name in (
                *("account", "api_key", "client_certificate"),
                *("documentation_part", "documentation_version"),
                *("domain_name_access_association", "integration_response", "method"),
                *("method_response", "method_settings", "model", "request_validator"),
                *("rest_api_policy", "rest_api_put", "usage_plan", "usage_plan_key", "vpc_link"),
            )
        ),
        *(
            f"aws_apigatewayv2_{name}"
            for name in (
                *("authorizer", "deployment"),
                *("integration_response", "model", "route", "route_response", "routing_rule"),
                *("stage", "vpc_link"),
            )
        ),
        *(
            f"aws_lambda_{name}"
            for name in (
                *("alias", "capacity_provider", "code_signing_config", "event_source_mapping"),
                *("function_event_invoke_config", "function_recursion_config", "function_url"),
                *("invocation", "layer_version", "layer_version_permission"),
                *("provisioned_concurrency_config", "runtime_management_config"),
            )
        ),
    }
)

RESOURCE_TYPES: Final[Mapping[str, Callable[[PlanReader, PlanResource], dict[str, Any]]]] = {
    "aws_api_gateway_base_path_mapping": to_base_path_mapping,
    "aws_api_gateway_domain_name": to_domain_name,
    "aws_apigatewayv2_api_mapping": to_api_mapping,
    "aws_apigatewayv2_domain_name": to_http_domain_name,
    "aws_api_gateway_authorizer": to_authorizer,
    "aws_api_gateway_deployment": to_deployment,
    "aws_api_gateway_gateway_response": to_gateway_response,
    "aws_api_gateway_integration": to_method,
    "aws_api_gateway_resource": to_resource_of_path,
    "aws_api_gateway_rest_api": to_rest_api,
    "aws_api_gateway_stage": to_stage,
    "aws_api_gateway_usage_plan": to_usage_plan,
    "aws_apigatewayv2_api": to_http_api,
    "aws_apigatewayv2_integration": to_http_integration,
    "aws_iam_policy_attachment": to_role_policy,
    "aws_iam_role": to_role,
    "aws_iam_role_policy": to_role_policy,
    "aws_iam_role_policy_attachment": to_role_policy,
    "aws_iam_role_policy_attachments_exclusive": to_role_policy,
    "aws_lambda_alias": to_alias,
    "aws_lambda_function": to_function,
    "aws_lambda_permission": to_permission,
    "aws_xray_sampling_rule": to_sampling_rule,
}
"""The conversion to CloudFormation, by the resource type of Terraform."""


def is_unknown_type(kind: str) -> bool:
    """Return whether a resource type belongs to API Gateway or Lambda and is not known."""
    return kind.startswith(_NAMESPACES) and kind not in _TYPES_WITHOUT_EFFECT
