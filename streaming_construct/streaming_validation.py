"""`StreamingValidation`: the rules of `lint` as a validation plugin of the CDK."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import jsii
from aws_cdk import (
    Duration,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from streaming_construct.constructs.cdk.durations import (
    check_duration_token,
    convert_to_milliseconds,
)
from streaming_construct.constructs.cdk.validation import (
    check_argument_types,
    create_validation_error,
    select_type,
)
from streaming_construct.lint.linter import lint_path
from streaming_construct.model.subject import Subject
from streaming_construct.reporting.pyproject import read_pyproject_suppressions
from streaming_construct.rules.checks.endpoint import check_integration_timeout_quota
from streaming_construct.rules.rule import Finding, Severity
from streaming_construct.rules.suppression import apply_suppressions

_NAME: Final = "streaming-construct"
_MANIFEST: Final = "manifest.json"


@jsii.implements(IPolicyValidationPlugin)
class StreamingValidation:
    """Checks all stacks of an app for what keeps REST APIs from streaming, during synthesis.

    It applies the rules of `streaming-construct lint` to any API, not only to `StreamingRestApi`:

        Validations.of(app).add_plugins(StreamingValidation())

    An error fails the synthesis; a warning is printed. CDK shows the construct path of each. To
    acknowledge one, pass its rule with the prefix `streaming-construct::` to
    `Validations.of(construct).acknowledge`. Suppressions in metadata and in `pyproject.toml` apply
    too. A warning that a `StreamingRestApi` annotates itself is not repeated.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html

    Args:
        integration_timeout_quota: The account's quota for the timeout of buffered integrations, if
            AWS raised it: more than 29 seconds, at most 15 minutes. It applies to Regional and
            private APIs. Default: 29 seconds.

    Raises:
        ValueError: `integration_timeout_quota` is out of range, a token or not a `Duration`.
    """

    def __init__(self, *, integration_timeout_quota: Duration | None = None) -> None:
        quota = select_type(integration_timeout_quota, Duration)
        quota_ms = convert_to_milliseconds(quota)
        subject, name = Subject("validation"), "integration_timeout_quota"
        problems = [
            *check_argument_types(subject, **{name: (integration_timeout_quota, Duration)}),
            *check_duration_token(quota, quota_ms, name, subject),
        ]
        if quota_ms is not None:
            problems += check_integration_timeout_quota(subject, quota_ms)
        if problems:
            raise create_validation_error("StreamingValidation", problems)
        self._integration_timeout_max_ms = quota_ms

    @property
    def name(self) -> str:
        """The name in CDK's report, and the prefix of the rules to acknowledge."""
        return _NAME

    @property
    def version(self) -> str | None:
        """The version of this package; None if it is not installed."""
        try:
            return version(_NAME)
        except PackageNotFoundError:
            return None

    @property
    def rule_ids(self) -> None:
        """None: CDK would add the ids to the usage data of the template's `CDKMetadata`."""

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check the stacks of the app, or of the stage to which the plugin was added."""
        templates = [Path(path) for path in context.template_paths]
        findings = [
            finding
            for finding in _lint_folder(
                _find_assembly_folder(templates[0]), self._integration_timeout_max_ms
            )
            if _is_in_folder_of(templates, finding)
        ]
        return PolicyValidationPluginReport(
            success=all(finding.rule.severity is not Severity.ERROR for finding in findings),
            violations=[_create_violation(finding) for finding in findings],
        )


def _lint_folder(folder: Path, integration_timeout_max_ms: int | None) -> tuple[Finding, ...]:
    result = lint_path(folder, integration_timeout_max_ms=integration_timeout_max_ms)
    suppressions = [
        *read_pyproject_suppressions(Path.cwd()),
        *result.suppressions,
        *result.cdk_annotations,
    ]
    return apply_suppressions(result.findings, suppressions).findings


def _find_assembly_folder(template: Path) -> Path:
    """Return the folder of the app's cloud assembly; that of a stage is a folder in it."""
    folder = template.parent
    while (folder.parent / _MANIFEST).is_file():
        folder = folder.parent
    return folder


def _is_in_folder_of(templates: list[Path], finding: Finding) -> bool:
    """Return whether a finding is about one of the given stacks, or a stack nested in them."""
    file = finding.location.file
    return file is None or any(Path(file).is_relative_to(template.parent) for template in templates)


def _create_violation(finding: Finding) -> PolicyViolation:
    return PolicyViolation(
        rule_name=finding.rule.id,
        description=f"{finding.subject}: {finding.problem}.",
        fix=finding.fix,
        severity=finding.rule.severity.value,
        violating_resources=[_create_violating_resource(finding)],
    )


def _create_violating_resource(finding: Finding) -> PolicyViolatingResource:
    """Return the resource by its logical id, of which CDK finds the construct, else by its path."""
    location = finding.location
    if location.logical_id and location.file:
        properties = ".".join(_list_property_keys(location.json_pointer))
        return PolicyViolatingResource(
            resource_logical_id=location.logical_id,
            template_path=location.file,
            locations=[properties] if properties else [],
        )
    return PolicyViolatingResource(construct_path=location.construct_path or "", locations=[])


def _list_property_keys(pointer: tuple[str, ...]) -> Iterator[str]:
    """Yield the keys of a JSON pointer below its resource."""
    if pointer[:1] == ("Resources",):
        yield from pointer[2:]
