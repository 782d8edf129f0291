"""Suppressions in the metadata of a template or of a resource, and acknowledgements in CDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.documents.errors import SourceError
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.suppression import Suppression
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.stack import Stack

_KEY: Final = "streaming-construct"
_FIELDS: Final = {"id", "reason"}


def read_template_suppressions(stack: Stack) -> Iterator[Suppression]:
    """Yield the suppressions in the `streaming-construct` metadata of a stack's template.

    Metadata of the template applies to the file, metadata of a resource to the resource. A CDK
    acknowledgement applies to its rule and subject within the construct.

    Raises:
        SourceError: The metadata is invalid.
    """
    file = str(stack.file)
    at = SourceLocation(file=file, json_pointer=("Metadata", _KEY))
    yield from _read_suppressions(as_mapping(stack.template.get("Metadata")), at, file)
    for logical_id, resource in as_mapping(stack.template.get("Resources")).items():
        metadata = as_mapping(as_mapping(resource).get("Metadata"))
        yield from _read_suppressions(metadata, find_origin(stack, logical_id), logical_id)
    for path, rule, subject in stack.cdk_acknowledgements:
        yield from _create_warning_suppressions(path, rule, subject, reason="acknowledged in CDK")


def read_annotation_suppressions(stack: Stack) -> Iterator[Suppression]:
    """Yield a suppression for each warning that a construct annotated, and that CDK prints."""
    for path, rule, subject in stack.cdk_annotations:
        yield from _create_warning_suppressions(path, rule, subject, reason="annotated in CDK")


def read_cdk_suppressions(stack: Stack) -> Iterator[Suppression]:
    """Yield what the app acknowledged by `Validations`, for a construct and all within it.

    CDK itself applies it to the findings of `StreamingValidation`.
    """
    for path, rule, reason in stack.cdk_reasons:
        for scope in (path, f"{path}/*"):
            yield _create_construct_suppression(path, rule, reason, scope=scope)


def _create_warning_suppressions(
    path: str, rule: str, subject: Subject, *, reason: str
) -> Iterator[Suppression]:
    yield _create_construct_suppression(path, rule, reason, scope=f"{path}/*")
    if subject.kind == "function":
        yield _create_construct_suppression(path, rule, reason, subject=subject)


def _create_construct_suppression(
    path: str, rule: str, reason: str, *, scope: str | None = None, subject: Subject | None = None
) -> Suppression:
    return Suppression(
        rule=rule,
        reason=reason,
        scope=scope,
        subject=subject,
        origin=SourceLocation(construct_path=path),
        is_inherited=True,
    )


def _read_suppressions(
    metadata: Mapping[str, Any], at: SourceLocation, construct_path: str
) -> Iterator[Suppression]:
    if _KEY not in metadata:
        return
    entries = as_mapping(metadata[_KEY]).get("suppress")
    for entry in entries if isinstance(entries, list) else [None]:
        members = as_mapping(entry)
        texts = all(isinstance(text, str) for text in members.values())
        if not texts or "id" not in members or not members.keys() <= _FIELDS:
            raise SourceError(
                f"{at}: Metadata, {_KEY}: suppress is a list of objects with id and reason"
            )
        yield Suppression(
            rule=members["id"], reason=members.get("reason"), scope=construct_path, origin=at
        )
