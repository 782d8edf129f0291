"""A Terraform plan as an equivalent CloudFormation stack.

The readers of templates then read the plan as well. A plan lacks values that are known only after
`terraform apply`, such as ids and ARNs of new resources. Their references are in `configuration`,
where an expression is a list of the names in it.
Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streaming_construct.documents.document import Document
from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.stacks.stack import (
    SourceKind,
    Stack,
    list_stack_names,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    find_region_and_account,
    has_region,
    read_resources,
)
from streaming_construct.templates.stacks.terraform.resource_types import (
    RESOURCE_TYPES,
    is_unknown_type,
)
from streaming_construct.templates.stacks.terraform.rest_api_resources import (
    create_method_without_integration,
)


def is_plan(document: Mapping[str, Any]) -> bool:
    """Return whether a document is what `terraform show -json` prints of a plan."""
    return "planned_values" in document and "configuration" in document


def create_terraform_stack(document: Document) -> Stack:
    """Return the stack of all API Gateway, Lambda and IAM resources of a plan.

    Raises:
        SourceError: The plan is not as Terraform prints it.
    """
    try:
        return _read_stack(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"{document.path} is not as `terraform show -json` prints it: {error!r}"
        ) from error


def _read_stack(document: Document) -> Stack:
    file, plan = document.path, document.data
    resources = {resource.address: resource for resource in read_resources(plan)}
    reader = PlanReader(plan, resources)
    template_resources = {
        resource.address: RESOURCE_TYPES[resource.type](reader, resource)
        for resource in resources.values()
        if resource.type in RESOURCE_TYPES
    }
    template_resources |= {
        resource.address: method
        for resource in resources.values()
        if (method := create_method_without_integration(reader, resource)) is not None
    }
    # A type that is not known is reported and not interpreted.
    template_resources |= {
        resource.address: {"Type": resource.type, "Properties": {}}
        for resource in resources.values()
        if resource.type not in RESOURCE_TYPES and is_unknown_type(resource.type)
    }
    region, account = find_region_and_account(resources)
    return Stack(
        names=list_stack_names(file),
        file=file,
        document=document,
        kind=SourceKind.TERRAFORM,
        folder=file.parent,
        template={"Resources": template_resources},
        account=account,
        region=region,
        has_known_region=has_region(resources),
        pointers={address: resource.pointer for address, resource in resources.items()},
        notes=tuple(f"{file}: {note}" for note in reader.notes),
    )
