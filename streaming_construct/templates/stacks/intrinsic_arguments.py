"""The arguments that CloudFormation requires of its intrinsic functions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_MAX_QUOTED: Final = 200


@dataclass(frozen=True)
class _Argument:
    """The description of an argument, and the function that checks a value."""

    description: str
    is_valid: Callable[[Any], bool]


def _is_function(value: object) -> bool:
    return isinstance(value, Mapping) and any(
        name.startswith("Fn::") or name in {"Ref", "Condition"} for name in map(str, value)
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) or _is_function(value)


def _is_map_key(value: object) -> bool:
    # YAML reads an account id without quotes as a number. CloudFormation accepts it as a key.
    return isinstance(value, int | float) or _is_text(value)


def _is_list(value: object, *lengths: int) -> bool:
    return isinstance(value, list | tuple) and (not lengths or len(value) in lengths)


def _is_list_or_function(value: object) -> bool:
    return _is_list(value) or _is_function(value)


_ARGUMENTS: Final[Mapping[str, _Argument]] = {
    "Ref": _Argument(
        "the name of a parameter or a resource",
        lambda value: _is_function(value) or (isinstance(value, str) and value != ""),
    ),
    "Fn::Base64": _Argument("a text", _is_text),
    "Fn::Equals": _Argument("a list of two values", lambda value: _is_list(value, 2)),
    "Fn::FindInMap": _Argument(
        "a list of a map and two keys",
        lambda value: _is_list(value, 3, 4) and all(map(_is_map_key, value[:3])),
    ),
    "Fn::GetAtt": _Argument(
        "a list of a logical ID and an attribute",
        lambda value: (
            (isinstance(value, str) and "." in value)
            or (_is_list(value, 2) and all(map(_is_text, value)))
        ),
    ),
    "Fn::If": _Argument(
        "a list of a condition and two values",
        lambda value: _is_list(value, 3) and isinstance(value[0], str),
    ),
    "Fn::ImportValue": _Argument("a text", _is_text),
    "Fn::Join": _Argument(
        "a list of a delimiter and a list",
        lambda value: _is_list(value, 2) and _is_text(value[0]) and _is_list_or_function(value[1]),
    ),
    "Fn::Not": _Argument("a list of one condition", lambda value: _is_list(value, 1)),
    "Fn::Select": _Argument(
        "a list of an index and a list",
        lambda value: _is_list(value, 2) and _is_list_or_function(value[1]),
    ),
    "Fn::Split": _Argument(
        "a list of a delimiter and a text",
        lambda value: _is_list(value, 2) and all(map(_is_text, value)),
    ),
    "Fn::Sub": _Argument(
        "a text, or a list of a text and an object",
        lambda value: (
            isinstance(value, str)
            or (_is_list(value, 2) and isinstance(value[0], str) and isinstance(value[1], Mapping))
        ),
    ),
}


def find_argument_problem(name: str, argument: object) -> str | None:
    """Return what is wrong with the argument of a function as written; None if it is valid."""
    required = _ARGUMENTS.get(name)
    if required is None or required.is_valid(argument):
        return None
    return f"the argument of {name} is {quote_argument(argument)}, not {required.description}"


def quote_argument(argument: object) -> str:
    """Return the beginning of an argument as text."""
    quoted = repr(argument)
    return f"{quoted[:_MAX_QUOTED]}..." if len(quoted) > _MAX_QUOTED else quoted
