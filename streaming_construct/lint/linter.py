"""Checks the APIs in a file or folder by the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from streaming_construct.lint.input_language import find_input_language
from streaming_construct.model.api import EndpointType
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.http_api import HttpApi
from streaming_construct.model.template import Include, Template
from streaming_construct.rules.fix_languages.language import translate_fixes
from streaming_construct.rules.registry import check_declaration
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.suppression import Suppression
from streaming_construct.templates.finding_lines import add_line_numbers
from streaming_construct.templates.included_locations import to_included_location
from streaming_construct.templates.reader.api_reader import read_contents, read_declarations
from streaming_construct.templates.stacks.loader import load_stacks
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.suppressions import (
    read_annotation_suppressions,
    read_cdk_suppressions,
    read_template_suppressions,
)


@dataclass(frozen=True, kw_only=True)
class LintResult:
    """The findings in one path, the suppressions in it, notes, and the APIs that were checked.

    `sources` has the text of each file of a finding, by its path. `includes` are the files that
    templates include. `errors` are sentences on parts
    that cannot be read. `cdk_suppressions` are what a CDK app acknowledged by `Validations`,
    `cdk_annotations` the warnings that CDK prints.
    """

    findings: tuple[Finding, ...]
    suppressions: tuple[Suppression, ...]
    notes: tuple[str, ...]
    sources: Mapping[str, str]
    apis: tuple[Declaration | HttpApi, ...] = ()
    includes: tuple[Include, ...] = ()
    errors: tuple[str, ...] = ()
    cdk_suppressions: tuple[Suppression, ...] = ()
    cdk_annotations: tuple[Suppression, ...] = ()


def lint_path(
    path: Path,
    parameters: Mapping[str, str] | None = None,
    *,
    integration_timeout_max_ms: int | None = None,
) -> LintResult:
    """Check every API of a template, an assembly, an OpenAPI file or a Terraform plan.

    Args:
        path: The file or folder.
        parameters: Values of template parameters. Default: those of the templates.
        integration_timeout_max_ms: The account's quota for the timeout of buffered integrations,
            in milliseconds. Default: AWS's own.

    Raises:
        SourceError: The path is none of these, or cannot be read.
    """
    return lint_stacks(
        path, load_stacks(path), parameters, integration_timeout_max_ms=integration_timeout_max_ms
    )


def lint_stacks(
    path: Path,
    stacks: Sequence[Stack],
    parameters: Mapping[str, str] | None = None,
    *,
    integration_timeout_max_ms: int | None = None,
) -> LintResult:
    """Check every API of the stacks that were loaded from a path, as `lint_path` does.

    Raises:
        SourceError: A template cannot be read.
    """
    contents = read_contents(stacks, parameters=parameters)
    apis = tuple(item for item in contents if not isinstance(item, Template))
    suppressions = [entry for stack in stacks for entry in read_template_suppressions(stack)]
    documents = {str(stack.file): stack.document for stack in stacks if stack.document}
    # Stages of one API share most findings.
    checked = _set_quota(contents, integration_timeout_max_ms)
    unique = dict.fromkeys(finding for content in checked for finding in check_declaration(content))
    translated = translate_fixes(find_input_language(stacks), unique)
    includes = [
        include
        for content in contents
        if isinstance(content, Template)
        for include in content.includes
    ]
    relocated = (
        replace(finding, location=to_included_location(finding.location, includes))
        if includes
        else finding
        for finding in translated
    )
    located = tuple(add_line_numbers(relocated, documents))
    return LintResult(
        findings=located,
        suppressions=tuple(suppressions),
        notes=tuple(dict.fromkeys(_list_notes(path, stacks, contents))),
        sources={name: document.text for name, document in documents.items()},
        apis=apis,
        includes=tuple(includes),
        errors=tuple(error for stack in stacks for error in stack.errors),
        cdk_suppressions=tuple(entry for stack in stacks for entry in read_cdk_suppressions(stack)),
        cdk_annotations=tuple(
            note for stack in stacks for note in read_annotation_suppressions(stack)
        ),
    )


def _set_quota(
    contents: Iterable[Template | Declaration | HttpApi], max_ms: int | None
) -> Iterator[Template | Declaration | HttpApi]:
    """Yield the APIs with the quota of their account; that of an edge-optimized API is fixed."""
    for item in contents:
        if isinstance(item, Declaration) and item.api.endpoint_type is not EndpointType.EDGE:
            yield replace(item, api=replace(item.api, integration_timeout_max_ms=max_ms))
        else:
            yield item


def read(
    path: Path, parameters: Mapping[str, str] | None = None
) -> tuple[Sequence[Stack], tuple[Declaration | HttpApi, ...]]:
    """Read the stacks at a path, and their APIs.

    Raises:
        SourceError: The path cannot be read.
    """
    stacks = load_stacks(path)
    return stacks, read_declarations(stacks, parameters=parameters)


def _list_notes(
    path: Path, stacks: Iterable[Stack], contents: Sequence[Template | Declaration | HttpApi]
) -> Iterator[str]:
    """Yield what lint does not check; `errors` of a stack are printed as such."""
    errors = {error for stack in stacks for error in stack.errors}
    if all(isinstance(content, Template) for content in contents):
        yield f"{path}: contains no API"
    for content in contents:
        if isinstance(content, HttpApi):
            yield f"{content.origin}: an HTTP API does not stream; lint checks nothing else of it"
            continue
        yield from (note for note in content.notes if note not in errors)
