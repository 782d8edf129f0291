"""The CloudFormation resource of one of CDK's constructs, for what has no argument there."""

from __future__ import annotations

from typing import TypeVar

from aws_cdk import CfnResource
from constructs import IConstruct

_Resource = TypeVar("_Resource", bound=CfnResource)


def get_default_child(construct: IConstruct, kind: type[_Resource]) -> _Resource:
    """Return the resource of a construct that this library has created with one of this `kind`."""
    resource = construct.node.default_child
    assert isinstance(resource, kind)  # noqa: S101 - CDK made it a line ago
    return resource
