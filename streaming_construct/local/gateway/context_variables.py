"""`$context.something`, in access logs and in the templates of gateway responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_VARIABLE: Final = re.compile(
    r"\$context\.(?P<name>\w+(?:\.\w+)*)|\$stageVariables\.(?P<stage_variable>\w+)"
)


class JsonText(str):
    """A value that is JSON already: a string has its quotes."""

    __slots__ = ()


class JsonClaims(dict[str, Any]):
    """The claims of a JWT authorizer: typed in the event, JSON text as `$context` variables.

    Only the claims at the top level are variables.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-claims.html
    """

    def format_claim(self, name: str) -> JsonText | None:
        """Return a claim as JSON text in ASCII, None if the token does not have it."""
        if name not in self:
            return None
        text = json.dumps(self[name], ensure_ascii=False, separators=(",", ":"))
        return JsonText(
            "".join(
                character if character.isascii() else _escape_character(character)
                for character in text
            )
        )


def _escape_character(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def render_context_variables(
    template: str,
    context: Mapping[str, Any],
    *,
    unknown: str,
    stage_variables: Mapping[str, str] | None = None,
    escape: Callable[[str, str], str] = lambda _, value: value,
) -> str:
    """Replace the variables of a template; those without a value become `unknown`.

    `escape` receives the name and the value of a variable, and returns its replacement.
    """

    def replace_variable(match: re.Match[str]) -> str:
        if match["name"]:
            variable = get_context_variable(context, match["name"])
        else:
            variable = (stage_variables or {}).get(match["stage_variable"])
        return unknown if variable is None else escape(match["name"] or "", variable)

    return _VARIABLE.sub(replace_variable, template)


def get_context_variable(context: Mapping[str, Any], name: str) -> str | None:
    """Return a variable by its dotted name as text; None when it has no value."""
    value: Any = context
    for part in name.split("."):
        if isinstance(value, JsonClaims):
            value = value.format_claim(part)
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    if value is None or isinstance(value, Mapping):
        return None
    return value if isinstance(value, JsonText) else str(value)
