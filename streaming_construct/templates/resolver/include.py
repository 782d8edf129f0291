"""`AWS::Include`: a file's content in the place of the `Fn::Transform` that names it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from streaming_construct.documents.document import read_document
from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved

Resolve = Callable[[object], Any]


def expand_includes(value: Any, stack: Stack, resolve: Resolve) -> Any:
    """Replace each include with its file; an include that fails stays unchanged.

    A file that is included beside other keys is merged with them, and they take precedence.
    Includes in an included file stay unchanged.
    """
    if isinstance(value, list):
        return [expand_includes(item, stack, resolve) for item in value]
    if not isinstance(value, Mapping):
        return value
    siblings = {key: expand_includes(item, stack, resolve) for key, item in value.items()}
    if "Fn::Transform" in siblings:
        content = included(siblings["Fn::Transform"], stack, resolve)
        if not isinstance(content, Unresolved):
            del siblings["Fn::Transform"]
            return {**content, **siblings}
    return siblings


def included(transform: object, stack: Stack, resolve: Resolve) -> Mapping[str, Any] | Unresolved:
    """Read the file that an `Fn::Transform` includes, its intrinsic functions as written."""
    name = as_mapping(transform).get("Name")
    if name != "AWS::Include":
        return Unresolved(f"the macro {name} runs in an account")
    location = resolve(as_mapping(as_mapping(transform).get("Parameters")).get("Location"))
    if location is None:
        return Unresolved("AWS::Include: it names no Location")
    asset = location if isinstance(location, Unresolved) else stack.resolve_asset(str(location))
    if isinstance(asset, Unresolved):
        return Unresolved(f"AWS::Include: {asset}")
    try:
        return read_document(asset).data
    except SourceError as error:
        return Unresolved(f"AWS::Include: {error}")
