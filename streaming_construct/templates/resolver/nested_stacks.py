"""`AWS::CloudFormation::Stack`: a stack that is a resource of another stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html
"""

from __future__ import annotations

from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.stacks.cloud_assembly import extract_template
from streaming_construct.templates.stacks.stack import Stack, build_nested_stack_prefix
from streaming_construct.templates.stacks.unresolved import Unresolved

NESTED = "AWS::CloudFormation::Stack"


def read_nested_stack(parent: Stack, logical_id: str, url: object) -> Stack | Unresolved:
    """Read the template that a nested stack's `TemplateURL` names, with its parent's assets."""
    if isinstance(url, Unresolved):
        return url
    if not isinstance(url, str):
        return Unresolved(f"{logical_id} has no TemplateURL")
    file = parent.resolve_asset(url)
    if isinstance(file, Unresolved):
        return file
    try:
        document = parent.read_document(file)
        template, errors = extract_template(document)
    except SourceError as error:
        return Unresolved(str(error))
    file = parent.get_relative_file(file)
    scope = build_nested_stack_prefix(parent.constructs.get(logical_id, ""))
    return Stack(
        names=(f"{parent.name}-{logical_id}", *filter(None, [scope.strip("/")])),
        file=file,
        document=document,
        template=template,
        account=parent.account,
        region=parent.region,
        has_known_region=parent.has_known_region,
        errors=errors,
        texts=parent.texts,
        assets=parent.assets,
        folder=parent.folder and file.parent,
        construct_paths={
            path: candidate
            for path, candidate in parent.construct_paths.items()
            if scope and path.startswith(scope)
        },
    )
