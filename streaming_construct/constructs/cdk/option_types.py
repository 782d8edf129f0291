"""Check keyword options against the CDK struct that declares them.

Python passes `**options` unchecked, and jsii names neither the construct nor every problem. These
checks name all problems before a construct is created.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

_JSII_MARKS: Final = ("__jsii_type__", "__jsii_ifaces__")
"""The marks of a class of jsii, and of a Python class that implements an interface of jsii."""

_LIST: Final = re.compile(r"Sequence\[(.+)\]")


def find_option_problems(
    options: Mapping[str, Any],
    struct: type,
    accepted: Collection[str],
    rejected: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, str]]:
    """Yield the problem and the fix for each option that is unknown or has the wrong type.

    A fix is a sentence; a problem has no period.

    Args:
        options: The options by name.
        struct: The jsii struct that declares the type of each option.
        accepted: The names of the accepted options.
        rejected: The fix for each name that CDK accepts and the construct does not.
    """
    parameters = inspect.signature(struct).parameters
    for name, value in options.items():
        if rejected is not None and name in rejected:
            yield f"{name} is not accepted", rejected[name]
        elif name not in accepted:
            close = get_close_matches(name, accepted, n=1)
            yield (
                f"{name} is not an option",
                f"Use {close[0]}." if close else f"Use one of {', '.join(sorted(accepted))}.",
            )
        elif not _has_declared_type(struct, name, value, parameters[name].annotation):
            yield (
                f"{name} is {value!r}, of type {type(value).__name__}",
                f"Pass {_describe_type(parameters[name].annotation)}.",
            )


def _has_declared_type(struct: type, name: str, value: object, annotation: str) -> bool:
    if value is None:
        return True
    try:
        # The constructor of a struct checks types in Python, without a call to Node.js.
        struct(**{name: value})
    except TypeError:
        return False
    if "Mapping[" in annotation:
        return isinstance(value, Mapping) and all(
            isinstance(text, str) for text in (*value, *value.values())
        )
    if "Sequence[" in annotation:
        return (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and all(map(is_cdk_object, value))
        )
    if "jsii.Number" in annotation:
        return not isinstance(value, bool)
    return "builtins." in annotation or is_cdk_object(value)


def is_cdk_object(value: object) -> bool:
    """Return whether a value can be an object of CDK: typeguard 2 accepts any for an interface.

    An imported resource, such as `Role.from_role_arn` returns, has the mark only on the instance.
    """
    return not isinstance(value, type) and any(hasattr(value, mark) for mark in _JSII_MARKS)


def _describe_type(annotation: str) -> str:
    """Return the type that `annotation`, the text of a jsii stub, stands for."""
    text = re.sub(r"typing\.Optional\[(.+)\]", r"\1", annotation)
    text = re.sub(r"typing\.Union\[([^,]+), .+\]", r"\1", text)
    text = text.replace("jsii.Number", "number").replace("'", "").replace('"', "")
    text = re.sub(r"\b\w+\.", "", text)
    if match := _LIST.fullmatch(text):
        return f"a list of {match[1]}"
    if text.startswith("Mapping["):
        return "a dict of str to str"
    return f"{'an' if text[0] in 'AEIOaeio' else 'a'} {text}"
