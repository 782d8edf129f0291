"""`AWS::Include`: a file's content in the place of the `Fn::Transform` that names it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from streaming_construct.documents.document import Document
from streaming_construct.documents.errors import SourceError
from streaming_construct.documents.yaml_12 import is_json
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.template import Include
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved

# A tag of a value: at its start, after a key, an element's dash or an opening bracket.
_SHORT_FORM: Final = re.compile(
    r"(?m)(?:^|[:\-\[{,])[ \t]*!(?:Base64|Cidr|FindInMap|GetAtt|GetAZs|If|ImportValue|Join|Ref"
    r"|Select|Split|Sub|And|Equals|Not|Or|Condition)\b"
)

_INCLUDE: Final = "AWS::Include"

Resolve = Callable[[object], Any]


def expand_includes(value: Any, stack: Stack, resolve: Resolve) -> Any:
    """Replace each include with its file; an include that fails stays unchanged.

    A file that is included next to other keys is merged with them, and they take precedence.
    Includes in an included file stay unchanged.
    """
    if isinstance(value, list):
        return [expand_includes(item, stack, resolve) for item in value]
    if not isinstance(value, Mapping):
        return value
    siblings = {key: expand_includes(item, stack, resolve) for key, item in value.items()}
    if "Fn::Transform" in siblings:
        content = read_included_file(siblings["Fn::Transform"], stack, resolve)
        if not isinstance(content, Unresolved):
            del siblings["Fn::Transform"]
            return {**content, **siblings}
    return siblings


def read_included_file(
    transform: object, stack: Stack, resolve: Resolve
) -> Mapping[str, Any] | Unresolved:
    """Read the file that an `Fn::Transform` includes, its intrinsic functions as written."""
    name = as_mapping(transform).get("Name")
    if name != _INCLUDE:
        return Unresolved(f"the macro {name} runs in an account")
    asset = _find_included_file(transform, stack, resolve)
    if isinstance(asset, Unresolved):
        return Unresolved(f"AWS::Include: {asset}")
    try:
        document = stack.read_document(asset)
    except SourceError as error:
        return Unresolved(f"AWS::Include: {error}")
    if has_short_forms(document):
        return Unresolved(f"AWS::Include: {asset} has short forms of intrinsic functions (!Sub)")
    return document.data


def _find_included_file(transform: object, stack: Stack, resolve: Resolve) -> Path | Unresolved:
    if as_mapping(transform).get("Name") != _INCLUDE:
        return Unresolved("the transform is not an include")
    location = resolve(as_mapping(as_mapping(transform).get("Parameters")).get("Location"))
    if location is None:
        return Unresolved("the include has no Location")
    return location if isinstance(location, Unresolved) else stack.resolve_asset(str(location))


def has_short_forms(document: Document) -> bool:
    """Return whether a YAML document has short forms, which CloudFormation does not include."""
    return not is_json(document.text) and _SHORT_FORM.search(document.text) is not None


def find_short_form_includes(
    value: object, stack: Stack, pointer: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Yield the JSON pointers of `Fn::Transform`s that include a file with short forms."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from find_short_form_includes(item, stack, (*pointer, str(index)))
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        below = (*pointer, str(key))
        if key == "Fn::Transform" and _has_short_forms(item, stack):
            yield below
        yield from find_short_form_includes(item, stack, below)


def read_includes(
    value: object, stack: Stack, resolve: Resolve, pointer: tuple[str, ...] = ()
) -> Iterator[Include]:
    """Yield the files that a template includes with `Fn::Transform`, where they can be read."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from read_includes(item, stack, resolve, (*pointer, str(index)))
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        yield from read_includes(item, stack, resolve, (*pointer, str(key)))
    if "Fn::Transform" not in value:
        return
    file = _find_included_file(value["Fn::Transform"], stack, resolve)
    if not isinstance(file, Unresolved):
        yield Include(
            origin=SourceLocation(file=str(stack.file), json_pointer=pointer),
            file=str(stack.get_relative_file(file)),
            siblings=frozenset(value),
        )


def _has_short_forms(transform: object, stack: Stack) -> bool:
    location = as_mapping(as_mapping(transform).get("Parameters")).get("Location")
    if as_mapping(transform).get("Name") != _INCLUDE or not isinstance(location, str):
        return False
    file = stack.resolve_asset(location)
    try:
        return not isinstance(file, Unresolved) and has_short_forms(stack.read_document(file))
    except SourceError:
        return False
