"""A template as CloudFormation's transforms leave it: includes, loops, then SAM.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-reference.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from streaming_construct.templates.resolver.for_each import expand_for_each
from streaming_construct.templates.resolver.include import expand_includes
from streaming_construct.templates.resolver.known_values import resolve_known_values
from streaming_construct.templates.stacks.stack import Stack

LANGUAGE_EXTENSIONS: Final = "AWS::LanguageExtensions"
SAM_TRANSFORM: Final = "AWS::Serverless-2016-10-31"


def apply_transforms(
    stack: Stack, parameters: Mapping[str, object], resolve: Callable[[object], Any]
) -> Stack:
    """Apply the transforms of a template; `resolve` resolves their references.

    Macros of an account's own are not applied, and noted.

    Raises:
        SourceError: SAM rejects the template, or its translator is not installed.
    """
    declared = list_transforms(stack.template)
    stack = replace(stack, template=expand_includes(stack.template, stack, resolve))
    if LANGUAGE_EXTENSIONS in declared:
        stack = replace(stack, template=expand_for_each(stack.template, resolve))
    if SAM_TRANSFORM in declared:
        from streaming_construct.templates.resolver.sam import translate_sam

        if LANGUAGE_EXTENSIONS in declared:
            template = resolve_known_values(stack.template, resolve)
            stack = replace(stack, template=template)
        stack = translate_sam(stack, parameters, resolve)
        # The translated template lacks these declarations.
        stack = replace(stack, template={**stack.template, "Transform": list(declared)})
    unsupported = [name for name in declared if name not in {LANGUAGE_EXTENSIONS, SAM_TRANSFORM}]
    notes = tuple(f"{stack.file}: the transform {name} is not applied here" for name in unsupported)
    return replace(stack, notes=(*stack.notes, *notes))


def list_transforms(template: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the transforms that a template declares at its top."""
    declared = template.get("Transform", ())
    declarations = declared if isinstance(declared, list) else [declared]
    names = (
        transform.get("Name") if isinstance(transform, Mapping) else transform
        for transform in declarations
    )
    return tuple(name for name in names if isinstance(name, str))
