"""CloudFormation values in the place of strings with tokens.

CDK splits each string with tokens and joins its parts, a dozen times in a synthesis. Of a value in
CloudFormation's form, CDK resolves only the tokens that remain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_TOKEN: Final = re.compile(r"(\$\{Token\[[^\]]+\]\})")


def has_token(text: str) -> bool:
    """Return what `Token.is_unresolved` returns for a string, without a request to Node.js."""
    return _TOKEN.search(text) is not None


def convert_to_join(text: str, values: Mapping[str, Any]) -> Any:
    """Return the `Fn::Join` of a string with tokens, or the string if it is a literal or one token.

    Args:
        text: The string.
        values: The CloudFormation values of tokens. Any other token stays in the list, so that CDK
            sees the references between stacks.
    """
    parts = [values.get(part, part) for part in _TOKEN.split(text) if part]
    return parts[0] if len(parts) == 1 else {"Fn::Join": ["", parts]}


def replace_strings(document: Any, values: Mapping[str, Any]) -> Any:
    """Return a copy of `document` with the value of each string that `values` has."""
    if isinstance(document, str):
        return values.get(document, document)
    if isinstance(document, dict):
        return {key: replace_strings(value, values) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [replace_strings(value, values) for value in document]
    return document
