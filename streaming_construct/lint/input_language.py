"""The language of the input of lint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from streaming_construct.rules.fix_languages.language import InputLanguage
from streaming_construct.templates.resolver.transforms import list_transforms
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.stack import SourceKind, Stack

_SAM: Final = "AWS::Serverless-"
_CDK_PATH: Final = "aws:cdk:path"


def find_input_language(stacks: Sequence[Stack]) -> InputLanguage:
    """Return the language that the author of the stacks of one path writes.

    A template that the CDK synthesized has construct paths in its metadata.
    """
    if any(stack.kind is SourceKind.TERRAFORM for stack in stacks):
        return InputLanguage.TERRAFORM
    if any(stack.construct_paths or _has_construct_paths(stack.template) for stack in stacks):
        return InputLanguage.CDK
    if any(name.startswith(_SAM) for stack in stacks for name in list_transforms(stack.template)):
        return InputLanguage.SAM
    return InputLanguage.CLOUDFORMATION


def _has_construct_paths(template: Mapping[str, Any]) -> bool:
    resources = as_mapping(template.get("Resources")).values()
    return any(
        _CDK_PATH in as_mapping(as_mapping(resource).get("Metadata")) for resource in resources
    )
