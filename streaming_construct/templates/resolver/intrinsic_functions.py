"""The table of CloudFormation's intrinsic functions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from streaming_construct.templates.resolver.include import read_included_file
from streaming_construct.templates.stacks.coercion import to_string
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved

NO_VALUE: Final = object()
"""The value of `Ref: AWS::NoValue`, which removes a property."""

_SUBSTITUTION: Final = re.compile(r"\$\{(!?)([^}]+)\}")


class StackReferences(Protocol):
    """References of a stack to other stacks. A value may be `Unresolved`."""

    def export(self, name: str) -> object:
        """Return the value of `Fn::ImportValue`."""

    def output(self, stack: str, name: str) -> object:
        """Return the value of `Fn::GetStackOutput`."""

    def nested_output(self, parent: Stack, logical_id: str, name: str) -> object:
        """Return the value of `Fn::GetAtt` for the output of a nested stack."""


class ResolutionContext(Protocol):
    """The stack in which a function is evaluated."""

    stack: Stack
    references: StackReferences | None

    def resolve_nested(self, value: object) -> Any:
        """Resolve a part of the argument."""

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section of the template."""

    def ref(self, name: str) -> Any:
        """Return the value of `Ref`."""

    def attribute(self, logical_id: str, attribute: str | None) -> object:
        """Return the value of `Fn::GetAtt`."""

    def condition(self, name: str) -> bool | Unresolved:
        """Return whether a condition of the template is true."""

    def count_characters(self, characters: int) -> None:
        """Count the characters that a function is about to write."""


@dataclass(frozen=True, kw_only=True)
class IntrinsicFunction:
    """One intrinsic function.

    Attributes:
        evaluate: The function of context and argument. It may raise an error for an invalid
            argument.
        is_lazy: Whether it takes the argument as written. Otherwise it takes the resolved argument,
            and is not evaluated if a part of it is unresolved.
        is_language_extension: Whether it requires the transform `AWS::LanguageExtensions`.
    """

    evaluate: Callable[[ResolutionContext, Any], Any]
    is_lazy: bool = False
    is_language_extension: bool = False


def _find_in_map(context: ResolutionContext, argument: Any) -> object:
    keys = [context.resolve_nested(key) for key in argument[:3]]
    for key in keys:
        if isinstance(key, Unresolved):
            return key
    value: Any = context.section("Mappings")
    for key in map(to_string, keys):
        if not isinstance(value, Mapping) or key not in value:
            if len(argument) > 3 and "DefaultValue" in argument[3]:
                return context.resolve_nested(argument[3]["DefaultValue"])
            return Unresolved(f"Fn::FindInMap: no {'.'.join(map(to_string, keys))} in Mappings")
        value = value[key]
    return value


def _get_att(context: ResolutionContext, argument: Any) -> object:
    if isinstance(argument, str):
        logical_id, attribute = argument.split(".", 1)
    else:
        logical_id, attribute = map(context.resolve_nested, argument)
    return context.attribute(str(logical_id), str(attribute))


def _get_stack_output(context: ResolutionContext, argument: Any) -> object:
    stack = context.resolve_nested(argument["StackName"])
    name = context.resolve_nested(argument["OutputName"])
    for part in (stack, name):
        if isinstance(part, Unresolved):
            return part
    if context.references is None:
        return Unresolved(f"Fn::GetStackOutput: stack {stack} does not exist")
    return context.references.output(to_string(stack), to_string(name))


def _resolve_if(context: ResolutionContext, argument: Any) -> Any:
    name, if_true, if_false = argument
    condition = context.condition(name)
    if isinstance(condition, Unresolved):
        return condition
    return context.resolve_nested(if_true if condition else if_false)


def _resolve_and(context: ResolutionContext, argument: Any) -> bool | Unresolved:
    return _decide(context, argument, decisive=False)


def _resolve_or(context: ResolutionContext, argument: Any) -> bool | Unresolved:
    return _decide(context, argument, decisive=True)


def _decide(context: ResolutionContext, argument: Any, *, decisive: bool) -> bool | Unresolved:
    """Return `decisive` if one condition is so, whatever the conditions that are not known."""
    conditions = [context.resolve_nested(condition) for condition in argument]
    unknown = [condition for condition in conditions if isinstance(condition, Unresolved)]
    known = [bool(condition) for condition in conditions if not isinstance(condition, Unresolved)]
    if decisive in known:
        return decisive
    return unknown[0] if unknown else not decisive


def _import_value(context: ResolutionContext, argument: Any) -> object:
    name = context.resolve_nested(argument)
    if isinstance(name, Unresolved):
        return name
    if context.references is None:
        return Unresolved(f"Fn::ImportValue: no stack exports {name}")
    return context.references.export(to_string(name))


def _join(context: ResolutionContext, argument: Any) -> str:
    delimiter, values = argument[0], [to_string(value) for value in argument[1]]
    # Counted before the text exists, because it may be too large for the memory.
    context.count_characters(sum(len(value) + len(delimiter) for value in values))
    joined: str = delimiter.join(values)
    return joined


def _resolve_ref(context: ResolutionContext, argument: Any) -> Any:
    name = context.resolve_nested(argument)
    return name if isinstance(name, Unresolved) else context.ref(to_string(name))


def _select(_: ResolutionContext, argument: Sequence[Any]) -> object:
    index, values = int(argument[0]), argument[1]
    if not 0 <= index < len(values):
        raise IndexError(f"there is no item {index} among {len(values)}")
    return values[index]


def _resolve_sub(context: ResolutionContext, argument: Any) -> object:
    template, variables = (argument, {}) if isinstance(argument, str) else argument
    unresolved: list[Unresolved] = []
    resolved: dict[str, Any] = {}

    def substitute(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return "${" + name + "}"
        if name not in resolved:
            if name in variables:
                resolved[name] = context.resolve_nested(variables[name])
            else:
                resolved[name] = _get_att(context, name) if "." in name else context.ref(name)
        value = resolved[name]
        if isinstance(value, Unresolved):
            unresolved.append(value)
            return ""
        text = "" if value is NO_VALUE else to_string(value)
        context.count_characters(len(text))
        return text

    result = _SUBSTITUTION.sub(substitute, template)
    return unresolved[0] if unresolved else context.resolve_nested(result)


def _transform(context: ResolutionContext, argument: Any) -> Unresolved:
    """Return the reason why a file is not included: includes are expanded before resolution."""
    content = read_included_file(argument, context.stack, context.resolve_nested)
    if isinstance(content, Unresolved):
        return content
    return Unresolved("AWS::Include in an included file is not supported")


INTRINSIC_FUNCTIONS: Final[Mapping[str, IntrinsicFunction]] = {
    "Fn::And": IntrinsicFunction(evaluate=_resolve_and, is_lazy=True),
    "Fn::Base64": IntrinsicFunction(
        evaluate=lambda _, text: base64.b64encode(text.encode()).decode()
    ),
    "Fn::Equals": IntrinsicFunction(
        evaluate=lambda _, pair: to_string(pair[0]) == to_string(pair[1])
    ),
    "Fn::FindInMap": IntrinsicFunction(evaluate=_find_in_map, is_lazy=True),
    "Fn::GetAtt": IntrinsicFunction(evaluate=_get_att, is_lazy=True),
    "Fn::GetStackOutput": IntrinsicFunction(evaluate=_get_stack_output, is_lazy=True),
    "Fn::If": IntrinsicFunction(evaluate=_resolve_if, is_lazy=True),
    "Fn::ImportValue": IntrinsicFunction(evaluate=_import_value, is_lazy=True),
    "Fn::Join": IntrinsicFunction(evaluate=_join),
    "Fn::Length": IntrinsicFunction(
        evaluate=lambda _, values: len(values), is_language_extension=True
    ),
    "Fn::Not": IntrinsicFunction(evaluate=lambda _, values: not values[0]),
    "Fn::Or": IntrinsicFunction(evaluate=_resolve_or, is_lazy=True),
    "Fn::Select": IntrinsicFunction(evaluate=_select),
    "Fn::Split": IntrinsicFunction(evaluate=lambda _, argument: argument[1].split(argument[0])),
    "Fn::Sub": IntrinsicFunction(evaluate=_resolve_sub, is_lazy=True),
    "Fn::ToJsonString": IntrinsicFunction(
        evaluate=lambda _, value: json.dumps(value, separators=(",", ":")),
        is_language_extension=True,
    ),
    "Fn::Transform": IntrinsicFunction(evaluate=_transform, is_lazy=True),
    "Ref": IntrinsicFunction(evaluate=_resolve_ref, is_lazy=True),
}
