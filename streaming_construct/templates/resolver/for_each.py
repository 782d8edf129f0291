"""`Fn::ForEach`: a fragment of a template, repeated for every item of a collection.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.stacks.template_errors import FOR_EACH

# CloudFormation limits the processed template to 1 MB; this is a multiple of it.
_MAX_CHARACTERS: Final = 2_000_000


def expand_for_each(value: Any, resolve: Callable[[object], Any]) -> Any:
    """Replace every loop with its results; an invalid loop stays unchanged.

    Raises:
        SourceError: The loops produce more than a template can have.
    """
    return _Expansion(resolve).expand(value)


class _Expansion:
    """Expands the loops of a template and counts the characters that they produce."""

    def __init__(self, resolve: Callable[[object], Any]) -> None:
        self._resolve = resolve
        self._characters = 0

    def expand(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.expand(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        unrolled: dict[str, Any] = {}
        for key, item in value.items():
            produced = self._produce_members(item) if key.startswith(FOR_EACH) else None
            if produced is None:
                unrolled[key] = self.expand(item)
            else:
                unrolled.update(produced)
        return unrolled

    def _produce_members(self, loop: Any) -> Mapping[str, Any] | None:
        if not isinstance(loop, list) or len(loop) != 3:
            return None
        identifier, collection, fragment = loop
        items = self._resolve(collection)
        if not (
            isinstance(identifier, str) and isinstance(items, list) and isinstance(fragment, dict)
        ):
            return None
        produced: dict[str, Any] = {}
        for item in items:
            if not isinstance(item, str):
                return None
            # The fragment may have nested loops with the same name for every item.
            produced.update(self.expand(self._replace_identifier(fragment, identifier, item)))
        return produced

    def _replace_identifier(self, value: Any, identifier: str, item: str) -> Any:
        self._count(1)
        if isinstance(value, str):
            return self._replace_in_text(value, identifier, item)
        if isinstance(value, list):
            return [self._replace_identifier(element, identifier, item) for element in value]
        if not isinstance(value, Mapping):
            return value
        if value == {"Ref": identifier}:
            return item
        return {
            self._replace_in_text(key, identifier, item): self._replace_identifier(
                element, identifier, item
            )
            for key, element in value.items()
        }

    def _replace_in_text(self, text: str, identifier: str, item: str) -> str:
        """Replace `${Identifier}` by the item, and `&{Identifier}` by its letters and digits."""
        variable, alphanumeric = f"${{{identifier}}}", f"&{{{identifier}}}"
        occurrences = text.count(variable) + text.count(alphanumeric)
        self._count(len(text) + occurrences * len(item))
        text = text.replace(variable, item)
        return text.replace(alphanumeric, re.sub(r"[^A-Za-z0-9]", "", item))

    def _count(self, characters: int) -> None:
        self._characters += characters
        if self._characters > _MAX_CHARACTERS:
            raise SourceError(
                f"Fn::ForEach produces more than {_MAX_CHARACTERS:,} characters. CloudFormation"
                " accepts a template of at most 1 MB."
            )
