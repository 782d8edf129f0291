"""Reads facts of a whole template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.template import Template
from streaming_construct.templates.reader.domain_names import (
    read_base_path_mappings,
    read_domain_names,
)
from streaming_construct.templates.reader.sampling_rules import read_sampling_rules
from streaming_construct.templates.reader.unknown_elements import find_unknown_resources
from streaming_construct.templates.resolver.include import find_short_form_includes, read_includes
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.resolver.transforms import SAM_TRANSFORM, list_transforms
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.stack import SourceKind, Stack

_SAM_TYPE: Final = "AWS::Serverless::"


def read_template_facts(resolver: Resolver) -> Template:
    """Return the facts of a template; of other kinds of sources only those of resources."""
    stack = resolver.written
    origin = SourceLocation(file=str(stack.file))
    template = Template(
        origin=origin,
        domain_names=tuple(read_domain_names(resolver)),
        base_path_mappings=tuple(read_base_path_mappings(resolver)),
        sampling_rules=tuple(read_sampling_rules(resolver)),
        unknown_elements=tuple(find_unknown_resources([resolver])),
        notes=resolver.stack.notes,
    )
    if stack.kind is not SourceKind.TEMPLATE:
        return template
    return replace(
        template,
        untransformed_sam_resources=tuple(_list_untransformed(stack)),
        includes=tuple(read_includes(stack.template, stack, resolver.resolve)),
        short_form_includes=tuple(
            SourceLocation(file=str(stack.file), json_pointer=pointer)
            for pointer in find_short_form_includes(stack.template, stack)
        ),
    )


def _list_untransformed(stack: Stack) -> Iterator[SourceLocation]:
    if SAM_TRANSFORM in list_transforms(stack.template) or _has_top_level_transform(stack.template):
        return
    for logical_id, resource in as_mapping(stack.template.get("Resources")).items():
        if str(as_mapping(resource).get("Type")).startswith(_SAM_TYPE):
            yield find_origin(stack, logical_id)


def _has_top_level_transform(template: Mapping[str, object]) -> bool:
    """Return whether an included file can bring the transform."""
    return "Fn::Transform" in template or "AWS::Include" in list_transforms(template)
