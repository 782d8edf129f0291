"""Rules on whole templates: transforms and included files.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.subject import Subject
from streaming_construct.model.template import Template
from streaming_construct.rules.rule import Finding, Rule, Severity

SAM_TRANSFORM_MISSING: Final = Rule(
    id="sam-transform-missing",
    severity=Severity.ERROR,
    title="SAM resources without the SAM transform",
    what="A template has resources of type `AWS::Serverless::*` and no SAM transform.",
    why=(
        'CloudFormation rejects the template: "Unrecognized resource types". `lint` cannot check '
        "its APIs."
    ),
    fix="Add `Transform: AWS::Serverless-2016-10-31` to the template.",
    source_url="https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy.html",
    tags=frozenset({"deployment", "lint"}),
)

INCLUDE_SHORT_FORM: Final = Rule(
    id="include-short-form",
    severity=Severity.ERROR,
    title="Short form of an intrinsic function in an included file",
    what="A YAML file that `AWS::Include` includes has a short form such as `!Sub` or `!GetAtt`.",
    why="CloudFormation does not support short forms there, and the deployment fails.",
    fix="Write the full form in the included file, such as `Fn::Sub`.",
    source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html",
    tags=frozenset({"deployment", "lint"}),
)


def check_template(template: Template) -> Iterator[Finding]:
    """Yield the errors for which CloudFormation rejects a template."""
    resources = template.untransformed_sam_resources
    if resources:
        names = ", ".join(origin.display_name for origin in resources[:3])
        suffix = " and more" if resources[3:] else ""
        yield SAM_TRANSFORM_MISSING.at(
            Subject("template"),
            f"the resources {names}{suffix} are of SAM, and the template has no SAM transform",
            location=resources[0],
        )
    for origin in template.short_form_includes:
        yield INCLUDE_SHORT_FORM.at(
            Subject("template"),
            f"the file that it includes at {'/'.join(origin.json_pointer)} has short forms of "
            "intrinsic functions",
            location=origin,
        )
