"""`$context.something`, in access logs and in the templates of gateway responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_VARIABLE: Final = re.compile(
    r"\$context\.(?P<name>\w+(?:\.\w+)*)|\$stageVariables\.(?P<stage_variable>\w+)"
)


def render_context_variables(
    template: str,
    context: Mapping[str, Any],
    *,
    unknown: str,
    stage_variables: Mapping[str, str] | None = None,
    escape: Callable[[str, str], str] = lambda _, value: value,
) -> str:
    """Replace the variables of a template; those without a value become `unknown`.

    `escape` is given a variable's name and its value, and returns what is written for it.
    """

    def value(match: re.Match[str]) -> str:
        if match["name"]:
            found = context_variable(context, match["name"])
        else:
            found = (stage_variables or {}).get(match["stage_variable"])
        return unknown if found is None else escape(match["name"] or "", found)

    return _VARIABLE.sub(value, template)


def context_variable(context: Mapping[str, Any], name: str) -> str | None:
    """Return a variable by its dotted name as text; None when it has no value."""
    found: Any = context
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if found is None or isinstance(found, Mapping):
        return None
    return str(found)
