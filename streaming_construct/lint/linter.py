"""Checks the APIs in a file or folder by the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from streaming_construct.model.declaration import Declaration
from streaming_construct.model.http_api import HttpApi
from streaming_construct.rules.registry import findings
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.suppression import Suppression
from streaming_construct.templates.finding_lines import with_line_numbers
from streaming_construct.templates.reader.api_reader import read_declarations
from streaming_construct.templates.stacks.loader import load_stacks
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.suppressions import (
    annotation_suppressions,
    cdk_suppressions,
    template_suppressions,
)


@dataclass(frozen=True, kw_only=True)
class LintResult:
    """The findings in one path, the suppressions in it, notes, and the APIs that were checked.

    `cdk_suppressions` are what a CDK app acknowledged by `Validations`, `cdk_annotations` the
    warnings that CDK prints.
    """

    findings: tuple[Finding, ...]
    suppressions: tuple[Suppression, ...]
    notes: tuple[str, ...]
    apis: tuple[Declaration | HttpApi, ...] = ()
    cdk_suppressions: tuple[Suppression, ...] = ()
    cdk_annotations: tuple[Suppression, ...] = ()


def lint_path(path: Path, parameters: Mapping[str, str] | None = None) -> LintResult:
    """Check every API of a template, an assembly, an OpenAPI file or a Terraform plan.

    Raises:
        SourceError: The path is none of these, or cannot be read.
    """
    return lint_stacks(path, load_stacks(path), parameters)


def lint_stacks(
    path: Path, stacks: Sequence[Stack], parameters: Mapping[str, str] | None = None
) -> LintResult:
    """Check every API of the stacks that were loaded from a path.

    Raises:
        SourceError: A template cannot be read.
    """
    apis = read_declarations(stacks, parameters=parameters)
    suppressions = [each for stack in stacks for each in template_suppressions(stack)]
    documents = {str(stack.file): stack.document for stack in stacks if stack.document}
    # Stages of one API share most findings.
    unique = dict.fromkeys(finding for api in apis for finding in findings(api))
    return LintResult(
        findings=tuple(with_line_numbers(unique, documents)),
        suppressions=tuple(suppressions),
        notes=tuple(dict.fromkeys(_notes(path, apis))),
        apis=apis,
        cdk_suppressions=tuple(each for stack in stacks for each in cdk_suppressions(stack)),
        cdk_annotations=tuple(each for stack in stacks for each in annotation_suppressions(stack)),
    )


def read(
    path: Path, parameters: Mapping[str, str] | None = None
) -> tuple[Sequence[Stack], tuple[Declaration | HttpApi, ...]]:
    """Read the stacks that a path holds, and their APIs.

    Raises:
        SourceError: The path is nothing that can be read.
    """
    stacks = load_stacks(path)
    return stacks, read_declarations(stacks, parameters=parameters)


def _notes(path: Path, apis: Iterable[Declaration | HttpApi]) -> Iterator[str]:
    apis = list(apis)
    if not apis:
        yield f"{path}: contains no API"
    for api in apis:
        if isinstance(api, HttpApi):
            yield f"{api.origin}: an HTTP API does not stream; lint checks nothing else of it"
            continue
        yield from api.notes
