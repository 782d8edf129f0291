"""Finds what the tables of `known_values` do not have among the members of an object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from streaming_construct.aws.known_values import (
    AUTHORIZER_MEMBERS,
    AUTHORIZER_TYPES,
    EXTENSION_PREFIX,
    INTEGRATION_MEMBERS,
    INTEGRATION_VALUES,
    OPERATION_EXTENSIONS,
    SCHEME_EXTENSIONS,
    SECURITY_SCHEME_TYPES,
)

_CHARACTERS: Final = 80


def format_value(value: object) -> str:
    """Return a value as text of bounded length."""
    # JSON and YAML write `null` and `true`, as the reader of the message does.
    text = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]}..."


def is_another_case(value: object, known_values: Iterable[str]) -> bool:
    """Return whether a value is a known one in another case, which AWS is known to reject."""
    texts = set(known_values)
    return (
        isinstance(value, str)
        and value not in texts
        and value.upper() in {text.upper() for text in texts}
    )


def find_unknown_integration_members(declared: Mapping[str, Any]) -> dict[str, str]:
    """Return the members of an integration that are not known, or whose value is not."""
    return {
        name: format_value(value)
        for name, value in declared.items()
        if value is not None
        and (name not in INTEGRATION_MEMBERS or not _is_known(value, INTEGRATION_VALUES.get(name)))
    }


def find_unknown_authorizer_members(declared: Mapping[str, Any]) -> dict[str, str]:
    """Return the members of an authorizer that are not known, and its type if that is not."""
    return {
        name: format_value(value)
        for name, value in declared.items()
        if value is not None
        and (
            name not in AUTHORIZER_MEMBERS
            or (name == "type" and not _is_known(value, AUTHORIZER_TYPES))
        )
    }


def find_unknown_scheme_members(scheme: Mapping[str, Any]) -> dict[str, str]:
    """Return the extensions of a security scheme that are not known, and its type if that is not.

    A type is a text. Another value is an error that the readers report.
    """
    members = find_unknown_extensions(scheme, SCHEME_EXTENSIONS)
    kind = scheme.get("type")
    if isinstance(kind, str) and kind not in SECURITY_SCHEME_TYPES:
        members["type"] = format_value(kind)
    return members


def find_unknown_operation_extensions(operation: Mapping[str, Any]) -> dict[str, str]:
    """Return the extensions of an operation that are not known."""
    return find_unknown_extensions(operation, OPERATION_EXTENSIONS)


def find_unknown_extensions(
    declared: Mapping[str, Any], known_names: frozenset[str]
) -> dict[str, str]:
    """Return the extensions of API Gateway among some members that are not `known_names`."""
    return {
        name: format_value(value)
        for name, value in declared.items()
        if name.startswith(EXTENSION_PREFIX) and name not in known_names
    }


def _is_known(value: object, known_values: frozenset[str] | None) -> bool:
    """Return whether a value is in an enumeration, in whatever case, or has none."""
    return known_values is None or str(value).upper() in {text.upper() for text in known_values}
