"""The parts of a template that CloudFormation rejects before it creates a resource.

Only the form of the template counts here: sections, resources, conditions and the arguments of
intrinsic functions. The rules check its values.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.documents.document import Document
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.intrinsic_arguments import (
    find_argument_problem,
    quote_argument,
)

FOR_EACH: Final = "Fn::ForEach::"
"""How the key of a loop in a template starts."""

_SECTIONS: Final = ("Parameters", "Mappings", "Conditions", "Outputs", "Metadata")
_KNOWN_TRANSFORMS: Final = frozenset({"AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"})
_TRANSFORM: Final = "Fn::Transform"
_Problem = tuple[tuple[str, ...], str]


def find_template_errors(document: Document) -> tuple[str, ...]:
    """Return a sentence with file and line for each part that CloudFormation rejects.

    A macro may accept any template: the result is empty for a template with one.
    """
    template = document.data
    if _has_macro(template):
        return ()
    return tuple(
        f"{_locate(document, pointer)}: {problem}" for pointer, problem in _find_problems(template)
    )


def _locate(document: Document, pointer: tuple[str, ...]) -> str:
    escaped = (token.replace("~", "~0").replace("/", "~1") for token in pointer)
    position = document.find_position("".join(f"/{token}" for token in escaped))
    place = ".".join(pointer)
    return f"{document.path}:{position.line}: {place}" if position else f"{document.path}: {place}"


def _has_macro(template: Mapping[str, Any]) -> bool:
    sections = (template, *(as_mapping(template.get(name)) for name in (*_SECTIONS, "Resources")))
    return any(_TRANSFORM in section for section in sections) or any(
        not isinstance(name, str) or name not in _KNOWN_TRANSFORMS
        for name in _list_transforms(template)
    )


def _list_transforms(template: Mapping[str, Any]) -> list[Any]:
    declared = template.get("Transform", [])
    return declared if isinstance(declared, list) else [declared]


def _find_problems(template: Mapping[str, Any]) -> Iterator[_Problem]:
    for name in _SECTIONS:
        if template.get(name) is not None and not isinstance(template[name], Mapping):
            yield (name,), f"the section is {_name_kind(template[name])}, not an object"
    conditions = as_mapping(template.get("Conditions"))
    has_loop = any(str(name).startswith(FOR_EACH) for name in conditions)
    known = None if has_loop else frozenset(conditions)
    for name, condition in conditions.items():
        yield from _find_function_problems(
            condition, ("Conditions", name), known, is_condition=True
        )
    is_extended = "AWS::LanguageExtensions" in _list_transforms(template)
    for section in ("Resources", "Outputs"):
        for name, part in as_mapping(template.get(section)).items():
            if str(name).startswith(FOR_EACH):
                if problem := _find_loop_problem(name, part, is_extended=is_extended):
                    yield (section, name), problem
                yield from _find_function_problems(part, (section, name), None)
            else:
                yield from _find_part_problems(part, (section, name), known)


def _find_part_problems(
    part: object, pointer: tuple[str, ...], known: frozenset[str] | None
) -> Iterator[_Problem]:
    """Yield the problems of a resource or an output. A part that is no object has none here."""
    if not isinstance(part, Mapping):
        return
    is_resource = pointer[0] == "Resources"
    # An include may contain the type.
    if is_resource and _TRANSFORM not in part:
        yield from _find_resource_problems(part, pointer)
    if "Condition" in part:
        yield from _find_condition_problems(part["Condition"], pointer, known)
    value = part.get("Properties" if is_resource else "Value")
    yield from _find_function_problems(value, pointer, known)


def _find_loop_problem(name: str, loop: object, *, is_extended: bool) -> str | None:
    if not is_extended:
        return "Fn::ForEach needs `Transform: AWS::LanguageExtensions`. Add it."
    is_valid = (
        isinstance(loop, list)
        and len(loop) == 3
        and isinstance(loop[0], str)
        and isinstance(loop[1], list | Mapping)
        and isinstance(loop[2], Mapping)
    )
    if is_valid:
        return None
    form = "a list of an identifier, a collection and an object"
    return f"the value of {name} is {quote_argument(loop)}, not {form}"


def _find_resource_problems(
    resource: Mapping[str, Any], pointer: tuple[str, ...]
) -> Iterator[_Problem]:
    kind = resource.get("Type")
    if kind is None:
        yield pointer, "the resource has no Type. Add it."
    elif not isinstance(kind, str):
        yield (*pointer, "Type"), f"the Type is {_name_kind(kind)}, not a text"
    properties = resource.get("Properties")
    if properties is not None and not isinstance(properties, Mapping):
        yield (
            (*pointer, "Properties"),
            f"the Properties are {_name_kind(properties)}, not an object",
        )


def _find_condition_problems(
    name: object, pointer: tuple[str, ...], known: frozenset[str] | None
) -> Iterator[_Problem]:
    if not isinstance(name, str):
        yield pointer, f"the condition is {_name_kind(name)}, not the name of a condition"
    elif known is not None and name not in known and "${" not in name:
        yield pointer, f"the section Conditions has no {name!r}. Add it, or correct the name."


def _find_function_problems(
    value: object,
    pointer: tuple[str, ...],
    known: frozenset[str] | None,
    *,
    is_condition: bool = False,
) -> Iterator[_Problem]:
    """Yield the problems of the functions in a value, at the part of the template that has it."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        if not isinstance(node, Mapping):
            continue
        waiting += node.values()
        if len(node) != 1:
            continue
        ((name, argument),) = node.items()
        if problem := find_argument_problem(name, argument):
            yield pointer, problem
        elif name == "Fn::If":
            yield from _find_condition_problems(argument[0], pointer, known)
        elif name == "Condition" and is_condition:
            yield from _find_condition_problems(argument, pointer, known)


def _name_kind(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, Mapping):
        return "an object"
    kinds = {str: "a text", int: "a number", float: "a number", list: "a list", type(None): "null"}
    return kinds.get(type(value), type(value).__name__)
